//! What the listeners of one format heard, added up.

use std::collections::BTreeMap;

use aeolian_wire::chunk::ChunkHead;
use hdrhistogram::Histogram;

/// Lateness is told apart up to this; more counts as this.
const LATE_US_MAX: u64 = 60_000_000;

/// How a session ended before it was told to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// No connection came about.
    NotConnected,
    /// The opening handshake was answered with this status.
    Refused(u16),
    /// The server said goodbye with this code.
    ClosedWith(u16),
    /// The server closed without a word.
    Closed,
    /// The connection broke.
    Reset,
    /// What came is not the protocol.
    Violation(String),
}

impl End {
    /// For people and for the report.
    pub fn describe(&self) -> String {
        match self {
            End::NotConnected => "not connected".to_owned(),
            End::Refused(code) => format!("refused with {code}"),
            End::ClosedWith(code) => format!("closed with {code}"),
            End::Closed => "closed without a word".to_owned(),
            End::Reset => "broken".to_owned(),
            End::Violation(what) => format!("protocol broken: {what}"),
        }
    }
}

/// Sums over listeners.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Listeners that the server took.
    pub listeners: u64,
    /// Chunks that came.
    pub chunks: u64,
    /// Chunks that did not come although nothing was said about a gap.
    pub lost: u64,
    /// Chunks left out with a `discontinuity`, because the listener was behind.
    pub skipped: u64,
    /// Chunks that came twice or in the wrong order.
    pub disordered: u64,
    /// `discontinuity` marks.
    pub discontinuities: u64,
    /// Chunks looked at whole.
    pub sampled: u64,
    /// Of these, how many were not what others heard.
    pub different: u64,
    /// Listeners that were more than five chunks behind at the end.
    pub behind: u64,
    /// Arrival against the grid in microseconds.
    pub late_us: Histogram<u64>,
    /// How sessions ended before they were told to.
    pub ends: BTreeMap<End, u64>,
}

impl Default for Tally {
    fn default() -> Self {
        let late_us = Histogram::new_with_bounds(1, LATE_US_MAX, 3);
        Self {
            listeners: 0,
            chunks: 0,
            lost: 0,
            skipped: 0,
            disordered: 0,
            discontinuities: 0,
            sampled: 0,
            different: 0,
            behind: 0,
            late_us: late_us.expect("constant bounds that are in order"),
            ends: BTreeMap::new(),
        }
    }
}

impl Tally {
    /// A chunk came where `expected` was due.
    pub fn heard(&mut self, head: ChunkHead, expected: u64, late_us: u64) {
        self.chunks += 1;
        self.late_us.saturating_record(late_us);
        self.discontinuities += u64::from(head.discontinuity);
        match head.chunk.checked_sub(expected) {
            None => self.disordered += 1,
            Some(gap) if head.discontinuity => self.skipped += gap,
            Some(gap) => self.lost += gap,
        }
    }

    /// A chunk was looked at whole.
    pub fn sampled(&mut self, agrees: bool) {
        self.sampled += 1;
        self.different += u64::from(!agrees);
    }

    /// A session ended.
    pub fn ended(&mut self, end: End) {
        *self.ends.entry(end).or_default() += 1;
    }

    /// Adds another worker's sums.
    pub fn add(&mut self, other: &Self) {
        self.listeners += other.listeners;
        self.chunks += other.chunks;
        self.lost += other.lost;
        self.skipped += other.skipped;
        self.disordered += other.disordered;
        self.discontinuities += other.discontinuities;
        self.sampled += other.sampled;
        self.different += other.different;
        self.behind += other.behind;
        self.late_us += &other.late_us;
        for (end, count) in &other.ends {
            *self.ends.entry(end.clone()).or_default() += count;
        }
    }

    /// Whether everybody got every chunk, and the same.
    pub fn is_clean(&self) -> bool {
        let faults = self.lost + self.skipped + self.disordered + self.different + self.behind;
        faults == 0 && self.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(seq: u64, discontinuity: bool, expected: u64) -> Tally {
        let mut tally = Tally::default();
        tally.heard(ChunkHead { chunk: seq, discontinuity }, expected, 1_000);
        tally
    }

    #[test]
    fn a_gap_is_lost_unless_it_is_announced() {
        assert!(heard(7, false, 7).is_clean());
        assert_eq!(heard(9, false, 7).lost, 2);
        assert_eq!(heard(9, true, 7).skipped, 2);
        assert_eq!(heard(9, true, 7).lost, 0);
        assert_eq!(heard(6, false, 7).disordered, 1);
        assert!(!heard(9, false, 7).is_clean());
    }

    #[test]
    fn sums_of_workers_add_up() {
        let mut sum = heard(9, false, 7);
        let mut other = heard(9, true, 7);
        other.ended(End::Reset);
        sum.add(&other);
        sum.add(&other);
        assert_eq!((sum.chunks, sum.lost, sum.skipped, sum.late_us.len()), (3, 2, 4, 3));
        assert_eq!(sum.ends, BTreeMap::from([(End::Reset, 2)]));
    }
}
