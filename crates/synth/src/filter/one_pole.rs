//! A one-pole low-pass over a whole quantum, in the look-ahead form that vectorises.
//!
//! `y[n] = p y[n−1] + (1 − p) x[n]` waits for its last output at every sample. Put into itself three times it
//! reads `y[n] = p⁴ y[n−4] + (1 − p)(x[n] + p x[n−1] + p² x[n−2] + p³ x[n−3])`: the part over `x` has no
//! feedback, and the recursion runs in four lanes at once. The added poles are cancelled by added
//! zeros inside the same circle, so it is stable wherever the plain form is.

use crate::QUANTUM;
use crate::SAMPLE_RATE;
use crate::elementary::{exp2, flush};

/// A one-pole low-pass, one channel.
#[derive(Clone, Debug)]
pub(crate) struct OnePole {
    pole: f32,
    inputs: [f32; 3],
    outputs: [f32; 4],
}

impl OnePole {
    /// A filter that has its −3 dB point near `cutoff_hz`: the pole is exp(−2π f / fs).
    pub(crate) fn new(cutoff_hz: f32) -> Self {
        Self { pole: pole(cutoff_hz), inputs: [0.0; 3], outputs: [0.0; 4] }
    }

    /// Low-passes a quantum in place.
    #[inline(always)]
    pub(crate) fn process(&mut self, block: &mut [f32; QUANTUM]) {
        let p = self.pole;
        let (p2, b) = (p * p, 1.0 - p);
        let (p3, p4) = (p2 * p, p2 * p2);
        let mut x = [0.0f32; QUANTUM + 3];
        x[..3].copy_from_slice(&self.inputs);
        x[3..].copy_from_slice(block);
        self.inputs.copy_from_slice(&x[QUANTUM..]);
        let mut u = [0.0f32; QUANTUM];
        for n in 0..QUANTUM {
            u[n] = b * ((x[n + 3] + p * x[n + 2]) + (p2 * x[n + 1] + p3 * x[n]));
        }
        let mut y = self.outputs;
        for (out, u) in block.as_chunks_mut::<4>().0.iter_mut().zip(u.as_chunks::<4>().0) {
            for lane in 0..4 {
                y[lane] = p4 * y[lane] + u[lane];
            }
            *out = y;
        }
        self.outputs = y.map(flush);
    }

    /// Takes the low-pass away from a quantum, which leaves the high-pass.
    #[inline(always)]
    pub(crate) fn process_high(&mut self, block: &mut [f32; QUANTUM]) {
        let mut low = *block;
        self.process(&mut low);
        for (sample, low) in block.iter_mut().zip(low) {
            *sample -= low;
        }
    }
}

fn pole(cutoff_hz: f32) -> f32 {
    exp2(-core::f32::consts::TAU * core::f32::consts::LOG2_E * cutoff_hz / SAMPLE_RATE as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osc::noise::Noise;

    #[test]
    fn the_look_ahead_form_is_the_plain_one_pole() {
        let mut filter = OnePole::new(110.0);
        let p = f64::from(filter.pole);
        let mut noise = Noise::new(3);
        let mut plain = 0.0f64;
        for _ in 0..200 {
            let mut block = [0.0f32; QUANTUM];
            noise.render(&mut block);
            let input = block;
            filter.process(&mut block);
            for (x, y) in input.iter().zip(block) {
                plain = p * plain + (1.0 - p) * f64::from(*x);
                assert!((plain - f64::from(y)).abs() < 1e-5);
            }
        }
    }
}
