//! The all-pass diffuser: M. R. Schroeder, "Natural sounding artificial reverberation", JAES 10(3), 1962.
//!
//! `v[n] = x[n] + g v[n−d]`, `y[n] = v[n−d] − g v[n]`: every frequency passes at unit gain, spread out in time.

use super::delay_line::DelayLine;
use crate::HALF_QUANTUM;
use crate::simd::{Floats, steps};

/// Frames that are computed without looking at each other: fewer than the shortest delay.
const BLOCK: usize = 32;

/// One all-pass with a delay of at least a block.
#[derive(Clone, Debug)]
pub(crate) struct Allpass {
    line: DelayLine<BLOCK>,
    delay: usize,
    gain: f32,
}

impl Allpass {
    /// An all-pass of `delay` ≥ [`BLOCK`] frames and gain `|g| < 1`.
    pub(crate) fn new(delay: usize, gain: f32) -> Self {
        let delay = delay.max(BLOCK);
        Self { line: DelayLine::new(delay), delay, gain }
    }

    /// Forgets what it has heard.
    pub(crate) fn clear(&mut self) {
        self.line.clear();
    }

    /// Diffuses a quantum in place.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(&mut self, quantum: &mut [f32; HALF_QUANTUM]) {
        let g = V::splat(self.gain);
        for block in quantum.as_chunks_mut::<BLOCK>().0 {
            let past: &[f32; BLOCK] = self.line.run(self.delay);
            let mut kept = [0.0f32; BLOCK];
            for at in steps::<V>(BLOCK) {
                let past = V::load(past, at);
                let v = (V::load(block, at) + g * past).flush();
                v.store(&mut kept, at);
                (past - g * v).store(block, at);
            }
            self.line.write(&kept);
        }
    }
}
