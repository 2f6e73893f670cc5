//! The texture: granular swells, and a breath of noise. The same slow waves move both their filters.

use aeolian_score::Note;
use aeolian_score::rng::Rng;

use super::breath::Breath;
use super::swell::Swells;
use crate::elementary::{Slope, sin_turns};
use crate::simd::Floats;
use crate::{HALF_QUANTUM, QUANTUM, SAMPLE_RATE};

const TEXTURE_DOMAIN: u64 = 0x6272_6561_7401;
/// The slow waves, incommensurate, in hertz, and the share of each.
const WAVES: [(f32, f32); 3] = [(0.031, 0.4), (0.071, 0.35), (0.123, 0.25)];

/// The texture of one station.
#[derive(Debug)]
pub(crate) struct Texture {
    pub(crate) swells: Swells,
    breath: Breath,
    phases: [f32; WAVES.len()],
    /// Where the waves stand, −1 to 1.
    wave: f32,
}

impl Texture {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::at(seed, TEXTURE_DOMAIN, 0);
        Self {
            breath: Breath::new(&mut rng),
            phases: WAVES.map(|_| rng.unit()),
            wave: 0.0,
            swells: Swells::new(seed),
        }
    }

    /// Begins a swell that lasts `frames`, at the sample rate.
    pub(crate) fn start(&mut self, note: Note, frames: u64) {
        self.swells.start(note, frames / 2);
    }

    /// Moves the waves on by a quantum.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        self.wave = 0.0;
        for (phase, (hz, share)) in self.phases.iter_mut().zip(WAVES) {
            *phase += hz * QUANTUM as f32 / SAMPLE_RATE as f32;
            *phase = if *phase >= 1.0 { *phase - 1.0 } else { *phase };
            self.wave += share * sin_turns(*phase);
        }
    }

    /// Renders a quantum of the swells into `out`. False, and nothing done, when they are silent.
    #[inline(always)]
    pub(crate) fn swell<V: Floats>(
        &mut self,
        gain: Slope,
        out: &mut [[f32; HALF_QUANTUM]; 2],
    ) -> bool {
        self.swells.render::<V>(gain, self.wave, out)
    }

    /// Renders a quantum of the breath, around a cutoff of `hz`, into `out`. False, and nothing done,
    /// when it is silent.
    #[inline(always)]
    pub(crate) fn breathe<V: Floats>(
        &mut self,
        gain: Slope,
        hz: f32,
        out: &mut [[f32; QUANTUM]; 2],
    ) -> bool {
        self.breath.render::<V>(gain, hz, self.wave, out)
    }
}
