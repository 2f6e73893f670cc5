//! A token bucket: so many a second on average, twice as many in a burst.

use std::time::{Duration, Instant};

/// Tokens that a bucket holds, over those it is given in a second.
const BURST: u32 = 2;

/// What `per_s` allows, for people.
pub(crate) fn said(per_s: u32) -> String {
    format!("{per_s} a second, {} at once", per_s.saturating_mul(BURST))
}

/// A bucket that fills with time and gives out one token a message.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    per_s: f64,
    tokens_max: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    /// A full bucket for `per_s` messages a second.
    pub(crate) fn new(per_s: u32, now: Instant) -> Self {
        let per_s = f64::from(per_s);
        let tokens_max = f64::from(BURST) * per_s;
        Self { per_s, tokens_max, tokens: tokens_max, filled_at: now }
    }

    fn fill(&mut self, now: Instant) {
        let passed_s = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed_s * self.per_s).min(self.tokens_max);
        self.filled_at = now;
    }

    /// Takes one token; false when none is left.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }

    /// Whether nothing has been taken lately: a new bucket would be the same.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        let passed_s = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens + passed_s * self.per_s >= self.tokens_max
    }

    /// How long until the next token.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs_f64((1.0 - self.tokens).max(0.0) / self.per_s.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_gets_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(20, start);
        let taken = (0..1000).filter(|_| bucket.take(start)).count();
        assert_eq!(taken, 40);
        assert_eq!(said(20), "20 a second, 40 at once");
        assert!(!bucket.is_full(start));
        let later = start + Duration::from_secs(1);
        let taken = (0..1000).filter(|_| bucket.take(later)).count();
        assert_eq!(taken, 20);
        assert!(bucket.wait() <= Duration::from_millis(50));
        assert!(bucket.is_full(later + Duration::from_secs(2)));
    }
}
