//! The hub: the last packets that a station released, and who listens to them.
//!
//! Nothing is queued for a listener. It is a position in the one sequence of packets, which goes on
//! whether it follows or not.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio::sync::watch;

use crate::CHUNK_MS;
use crate::Stats;
use crate::message::Message;
use crate::packet::{Format, Packet};

/// How many packets a listener may look back.
pub const PACKETS_KEPT: usize = 32;

/// The longest join burst that every station has ready, in milliseconds: one that has just been woken, too,
/// and in a format to which nobody listened before.
pub const BURST_MS_MAX: u32 = 2_000;

/// The chunks of it.
pub(crate) const BURST_CHUNKS_MAX: u64 = BURST_MS_MAX as u64 / CHUNK_MS;

/// How far the station has got, as its listeners see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The chunk to be released next.
    pub(crate) next: u64,
    /// When the one before it was.
    pub(crate) released: Instant,
    /// The chunk to be encoded in Opus next.
    pub(crate) next_opus: u64,
    /// The chunk to be encoded in FLAC next.
    pub(crate) next_flac: u64,
    /// Whether it has ended for good.
    pub(crate) ended: bool,
}

#[derive(Debug, Default)]
struct Kept {
    packets: VecDeque<Arc<Packet>>,
    /// `score` of the latest bars with the chunks they went out before.
    bars: VecDeque<(u64, Message)>,
    /// The latest `state`.
    state: Option<Message>,
}

impl Edge {
    fn at(next: u64) -> Self {
        let released = Instant::now();
        Self { next, released, next_opus: next, next_flac: next, ended: false }
    }

    /// The first chunk that is not there yet in a format.
    pub(crate) fn next_in(&self, format: Format) -> u64 {
        match format {
            Format::Json | Format::Pcm => self.next,
            Format::Opus => self.next_opus,
            Format::Flac => self.next_flac,
        }
    }
}

/// Shared by a station's pacer and its listeners.
#[derive(Debug)]
pub struct Hub {
    kept: RwLock<Kept>,
    edge: watch::Sender<Edge>,
    listeners: [AtomicUsize; Format::ALL.len()],
    /// The longest join burst, in chunks, that anybody wanted since the station woke or slept last.
    burst: AtomicU64,
    pub(crate) stats: Arc<Stats>,
}

/// How many bars' `score` is kept: more than start within the packets kept.
const BARS_KEPT: usize = 4;

impl Hub {
    pub(crate) fn new(stats: Arc<Stats>) -> Self {
        let (edge, _) = watch::channel(Edge::at(0));
        let (kept, listeners, burst) = (RwLock::default(), Default::default(), AtomicU64::new(0));
        Self { kept, edge, listeners, burst, stats }
    }

    /// Begins with a later chunk than 0. Before anybody listens.
    pub(crate) fn begin(&self, first_chunk: u64) {
        self.edge.send_replace(Edge::at(first_chunk));
    }

    /// Gives out a packet; `bar` is the latest `score` among its texts. The pacer calls it.
    pub(crate) fn release(&self, packet: Packet, bar: Option<Message>) {
        let released = Instant::now();
        if self.listening(Format::Json) > 0 {
            let _ = packet.audio(Format::Json);
        }
        let next = packet.chunk() + 1;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.bars.extend(bar.map(|bar| (packet.chunk(), bar)));
        let surplus = kept.bars.len().saturating_sub(BARS_KEPT);
        kept.bars.drain(..surplus);
        kept.packets.push_back(Arc::new(packet));
        let dropped =
            if kept.packets.len() > PACKETS_KEPT { kept.packets.pop_front() } else { None };
        drop(kept);
        drop(dropped);
        self.stats.released.add(1);
        self.edge.send_modify(|edge| (edge.next, edge.released) = (next, released));
    }

    /// Remembers the latest `state`, for those who miss it.
    pub(crate) fn set_state(&self, state: Message) {
        self.kept.write().unwrap_or_else(PoisonError::into_inner).state = Some(state);
    }

    /// Forgets the packets, which nobody hears, and the burst that somebody wanted.
    pub(crate) fn clear(&self) {
        self.take_burst();
        let old = {
            let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut kept.packets)
        };
        drop(old);
    }

    /// Packets before `next` have been encoded in this format, or will never be.
    pub(crate) fn encoded(&self, format: Format, next: u64) {
        self.edge.send_modify(|edge| match format {
            Format::Json | Format::Pcm => {}
            Format::Opus => edge.next_opus = next,
            Format::Flac => edge.next_flac = next,
        });
    }

    pub(crate) fn end(&self) {
        self.edge.send_modify(|edge| edge.ended = true);
    }

    pub(crate) fn edge(&self) -> Edge {
        *self.edge.borrow()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Edge> {
        self.edge.subscribe()
    }

    /// The packet of a chunk, if it is kept.
    pub(crate) fn packet(&self, chunk: u64) -> Option<Arc<Packet>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let first = kept.packets.front()?.chunk();
        let index = usize::try_from(chunk.checked_sub(first)?).ok()?;
        kept.packets.get(index).cloned()
    }

    /// The oldest chunk kept; the next one to come when none is.
    pub(crate) fn oldest(&self) -> u64 {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.packets.front().map_or_else(|| self.edge().next, |packet| packet.chunk())
    }

    /// `score` of the bar that sounds at the start of a chunk, as it went out before an earlier one.
    pub(crate) fn bar_before(&self, chunk: u64) -> Option<Message> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let mut bars = kept.bars.iter().rev();
        bars.find(|(before, _)| *before < chunk).map(|(_, score)| score.clone())
    }

    /// The latest `state`, if the controls were ever changed.
    pub(crate) fn state(&self) -> Option<Message> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).state.clone()
    }

    pub(crate) fn join(&self, format: Format, burst_chunks: u64) {
        self.burst.fetch_max(burst_chunks, Ordering::SeqCst);
        self.listeners[format as usize].fetch_add(1, Ordering::SeqCst);
        self.stats.joined.add(1);
    }

    /// The longest join burst, in chunks, that anybody wanted since this was asked last.
    pub(crate) fn take_burst(&self) -> u64 {
        self.burst.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn leave(&self, format: Format) {
        self.listeners[format as usize].fetch_sub(1, Ordering::SeqCst);
    }

    /// How many listen in a format.
    #[must_use]
    pub fn listening(&self, format: Format) -> usize {
        self.listeners[format as usize].load(Ordering::SeqCst)
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        Format::ALL.into_iter().map(|format| self.listening(format)).sum()
    }
}
