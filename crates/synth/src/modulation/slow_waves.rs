//! Slow waves: a rise and fall over most of a minute, never the same twice.

use aeolian_score::rng::Rng;

use crate::elementary::sin_turns;
use crate::{QUANTUM, SAMPLE_RATE};

/// Three sines whose rates have no common measure, added up.
#[derive(Clone, Debug)]
pub(crate) struct SlowWaves {
    phases: [f32; 3],
    /// Turns a quantum.
    steps: [f32; 3],
    /// They add up to 1.
    shares: [f32; 3],
}

impl SlowWaves {
    /// Waves of these rates in hertz and shares, which begin where three draws have them.
    pub(crate) fn new(rng: &mut Rng, waves: [(f32, f32); 3]) -> Self {
        Self {
            phases: waves.map(|_| rng.unit()),
            steps: waves.map(|(hz, _)| hz * QUANTUM as f32 / SAMPLE_RATE as f32),
            shares: waves.map(|(_, share)| share),
        }
    }

    /// Moves on by a quantum.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        for (phase, step) in self.phases.iter_mut().zip(self.steps) {
            *phase += step;
            *phase = if *phase >= 1.0 { *phase - 1.0 } else { *phase };
        }
    }

    /// Where they stand, −1 to 1.
    #[inline(always)]
    pub(crate) fn get(&self) -> f32 {
        let mut sum = 0.0;
        for (phase, share) in self.phases.iter().zip(self.shares) {
            sum += share * sin_turns(*phase);
        }
        sum
    }
}
