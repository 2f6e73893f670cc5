//! The schedule: when each chunk of a station is due. The pacer sets it, the others read it.

use aeolian_piece::CHUNK_MS;

use crate::clock::{CHUNK_NS, MS, Nanos};
use crate::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};

const ASLEEP: i64 = i64::MAX;

/// Of the lead, what is left to the conductor and to the system's scheduler. Chunks are begun that
/// much later, so that a control is on the wire within the lead and one chunk, not just about.
pub(crate) const LEAD_RESERVE_MS: u32 = 50;

/// Shared by a station's tasks.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// When chunk 0 was, or would have been, due.
    zero: AtomicI64,
    /// The chunk to be released next.
    released: AtomicU64,
    lead_ns: Nanos,
    ahead_max: u64,
}

impl Schedule {
    /// A station that sleeps before its first chunk.
    pub(crate) fn new(lead_ms: u32) -> Self {
        let lead_ns = Nanos::from(lead_ms.saturating_sub(LEAD_RESERVE_MS)) * MS;
        let ahead_max = u64::from(lead_ms).div_ceil(CHUNK_MS) + 1;
        Self { zero: AtomicI64::new(ASLEEP), released: AtomicU64::new(0), lead_ns, ahead_max }
    }

    /// When a chunk is due; none while the station sleeps.
    pub(crate) fn due(&self, chunk: u64) -> Option<Nanos> {
        let zero = self.zero.load(SeqCst);
        let after = CHUNK_NS.saturating_mul(Nanos::try_from(chunk).unwrap_or(Nanos::MAX));
        (zero != ASLEEP).then(|| zero.saturating_add(after))
    }

    /// When a chunk is begun to be rendered; none while the station sleeps.
    pub(crate) fn begin(&self, chunk: u64) -> Option<Nanos> {
        Some(self.due(chunk)? - self.lead_ns)
    }

    /// Makes `chunk` due at `time`, and the others around it.
    pub(crate) fn anchor(&self, chunk: u64, time: Nanos) {
        let before = CHUNK_NS.saturating_mul(Nanos::try_from(chunk).unwrap_or(Nanos::MAX));
        self.zero.store(time.saturating_sub(before), SeqCst);
    }

    /// Lets the station sleep.
    pub(crate) fn sleep(&self) {
        self.zero.store(ASLEEP, SeqCst);
    }

    /// The chunk to be released next.
    pub(crate) fn released(&self) -> u64 {
        self.released.load(SeqCst)
    }

    pub(crate) fn set_released(&self, chunk: u64) {
        self.released.store(chunk, SeqCst);
    }

    /// The first chunk that must not be rendered yet, whatever the time.
    pub(crate) fn limit(&self) -> u64 {
        self.released() + self.ahead_max
    }
}
