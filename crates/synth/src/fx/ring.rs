//! A delay line that is written a quantum at a time and read in straight runs.

use crate::QUANTUM;

/// The longest run that one read may take.
pub(crate) const RUN_MAX: usize = 2 * QUANTUM;

/// A ring of samples whose first [`RUN_MAX`] stand again behind its end, so that no run wraps.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    samples: Box<[f32]>,
    capacity: usize,
    write: usize,
}

impl Ring {
    /// A silent ring from which runs can be read up to `delay_max` frames back.
    pub(crate) fn new(delay_max: usize) -> Self {
        let capacity = (delay_max + QUANTUM).next_multiple_of(QUANTUM).max(RUN_MAX);
        Self { samples: vec![0.0; capacity + RUN_MAX].into_boxed_slice(), capacity, write: 0 }
    }

    /// The `N` samples that begin `delay` frames before the quantum that is written next. `N` is at most
    /// `delay` for samples that have been written, and at most [`RUN_MAX`].
    #[inline(always)]
    pub(crate) fn run<const N: usize>(&self, delay: usize) -> &[f32; N] {
        const { assert!(N <= RUN_MAX) };
        let delay = if delay < self.capacity { delay } else { self.capacity };
        let at = self.write + self.capacity - delay;
        let at = if at >= self.capacity { at - self.capacity } else { at };
        self.samples[at..].first_chunk().unwrap_or(&[0.0; N])
    }

    /// Writes the next quantum.
    #[inline(always)]
    pub(crate) fn write(&mut self, quantum: &[f32; QUANTUM]) {
        let at = self.write;
        self.samples[at..at + QUANTUM].copy_from_slice(quantum);
        if at < RUN_MAX {
            let again = self.capacity + at;
            self.samples[again..again + QUANTUM].copy_from_slice(quantum);
        }
        self.write = if at + QUANTUM == self.capacity { 0 } else { at + QUANTUM };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_what_was_written_that_long_ago() {
        let mut ring = Ring::new(300);
        for quantum in 0..50 {
            let at = quantum * QUANTUM;
            for delay in [QUANTUM, 100, 128, 131, 299, 300] {
                let run: &[f32; QUANTUM] = ring.run(delay);
                for (i, sample) in run.iter().enumerate() {
                    let expected = (at + i).checked_sub(delay).map_or(0.0, |frame| frame as f32);
                    assert_eq!(*sample, expected, "{i} frames into a run of delay {delay}");
                }
            }
            ring.write(&core::array::from_fn(|i| (at + i) as f32));
        }
    }
}
