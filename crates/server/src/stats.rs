//! What the server counts: relaxed atomics, read by `/api/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of a [`Distribution`]'s buckets, in milliseconds, each included.
const BOUNDS_MS: [f64; 14] =
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 1000.0, 2000.0];

/// How often something took or lasted so long.
#[derive(Debug, Default)]
pub(crate) struct Distribution {
    counts: [Count; BOUNDS_MS.len()],
    all: Count,
    sum_us: Count,
}

impl Distribution {
    /// Counts `times` times so many milliseconds, not negative.
    pub(crate) fn observe(&self, ms: f64, times: u64) {
        if let Some(i) = BOUNDS_MS.iter().position(|bound| ms <= *bound) {
            self.counts[i].add(times);
        }
        self.all.add(times);
        self.sum_us.add((ms * 1e3) as u64 * times);
    }

    /// Each bound, in seconds, with how many were at most that.
    pub(crate) fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        BOUNDS_MS.iter().zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count.get();
            Some((*bound / 1e3, *sum))
        })
    }

    /// How many were counted.
    pub(crate) fn count(&self) -> u64 {
        self.all.get()
    }

    /// The sum of all, in seconds.
    pub(crate) fn sum_s(&self) -> f64 {
        self.sum_us.get() as f64 / 1e6
    }
}

/// Everything that the server counts.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    /// Connections accepted since the start.
    pub(crate) connections: Count,
    /// Connections refused because their address had too many.
    pub(crate) connections_refused: Count,
    /// Connections closed because newer ones wanted their place among the handshakes.
    pub(crate) handshakes_pushed_out: Count,
    /// Connections closed because the headers did not come in time.
    pub(crate) headers_timed_out: Count,
    /// Requests whose headers were too long.
    pub(crate) headers_too_large: Count,
    /// Requests that were not HTTP.
    pub(crate) requests_malformed: Count,
    /// Answers by the first digit of their status, from 1.
    pub(crate) answers: [Count; 5],
    /// Requests whose body did not come in time.
    pub(crate) bodies_timed_out: Count,
    /// Clients closed because their socket took nothing for too long, listeners and others.
    pub(crate) stalled: Count,
    /// Requests whose body was too large.
    pub(crate) bodies_too_large: Count,
    /// Requests that were too many for their client.
    pub(crate) requests_too_many: Count,
    /// Stations not made because there were too many.
    pub(crate) stations_refused: Count,
    /// Requests without the right to what they asked.
    pub(crate) requests_forbidden: Count,
    /// Listeners turned away because there were too many.
    pub(crate) listeners_refused: Count,
    /// Bytes written to listeners, frames' headers included.
    pub(crate) bytes_sent: Count,
    /// Messages taken from listeners.
    pub(crate) messages: Count,
    /// Messages not taken because there were too many.
    pub(crate) messages_too_many: Count,
    /// Listeners closed because a message of theirs was too big.
    pub(crate) messages_too_big: Count,
    /// Listeners closed because they broke the protocol.
    pub(crate) violations: Count,
    /// Listeners and players closed because they fell too far behind, or took nothing.
    pub(crate) evicted: Count,
    /// Controls that were taken.
    pub(crate) controls_accepted: Count,
    /// Controls that were refused.
    pub(crate) controls_refused: Count,
    /// From the release of a chunk until the kernel has it for a listener.
    pub(crate) sending: Distribution,
    /// What listeners report to have buffered.
    pub(crate) reported_buffer: Distribution,
    /// Underruns that listeners report to have had.
    pub(crate) reported_underruns: Count,
}

impl Stats {
    /// Counts an answer by its status.
    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(count) = self.answers.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            count.add(1);
        }
        match status {
            StatusCode::REQUEST_TIMEOUT => self.bodies_timed_out.add(1),
            StatusCode::PAYLOAD_TOO_LARGE => self.bodies_too_large.add(1),
            StatusCode::TOO_MANY_REQUESTS => self.requests_too_many.add(1),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.requests_forbidden.add(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_observed_counts_up_to_each_bound_that_it_does_not_exceed() {
        let histogram = Distribution::default();
        for ms in [10.0, 50.0, 350.5] {
            histogram.observe(ms, 1);
        }
        histogram.observe(1e6, 2);
        let cumulative: Vec<_> = histogram.cumulative().map(|(_, count)| count).collect();
        assert_eq!(cumulative, [0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3]);
        assert_eq!((histogram.count(), histogram.sum_s()), (5, 2000.4105));
    }
}
