//! Slow waves: a rise and fall over most of a minute, never the same twice.

use aeolian_score::rng::Rng;

use crate::elementary::sin_turns;
use crate::{QUANTUM, SAMPLE_RATE};

/// A turn, as phases count it.
const TURN: f32 = 4_294_967_296.0;

/// Three sines whose rates have no common measure, added up: a function of the quantum, so that any can be asked for
/// alone.
#[derive(Clone, Debug)]
pub(crate) struct SlowWaves {
    /// Where they stand in quantum 0, in parts of 2³² of a turn.
    phases: [u32; 3],
    /// How far a quantum takes them.
    steps: [u32; 3],
    /// They add up to 1.
    shares: [f32; 3],
}

impl SlowWaves {
    /// Waves of these rates in hertz and shares, which begin where three draws have them.
    pub(crate) fn new(rng: &mut Rng, waves: [(f32, f32); 3]) -> Self {
        Self {
            phases: waves.map(|_| (rng.unit() * TURN) as u32),
            steps: waves.map(|(hz, _)| (hz * (QUANTUM as f32 / SAMPLE_RATE as f32 * TURN)) as u32),
            shares: waves.map(|(_, share)| share),
        }
    }

    /// Where they stand in a quantum, −1 to 1.
    #[inline(always)]
    pub(crate) fn at(&self, quantum: u64) -> f32 {
        let mut sum = 0.0;
        for ((phase, step), share) in self.phases.iter().zip(self.steps).zip(self.shares) {
            let phase = phase.wrapping_add(step.wrapping_mul(quantum as u32));
            sum += share * sin_turns(phase as f32 * (1.0 / TURN));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wave_has_its_rate_and_nothing_jumps() {
        let waves = SlowWaves::new(&mut Rng::at(1, 1, 0), [(0.02, 1.0), (0.03, 0.0), (0.05, 0.0)]);
        let quanta = 1000 * u64::from(SAMPLE_RATE) / QUANTUM as u64;
        let values: Vec<f32> = (0..quanta).map(|quantum| waves.at(quantum)).collect();
        let rises = values.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((19..=21).contains(&rises), "{rises} turns in 1000 s");
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 1e-3));
    }
}
