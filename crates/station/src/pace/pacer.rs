//! The pacer: which chunk is due at what time, and what to do when it is late.
//!
//! Deadlines are absolute: chunk n is due at `zero + n × 100 ms`, so no error adds up. A pacer that
//! comes late catches up, chunk after chunk without a pause, because its listeners have buffers; one
//! that is later than two seconds (the machine slept) gives the lost time up and takes a new `zero`.

use crate::clock::{CHUNK_NS, MS, Nanos};

/// Later than this, and the schedule is given up for a new one.
pub(super) const REANCHOR_AFTER: Nanos = 2_000 * MS;

/// How long a chunk that is not there is waited for after it was due.
pub(super) const PATIENCE: Nanos = 50 * MS;

/// How long to back off before looking for it again.
pub(super) const BACK_OFF: Nanos = 10 * MS;

/// Missing chunks in a row after which nothing more is sent until there are real ones.
pub(super) const MISSING_MAX: u64 = (REANCHOR_AFTER / CHUNK_NS) as u64;

/// Paces one station's chunks. Time is whatever the caller says it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pacer {
    zero: Nanos,
    next: u64,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// The next chunk is not due before then.
    Wait(Nanos),
    /// The next chunk is due.
    Due,
    /// It is so late that a new schedule was taken up, by which it is due now.
    Reanchored,
}

impl Pacer {
    /// A pacer by which the chunk `next` is due at `due`.
    #[must_use]
    pub(super) fn new(next: u64, due: Nanos) -> Self {
        let mut pacer = Self { zero: 0, next };
        pacer.anchor(due);
        pacer
    }

    /// When the next chunk is due.
    #[must_use]
    pub(super) fn due(&self) -> Nanos {
        self.zero + CHUNK_NS * self.next as Nanos
    }

    /// What to do at `now`.
    #[must_use]
    pub(super) fn pace(&mut self, now: Nanos) -> Pace {
        if now < self.due() {
            Pace::Wait(self.due())
        } else if now - self.due() > REANCHOR_AFTER {
            self.anchor(now);
            Pace::Reanchored
        } else {
            Pace::Due
        }
    }

    /// What to do at `now` when the chunk that is due is not there: when to look again, or nothing
    /// if it must be done without.
    #[must_use]
    pub(super) fn back_off(&self, now: Nanos) -> Option<Nanos> {
        let until = self.due() + PATIENCE;
        (now < until).then(|| (now + BACK_OFF).min(until))
    }

    /// The next chunk has been released, or done without.
    pub(super) fn released(&mut self) {
        self.next += 1;
    }

    /// Makes the next chunk due at `due`.
    pub(super) fn anchor(&mut self, due: Nanos) {
        self.zero = due - CHUNK_NS * self.next as Nanos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_score::rng::Rng;

    /// Runs a pacer against a clock that wakes it late by `late(i)`; answers what it released when.
    fn run(until: Nanos, mut late: impl FnMut(u64) -> Nanos) -> (Vec<(u64, Nanos)>, u64) {
        let mut pacer = Pacer::new(0, 0);
        let (mut now, mut wakes, mut reanchored) = (0, 0, 0);
        let mut released = Vec::new();
        while now < until {
            match pacer.pace(now) {
                Pace::Wait(time) => {
                    now = time + late(wakes);
                    wakes += 1;
                    continue;
                }
                Pace::Reanchored => reanchored += 1,
                Pace::Due => {}
            }
            released.push((pacer.next, now));
            pacer.released();
        }
        (released, reanchored)
    }

    #[test]
    fn a_day_of_pacing_drifts_by_no_frame() {
        let day = 24 * 3_600_000 * MS;
        let late = |i| Nanos::from(Rng::at(1, 1, i).below(30_000_000));
        let (released, reanchored) = run(day, late);
        assert_eq!((released.len(), reanchored), (864_000, 0));
        for (i, (chunk, at)) in released.into_iter().enumerate() {
            let due = i as Nanos * CHUNK_NS;
            assert_eq!(chunk, i as u64);
            assert!((due..due + 30 * MS).contains(&at), "chunk {chunk} at {at}");
        }
    }

    #[test]
    fn five_chunks_late_are_caught_up_at_once() {
        let (released, reanchored) = run(5_000 * MS, |i| if i == 10 { 499 * MS } else { 0 });
        assert_eq!((released.len(), reanchored), (50, 0));
        let at: Vec<_> = released.iter().map(|(_, at)| at / MS).collect();
        assert_eq!(at[10..18], [1_000, 1_599, 1_599, 1_599, 1_599, 1_599, 1_600, 1_700]);
    }

    #[test]
    fn more_than_two_seconds_late_takes_up_a_new_schedule() {
        let (released, reanchored) = run(8_000 * MS, |i| if i == 10 { 3_050 * MS } else { 0 });
        assert_eq!(reanchored, 1);
        let at: Vec<_> = released.iter().map(|(_, at)| at / MS).collect();
        assert_eq!(at[10..14], [1_000, 4_150, 4_250, 4_350]);
        assert!(released.iter().enumerate().all(|(i, (chunk, _))| *chunk == i as u64));
    }

    #[test]
    fn a_missing_chunk_is_waited_for_by_steps_and_then_done_without() {
        let pacer = Pacer::new(7, 100 * MS);
        assert_eq!(pacer.back_off(100 * MS), Some(110 * MS));
        assert_eq!(pacer.back_off(145 * MS), Some(150 * MS));
        assert_eq!(pacer.back_off(150 * MS), None);
    }
}
