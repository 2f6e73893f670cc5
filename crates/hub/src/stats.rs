//! What a hub counts: relaxed atomics, written on the way and read by whoever asks.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that only grows, or that is set.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// Replaces the value.
    pub fn set(&self, n: u64) {
        self.0.store(n, Relaxed);
    }

    /// Replaces the value by a larger one.
    pub fn raise(&self, n: u64) {
        self.0.fetch_max(n, Relaxed);
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Everything that a hub counts.
#[derive(Debug, Default)]
pub struct Stats {
    /// Chunks given out to listeners.
    pub released: Counter,
    /// Times that a listener fell behind and was moved to the live edge.
    pub lagged: Counter,
    /// Listeners that ever joined.
    pub joined: Counter,
}
