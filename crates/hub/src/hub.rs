//! The hub: the last packets that a station released, and who listens to them.
//!
//! Nothing is queued for a listener. It is a position in the one sequence of packets, which goes on
//! whether it follows or not.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use aeolian_codec::Codec;
use aeolian_codec::table::Making;
use aeolian_piece::bars::Bar;
use aeolian_piece::{CHUNK_MS, State};
use tokio::sync::watch;

use crate::audience::Audience;
use crate::news::News;
use crate::packet::Packet;
use crate::stats::Stats;

/// How many packets a listener may look back.
pub const PACKETS_KEPT: usize = 32;

/// The longest join burst that every station has ready, in milliseconds: one that has just been woken, too,
/// and in a format to which nobody listened before.
pub const BURST_MS_MAX: u32 = 2_000;

/// The chunks of it.
pub const BURST_CHUNKS_MAX: u64 = BURST_MS_MAX as u64 / CHUNK_MS;

/// How far the station has got, as its listeners see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The chunk to be released next.
    pub next: u64,
    /// When the one before it was.
    pub released: Instant,
    /// By codec, the chunk to be encoded next, where an encoder makes its packets.
    encoded: [u64; Codec::COUNT],
    /// Whether it has ended for good.
    pub ended: bool,
}

#[derive(Debug, Default)]
struct Backlog {
    packets: VecDeque<Arc<Packet>>,
    /// The latest bars with the chunks they were told before.
    bars: VecDeque<(u64, Arc<Bar>)>,
    /// The latest state.
    state: Option<State>,
}

impl Edge {
    fn at(next: u64) -> Self {
        let released = Instant::now();
        Self { next, released, encoded: [next; Codec::COUNT], ended: false }
    }

    /// The first chunk that is not there yet in a codec.
    pub(crate) fn next_in(&self, codec: Codec) -> u64 {
        match codec.row().making {
            Making::AtOnce { .. } => self.next,
            Making::InTurn { .. } => self.encoded[codec as usize],
        }
    }
}

/// Shared by a station's pacer and its listeners.
#[derive(Debug)]
pub struct Hub {
    backlog: RwLock<Backlog>,
    edge: watch::Sender<Edge>,
    audience: Audience,
    stats: Arc<Stats>,
}

/// How many bars are kept: more than start within the packets kept.
const BARS_KEPT: usize = 4;

impl Hub {
    /// A hub before its first chunk.
    #[must_use]
    pub fn new(stats: Arc<Stats>) -> Self {
        let (edge, _) = watch::channel(Edge::at(0));
        Self { backlog: RwLock::default(), edge, audience: Audience::default(), stats }
    }

    /// Begins with a later chunk than 0. Before anybody listens.
    pub fn begin(&self, first_chunk: u64) {
        self.edge.send_replace(Edge::at(first_chunk));
    }

    /// Gives out a packet. The pacer calls it.
    pub fn release(&self, packet: Packet) {
        let released = Instant::now();
        let next = packet.chunk() + 1;
        let bar = packet.news().iter().rev().find_map(|news| match news {
            News::Bar(bar) => Some(bar.clone()),
            News::State(_) | News::Vitals(_) => None,
        });
        let mut kept = self.backlog.write().unwrap_or_else(PoisonError::into_inner);
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

    /// Remembers the latest state, for those who miss it.
    pub fn set_state(&self, state: State) {
        self.backlog.write().unwrap_or_else(PoisonError::into_inner).state = Some(state);
    }

    /// Forgets the packets, which nobody hears, and the burst that somebody wanted who has gone.
    pub fn clear(&self) {
        self.audience.fall_asleep();
        let old = {
            let mut kept = self.backlog.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut kept.packets)
        };
        drop(old);
    }

    /// Packets before `next` have been encoded in this codec, or will never be.
    pub fn set_encoded(&self, codec: Codec, next: u64) {
        self.edge.send_modify(|edge| edge.encoded[codec as usize] = next);
    }

    /// Tells every listener that there is no more.
    pub fn end(&self) {
        self.edge.send_modify(|edge| edge.ended = true);
    }

    /// How far it has got.
    #[must_use]
    pub fn edge(&self) -> Edge {
        *self.edge.borrow()
    }

    pub(crate) fn count_lagged(&self) {
        self.stats.lagged.add(1);
    }

    /// Tells when the edge moves.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Edge> {
        self.edge.subscribe()
    }

    /// The packet of a chunk, if it is kept.
    #[must_use]
    pub fn packet(&self, chunk: u64) -> Option<Arc<Packet>> {
        let kept = self.backlog.read().unwrap_or_else(PoisonError::into_inner);
        let first = kept.packets.front()?.chunk();
        let index = usize::try_from(chunk.checked_sub(first)?).ok()?;
        kept.packets.get(index).cloned()
    }

    /// The oldest chunk kept; the next one to come when none is.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        let kept = self.backlog.read().unwrap_or_else(PoisonError::into_inner);
        kept.packets.front().map_or_else(|| self.edge().next, |packet| packet.chunk())
    }

    /// The bar that sounds at the start of a chunk, as it was told before an earlier one.
    pub(crate) fn bar_before(&self, chunk: u64) -> Option<Arc<Bar>> {
        let kept = self.backlog.read().unwrap_or_else(PoisonError::into_inner);
        let mut bars = kept.bars.iter().rev();
        bars.find(|(before, _)| *before < chunk).map(|(_, bar)| bar.clone())
    }

    /// The latest state, if the controls were ever changed.
    pub(crate) fn state(&self) -> Option<State> {
        self.backlog.read().unwrap_or_else(PoisonError::into_inner).state
    }

    /// Counts a listener in.
    pub(crate) fn join(&self, codec: Codec, burst_chunks: u64) {
        self.audience.join(codec, burst_chunks);
        self.stats.joined.add(1);
    }

    /// Forgets the join burst that somebody wanted.
    pub fn forget_burst(&self) {
        self.audience.take_burst();
    }

    /// The longest join burst, in chunks, that anybody wanted since this was asked last.
    #[must_use]
    pub fn take_burst(&self) -> u64 {
        self.audience.take_burst()
    }

    pub(crate) fn leave(&self, codec: Codec) {
        self.audience.leave(codec);
    }

    /// How many listen in a codec.
    #[must_use]
    pub fn listening(&self, codec: Codec) -> usize {
        self.audience.listening(codec)
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.audience.listeners()
    }
}
