//! The all-pass diffuser: M. R. Schroeder, "Natural sounding artificial reverberation", JAES 10(3), 1962.
//!
//! `v[n] = x[n] + g v[n−d]`, `y[n] = v[n−d] − g v[n]`: every frequency passes at unit gain, spread out in time.

use super::ring::Ring;
use crate::QUANTUM;
use crate::elementary::flush;

/// One all-pass with a delay of at least a quantum.
#[derive(Clone, Debug)]
pub(crate) struct Allpass {
    ring: Ring,
    delay: usize,
    gain: f32,
}

impl Allpass {
    /// An all-pass of `delay` ≥ [`QUANTUM`] frames and gain `|g| < 1`.
    pub(crate) fn new(delay: usize, gain: f32) -> Self {
        let delay = delay.max(QUANTUM);
        Self { ring: Ring::new(delay), delay, gain }
    }

    /// Diffuses a quantum in place.
    #[inline(always)]
    pub(crate) fn process(&mut self, block: &mut [f32; QUANTUM]) {
        let past: &[f32; QUANTUM] = self.ring.run(self.delay);
        let g = self.gain;
        let mut v = [0.0f32; QUANTUM];
        for i in 0..QUANTUM {
            v[i] = flush(block[i] + g * past[i]);
            block[i] = past[i] - g * v[i];
        }
        self.ring.write(&v);
    }
}
