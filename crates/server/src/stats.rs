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

/// Upper bounds of what listeners report to have buffered, in milliseconds, each included.
pub(crate) const BUFFER_BOUNDS_MS: [f64; 8] =
    [50.0, 100.0, 200.0, 300.0, 400.0, 500.0, 1000.0, 2000.0];

/// How often listeners reported to have so much buffered.
#[derive(Debug, Default)]
pub(crate) struct BufferHistogram {
    counts: [Count; BUFFER_BOUNDS_MS.len()],
    all: Count,
    sum_ms: Count,
}

impl BufferHistogram {
    /// Counts a report, in milliseconds, not negative.
    pub(crate) fn observe(&self, buffer_ms: f64) {
        if let Some(i) = BUFFER_BOUNDS_MS.iter().position(|bound| buffer_ms <= *bound) {
            self.counts[i].add(1);
        }
        self.all.add(1);
        self.sum_ms.add(buffer_ms as u64);
    }

    /// Each bound with how many reports were at most that.
    pub(crate) fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        BUFFER_BOUNDS_MS.iter().zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count.get();
            Some((*bound, *sum))
        })
    }

    /// All reports.
    pub(crate) fn count(&self) -> u64 {
        self.all.get()
    }

    /// The sum of all reports in milliseconds.
    pub(crate) fn sum_ms(&self) -> u64 {
        self.sum_ms.get()
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
    /// Listeners closed because they fell too far behind.
    pub(crate) evicted: Count,
    /// Controls that were taken.
    pub(crate) controls_accepted: Count,
    /// Controls that were refused.
    pub(crate) controls_refused: Count,
    /// What listeners report to have buffered, in milliseconds.
    pub(crate) reported_buffer_ms: BufferHistogram,
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
    fn a_report_counts_up_to_each_bound_that_it_does_not_exceed() {
        let histogram = BufferHistogram::default();
        for buffer_ms in [10.0, 50.0, 350.0, 1e6] {
            histogram.observe(buffer_ms);
        }
        let cumulative: Vec<_> = histogram.cumulative().map(|(_, count)| count).collect();
        assert_eq!(cumulative, [2, 2, 2, 2, 3, 3, 3, 3]);
        assert_eq!((histogram.count(), histogram.sum_ms()), (4, 1_000_410));
    }
}
