//! Time at the edges: nanoseconds on the monotonic clock, and what they are on the wall.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aeolian_piece::CHUNK_MS;

/// Nanoseconds since some moment near the start of the process; may be negative.
pub(crate) type Nanos = i64;

/// Nanoseconds in a millisecond.
pub(crate) const MS: Nanos = 1_000_000;

/// Nanoseconds from one chunk to the next.
pub(crate) const CHUNK_NS: Nanos = CHUNK_MS as Nanos * MS;

/// The monotonic clock of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts at 0 now.
    #[must_use]
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// The time.
    #[must_use]
    pub(crate) fn now(&self) -> Nanos {
        Nanos::try_from(self.origin.elapsed().as_nanos()).unwrap_or(Nanos::MAX)
    }
}

/// The wall clock in Unix milliseconds.
#[must_use]
pub(crate) fn unix_ms() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(unix.as_millis()).unwrap_or(u64::MAX)
}
