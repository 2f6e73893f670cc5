//! The fan-out: one task for many listeners of a station.
//!
//! To wake a task for each listener costs more than to send it an Opus packet. So the lines of a
//! station are pumped in groups: a task wakes when the station releases something and goes through
//! its group with non-blocking writes. A group is small enough that no other task waits long for
//! the core, and there are as many as needed, so that every core takes its share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aeolian_stream::Releases;
use tokio::sync::mpsc;

use super::line::Line;
use crate::server::Server;

/// Lines in a group: at 6 µs a line a group takes the core for 1.5 ms.
const GROUP_LINES_MAX: usize = 256;

/// The groups of every station.
#[derive(Default)]
pub(crate) struct Fanout {
    groups: Mutex<Vec<Group>>,
}

struct Group {
    releases: Releases,
    join: mpsc::UnboundedSender<Arc<Line>>,
    lines: Arc<AtomicUsize>,
}

impl Fanout {
    /// Takes a line into a group that has room, or a new one. The line is pumped until it is over.
    ///
    /// Must be called within the runtime.
    pub(crate) fn join(&self, server: &Arc<Server>, line: Arc<Line>) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.retain(|group| !group.join.is_closed());
        let mut line = line;
        let releases = line.releases();
        let fits = |group: &&Group| {
            group.releases.is_of_same_station(&releases)
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
        tokio::spawn(run(server.clone(), releases.clone(), line, joining, lines.clone()));
        groups.push(Group { releases, join, lines });
    }
}

async fn run(
    server: Arc<Server>,
    mut releases: Releases,
    first: Arc<Line>,
    mut joining: mpsc::UnboundedReceiver<Arc<Line>>,
    count: Arc<AtomicUsize>,
) {
    let mut lines = vec![first];
    loop {
        let mut sent = 0;
        let before = lines.len();
        lines.retain(|line| {
            let stays = !line.is_over();
            if stays {
                sent += line.pump_for_fanout();
            }
            stays
        });
        count.fetch_sub(before - lines.len(), Ordering::Relaxed);
        server.stats.bytes_sent.add(sent);
        if lines.is_empty() {
            // Whoever joins after this finds the channel closed, and starts another group.
            joining.close();
            match joining.recv().await {
                Some(line) => lines.push(line),
                None => return,
            }
        }
        tokio::select! {
            () = releases.next() => {}
            Some(line) = joining.recv() => lines.push(line),
        }
    }
}
