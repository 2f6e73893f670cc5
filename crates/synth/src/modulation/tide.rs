//! The tide: a slow rise and fall of the whole, over most of a minute, never the same twice.

use aeolian_score::rng::Rng;

use crate::elementary::sin_turns;
use crate::{QUANTUM, SAMPLE_RATE};

const TIDE_DOMAIN: u64 = 0x7469_6465_0001;
/// Incommensurate rates, in hertz, and the share of each.
const WAVES: [(f32, f32); 3] = [(0.0173, 0.5), (0.0281, 0.3), (0.0457, 0.2)];

/// The tide of one station.
#[derive(Clone, Debug)]
pub(crate) struct Tide {
    phases: [f32; WAVES.len()],
}

impl Tide {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::at(seed, TIDE_DOMAIN, 0);
        Self { phases: core::array::from_fn(|_| rng.unit()) }
    }

    /// Moves on by a quantum.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        for (phase, (hz, _)) in self.phases.iter_mut().zip(WAVES) {
            *phase += hz * QUANTUM as f32 / SAMPLE_RATE as f32;
            *phase = if *phase >= 1.0 { *phase - 1.0 } else { *phase };
        }
    }

    /// Where it stands, −1 to 1.
    #[inline(always)]
    pub(crate) fn get(&self) -> f32 {
        let mut sum = 0.0;
        for (phase, (_, share)) in self.phases.iter().zip(WAVES) {
            sum += share * sin_turns(*phase);
        }
        sum
    }
}
