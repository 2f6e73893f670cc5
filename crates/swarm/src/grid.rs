//! When a chunk was due.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

const CHUNK_US: i64 = 100_000;

/// The server releases chunk n at t0 + n × 100 ms. Nobody tells t0, so it is taken to be the
/// earliest that any listener ever got any chunk; lateness is counted from there.
#[derive(Debug)]
pub struct Grid {
    t0_us: AtomicI64,
    newest: AtomicU64,
}

impl Default for Grid {
    fn default() -> Self {
        Self { t0_us: AtomicI64::new(i64::MAX), newest: AtomicU64::new(0) }
    }
}

impl Grid {
    /// The newest chunk that anybody got.
    pub fn newest(&self) -> u64 {
        self.newest.load(Relaxed)
    }

    /// How late chunk `seq` is that arrives at `now_us`, in microseconds.
    pub fn late_us(&self, seq: u64, now_us: i64) -> u64 {
        if seq > self.newest() {
            self.newest.fetch_max(seq, Relaxed);
        }
        let seq = i64::try_from(seq).unwrap_or(i64::MAX / CHUNK_US);
        let t0_us = now_us.saturating_sub(seq.saturating_mul(CHUNK_US));
        let earliest = match self.t0_us.load(Relaxed) {
            known if known <= t0_us => known,
            _ => self.t0_us.fetch_min(t0_us, Relaxed).min(t0_us),
        };
        t0_us.abs_diff(earliest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_counts_from_the_earliest_arrival() {
        let grid = Grid::default();
        assert_eq!(grid.late_us(100, 10_005_000), 0);
        assert_eq!(grid.late_us(101, 10_109_000), 4_000);
        assert_eq!(grid.late_us(101, 10_101_000), 0);
        assert_eq!(grid.late_us(102, 10_202_000), 1_000);
        assert_eq!(grid.newest(), 102);
    }
}
