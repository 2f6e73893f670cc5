//! What many listeners of one station and codec look at together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aeolian_codec::Codec;
use aeolian_piece::CHUNK_MS;
use tokio::sync::watch;

use crate::hub::{Edge, Hub};
use crate::packet::Packet;

/// The newest chunk of a station in a codec.
#[derive(Clone, Debug)]
pub struct Newest {
    pub(crate) hub: Arc<Hub>,
    pub(crate) codec: Codec,
    pub(crate) packet: Arc<Packet>,
}

impl Newest {
    /// The chunk, with the news before it.
    #[must_use]
    pub fn packet(&self) -> &Arc<Packet> {
        &self.packet
    }
}

/// Waits for what a station releases in a codec.
#[derive(Clone, Debug)]
pub struct Releases {
    pub(crate) edge: watch::Receiver<Edge>,
    pub(crate) codec: Codec,
    /// The chunk that was not there yet when it was looked last.
    pub(crate) seen: u64,
    pub(crate) waiting_since: Instant,
}

impl Releases {
    /// Whether both tell of the same station and codec.
    #[must_use]
    pub fn are_those_of(&self, other: &Self) -> bool {
        self.edge.same_channel(&other.edge) && self.codec == other.codec
    }

    /// Waits until something was released since the last call; false once the station has ended.
    /// What other codecs get wakes nobody. Cancel-safe.
    pub async fn next(&mut self) -> bool {
        let (codec, seen) = (self.codec, self.seen);
        let is_new = |edge: &Edge| edge.ended || edge.next_in(codec) != seen;
        // An error means that the station is gone: its listeners have been told so.
        let Ok(edge) = self.edge.wait_for(is_new).await else { return false };
        // Chunks come at their pace: those after the first that was not seen came later by as much.
        let later_ms = edge.next.saturating_sub(seen + 1).saturating_mul(CHUNK_MS);
        let first = edge.released.checked_sub(Duration::from_millis(later_ms));
        self.waiting_since = first.unwrap_or(edge.released);
        self.seen = edge.next_in(codec);
        !edge.ended
    }

    /// When the first chunk was released that the last [`Releases::next`] told of.
    #[must_use]
    pub fn waiting_since(&self) -> Instant {
        self.waiting_since
    }
}
