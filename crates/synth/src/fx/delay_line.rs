//! A delay line that is written a block at a time and read in straight runs.

/// A ring of samples, written `BLOCK` at a time. The first two blocks stand again behind its end, so that no
/// run wraps.
#[derive(Clone, Debug)]
pub(crate) struct DelayLine<const BLOCK: usize> {
    samples: Box<[f32]>,
    capacity: usize,
    write: usize,
}

impl<const BLOCK: usize> DelayLine<BLOCK> {
    /// The longest run that one read may take.
    const RUN_MAX: usize = 2 * BLOCK;

    /// A silent line from which runs can be read up to `delay_max` frames back.
    #[expect(clippy::disallowed_macros, reason = "made with the engine")]
    pub(crate) fn new(delay_max: usize) -> Self {
        let capacity = (delay_max + BLOCK).next_multiple_of(BLOCK).max(Self::RUN_MAX);
        Self { samples: vec![0.0; capacity + Self::RUN_MAX].into_boxed_slice(), capacity, write: 0 }
    }

    /// Forgets what has been written.
    pub(crate) fn clear(&mut self) {
        self.samples.fill(0.0);
        self.write = 0;
    }

    /// The `N` samples that begin `delay` frames before the block that is written next. `N` is at most
    /// `delay` for samples that have been written, and at most two blocks.
    #[inline(always)]
    pub(crate) fn run<const N: usize>(&self, delay: usize) -> &[f32; N] {
        const { assert!(N <= Self::RUN_MAX) };
        self.samples[self.start(delay)..].first_chunk().unwrap_or(&[0.0; N])
    }

    /// The block that begins `delay` frames before the one that is written next, and room for that one, to be
    /// followed by [`DelayLine::advance`].
    #[inline(always)]
    pub(crate) fn run_and_next(&mut self, delay: usize) -> (&[f32; BLOCK], &mut [f32; BLOCK]) {
        let delay = delay.clamp(BLOCK, self.capacity - BLOCK);
        let (run, next) = (self.start(delay), self.write);
        let (run, next) = if run < next {
            let (before, from) = self.samples.split_at_mut(next);
            (&before[run..], from)
        } else {
            let (before, after) = self.samples.split_at_mut(next + BLOCK);
            (&after[run - (next + BLOCK)..], &mut before[next..])
        };
        (run.first_chunk().unwrap_or(&[0.0; BLOCK]), &mut next.as_chunks_mut().0[0])
    }

    /// Where the run of a delay begins.
    #[inline(always)]
    fn start(&self, delay: usize) -> usize {
        let delay = if delay < self.capacity { delay } else { self.capacity };
        let at = self.write + self.capacity - delay;
        if at >= self.capacity { at - self.capacity } else { at }
    }

    /// Writes the next block.
    #[inline(always)]
    pub(crate) fn write(&mut self, block: &[f32; BLOCK]) {
        self.samples[self.write..self.write + BLOCK].copy_from_slice(block);
        self.advance();
    }

    /// Passes the block that has been written.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        let at = self.write;
        if at < Self::RUN_MAX {
            self.samples.copy_within(at..at + BLOCK, self.capacity + at);
        }
        self.write = if at + BLOCK == self.capacity { 0 } else { at + BLOCK };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_what_was_written_that_long_ago() {
        const BLOCK: usize = 32;
        let mut line = DelayLine::<BLOCK>::new(300);
        for block in 0..50 {
            let at = block * BLOCK;
            for delay in [BLOCK, 100, 128, 131, 299, 300] {
                let run: &[f32; BLOCK] = line.run(delay);
                for (i, sample) in run.iter().enumerate() {
                    let expected = (at + i).checked_sub(delay).map_or(0.0, |frame| frame as f32);
                    assert_eq!(*sample, expected, "{i} frames into a run of delay {delay}");
                }
            }
            let block = core::array::from_fn(|i| (at + i) as f32);
            if at.is_multiple_of(2 * BLOCK) {
                line.write(&block);
            } else {
                let (run, next) = line.run_and_next(131);
                *next = block;
                let first = at.checked_sub(131).map_or(0.0, |frame| frame as f32);
                assert_eq!(run[0], first);
                line.advance();
            }
        }
    }
}
