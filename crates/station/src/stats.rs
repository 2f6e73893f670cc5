//! What a station counts: relaxed atomics, written on the way and read by whoever asks.

use std::sync::Arc;

use aeolian_hub::Counter;

/// Upper bounds of the buckets of [`Histogram`], in milliseconds; one more bucket has no bound.
pub const BUCKETS_MS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 150, 200, 250, 300, 500];

/// How often values fell between the bounds [`BUCKETS_MS`].
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [Counter; BUCKETS_MS.len() + 1],
    sum_us: Counter,
}

impl Histogram {
    /// Counts one value.
    pub fn record(&self, value_us: u64) {
        let bucket = BUCKETS_MS.partition_point(|bound_ms| bound_ms * 1_000 < value_us);
        self.counts[bucket].add(1);
        self.sum_us.add(value_us);
    }

    /// How many values fell into each bucket, not summed up.
    #[must_use]
    pub fn counts(&self) -> [u64; BUCKETS_MS.len() + 1] {
        std::array::from_fn(|i| self.counts[i].get())
    }

    /// The sum of all values, in microseconds.
    #[must_use]
    pub fn sum_us(&self) -> u64 {
        self.sum_us.get()
    }
}

/// Everything that one station counts.
#[derive(Debug, Default)]
pub struct Stats {
    /// What its hub counts.
    pub hub: Arc<aeolian_hub::Stats>,
    /// Chunks rendered.
    pub rendered: Counter,
    /// Time spent rendering, in nanoseconds.
    pub render_ns: Counter,
    /// The longest that a chunk took, in nanoseconds.
    pub render_ns_max: Counter,
    /// Chunks that were not there when they were due.
    pub underruns: Counter,
    /// Chunks that came after they had been given up.
    pub too_late: Counter,
    /// Times that the renderer found no room.
    pub overruns: Counter,
    /// Times that the pacer started a new schedule because it was too late.
    pub reanchors: Counter,
    /// Controls taken, also those that wait for a bar or phrase.
    pub controls: Counter,
    /// From the arrival of a control to the release of the first chunk that obeys it.
    pub control_to_wire: Histogram,
    /// Times that the station was rebuilt after a fault.
    pub rebuilds: Counter,
    /// Time to render over time rendered, of the last second, in millionths.
    pub render_load_millionths: Counter,
}

impl Stats {
    /// Counts a chunk rendered. Render thread; neither allocates nor blocks.
    pub(crate) fn rendered(&self, took_ns: u64) {
        self.rendered.add(1);
        self.render_ns.add(took_ns);
        self.render_ns_max.raise(took_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_bucket_that_it_does_not_exceed() {
        let histogram = Histogram::default();
        for value_us in [0, 1_000, 1_001, 300_000, 300_001, 9_000_000] {
            histogram.record(value_us);
        }
        assert_eq!(histogram.counts(), [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
        assert_eq!(histogram.sum_us(), 9_602_002);
    }
}
