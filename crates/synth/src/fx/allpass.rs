//! The all-pass diffuser: M. R. Schroeder, "Natural sounding artificial reverberation", JAES 10(3), 1962.
//!
//! `v[n] = x[n] + g v[n−d]`, `y[n] = v[n−d] − g v[n]`: every frequency passes at unit gain, spread out in time.

use super::ring::Ring;
use crate::QUANTUM;
use crate::simd::{Floats, steps};

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
    pub(crate) fn process<V: Floats>(&mut self, block: &mut [f32; QUANTUM]) {
        let past: &[f32; QUANTUM] = self.ring.run(self.delay);
        let g = V::splat(self.gain);
        let mut kept = [0.0f32; QUANTUM];
        for at in steps::<V>() {
            let past = V::load(past, at);
            let v = (V::load(block, at) + g * past).flush();
            v.store(&mut kept, at);
            (past - g * v).store(block, at);
        }
        self.ring.write(&kept);
    }
}
