//! The fan-out: one task for many listeners of a station.
//!
//! To wake a task for each listener costs more than to send it an Opus packet. So the lines of a
//! station and format are pumped in groups: a task wakes when there is a chunk for them and goes
//! through its group with non-blocking writes. A group is small enough that no other task waits long
//! for the core, and there are as many as needed, so that every core takes its share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aeolian_hub::Releases;
use aeolian_wire::Format;
use tokio::sync::mpsc;

use super::line::{Line, NewestFramed};
use super::ring;
use crate::stats::Stats;

/// Lines in a group: at 6 µs a line a group takes the core for 1.5 ms.
const GROUP_LINES_MAX: usize = 256;

/// The groups of every station.
#[derive(Default)]
pub(crate) struct Fanout {
    groups: Mutex<Vec<Group>>,
}

struct Group {
    format: Format,
    releases: Releases,
    join: mpsc::UnboundedSender<Arc<Line>>,
    lines: Arc<AtomicUsize>,
}

impl Fanout {
    /// Takes a line into a group that has room, or a new one. The line is pumped until it is over.
    ///
    /// Must be called within the runtime.
    pub(crate) fn join(&self, stats: &Arc<Stats>, line: Arc<Line>) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.retain(|group| !group.join.is_closed());
        let mut line = line;
        let (format, releases) = (line.format, line.releases());
        let fits = |group: &&Group| {
            group.format == format
                && group.releases.are_those_of(&releases)
                && group.lines.load(Ordering::Relaxed) < GROUP_LINES_MAX
        };
        for group in groups.iter().filter(fits) {
            group.lines.fetch_add(1, Ordering::Relaxed);
            match group.join.send(line) {
                Ok(()) => return,
                Err(mpsc::error::SendError(back)) => line = back,
            }
        }
        let (join, joining) = mpsc::unbounded_channel();
        let lines = Arc::new(AtomicUsize::new(1));
        tokio::spawn(run(stats.clone(), releases.clone(), line, joining, lines.clone()));
        groups.push(Group { format, releases, join, lines });
    }
}

async fn run(
    stats: Arc<Stats>,
    mut releases: Releases,
    first: Arc<Line>,
    mut joining: mpsc::UnboundedReceiver<Arc<Line>>,
    count: Arc<AtomicUsize>,
) {
    let mut lines = vec![first];
    let (mut lives, mut woken) = (true, false);
    loop {
        let before = lines.len();
        lines.retain(|line| !line.is_over());
        count.fetch_sub(before - lines.len(), Ordering::Relaxed);
        let released = woken.then(|| releases.waiting_since());
        pump(&lines, &stats, released);
        if !lives {
            // Every session has been told, and the group must not keep its socket open.
            lines.clear();
        }
        if lines.is_empty() {
            // Whoever joins after this finds the channel closed, and starts another group.
            joining.close();
            match joining.recv().await {
                Some(line) => lines.push(line),
                None => return,
            }
        }
        tokio::select! {
            released = releases.next() => (lives, woken) = (released, true),
            Some(line) = joining.recv() => {
                lines.push(line);
                woken = false;
            }
        }
    }
}

/// What pumping sent.
#[derive(Default)]
struct Sent {
    bytes: u64,
    /// Times that a line was sent something.
    times: u64,
}

impl Sent {
    fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.times += u64::from(bytes > 0);
    }
}

/// Pumps lines and counts what that sent; and how late, where it was for a chunk just `released`.
fn pump(lines: &[Arc<Line>], stats: &Stats, released: Option<Instant>) {
    let newest = lines.first().and_then(|line| line.newest());
    for lines in lines.chunks(ring::SENDS_MAX) {
        let mut sent = Sent::default();
        let at_once = |ring: &mut _| pump_at_once(lines, newest.as_ref(), ring, &mut sent);
        if ring::with_ring(at_once).is_none() {
            lines.iter().for_each(|line| sent.add(line.pump_for_fanout()));
        }
        stats.bytes_sent.add(sent.bytes);
        if let Some(released) = released {
            stats.sending.observe(released.elapsed().as_secs_f64() * 1e3, sent.times);
        }
    }
}

/// Pumps no more lines than the ring takes at once. Chunk after chunk, those to whom nothing else is
/// to be sent get it by one call to the kernel, and the others are pumped one by one.
fn pump_at_once(
    lines: &[Arc<Line>],
    newest: Option<&NewestFramed>,
    ring: &mut ring::Ring,
    sent: &mut Sent,
) {
    let mut more = true;
    while more {
        more = false;
        let mut loaded = Vec::with_capacity(lines.len());
        for line in lines {
            match line.load(newest) {
                Some(line) => {
                    more |= line.has_more();
                    loaded.push(line);
                }
                None => sent.add(line.pump_for_fanout()),
            }
        }
        let taken = ring.send_all(loaded.iter().map(|line| (line.socket(), line.chunk())));
        let taken = taken.iter().copied();
        loaded.into_iter().zip(taken).for_each(|(line, taken)| sent.add(line.sent(taken)));
    }
}
