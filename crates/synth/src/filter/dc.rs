//! The DC blocker: takes away the slow mean of each channel.
//!
//! The mean of each quantum goes through a one-pole at the quantum rate (corner 1.5 Hz); what comes out is
//! subtracted along a straight line from quantum to quantum. All the work over frames vectorises.

use crate::elementary::{Slope, sum_over};
use crate::simd::{Floats, steps};
use crate::{HALF_QUANTUM, HALF_RATE};

const CORNER_HZ: f32 = 1.5;
const COEFFICIENT: f32 =
    core::f32::consts::TAU * CORNER_HZ * HALF_QUANTUM as f32 / HALF_RATE as f32;

/// One channel's DC blocker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DcBlocker {
    mean: f32,
}

impl DcBlocker {
    /// Blocks DC in a quantum, in place.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(&mut self, block: &mut [f32; HALF_QUANTUM]) {
        let sum = sum_over::<V>(HALF_QUANTUM, |at| V::load(block, at));
        let mean = sum * (1.0 / HALF_QUANTUM as f32);
        let before = self.mean;
        self.mean = (before + (mean - before) * COEFFICIENT).flush();
        let line = Slope::over(HALF_QUANTUM, before, self.mean);
        for at in steps::<V>(HALF_QUANTUM) {
            (V::load(block, at) - line.at(at)).store(block, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementary::sin_turns;

    #[test]
    fn dc_dies_away_and_thirty_hertz_pass() {
        let mut blocker = DcBlocker::default();
        let mut power = 0.0;
        let mut mean = 0.0;
        let quanta = 44_100 * 10 / HALF_QUANTUM;
        for quantum in 0..quanta {
            let mut block: [f32; HALF_QUANTUM] = core::array::from_fn(|i| {
                let t = (quantum * HALF_QUANTUM + i) as f32 / HALF_RATE as f32;
                0.5 + sin_turns((30.0 * t) % 1.0)
            });
            blocker.process::<f32>(&mut block);
            if quantum >= quanta / 2 {
                for x in block {
                    power += f64::from(x * x);
                    mean += f64::from(x);
                }
            }
        }
        let n = (quanta - quanta / 2) as f64 * HALF_QUANTUM as f64;
        assert!((mean / n).abs() < 1e-3, "{}", mean / n);
        let db = 10.0 * libm::log10(2.0 * power / n);
        assert!(db.abs() < 0.1, "{db} dB at 30 Hz");
    }
}
