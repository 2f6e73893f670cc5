//! The texture: granular swells, and a breath of noise whose filter a slow wave moves.

use aeolian_score::Note;
use aeolian_score::rng::Rng;

use super::swell::Swells;
use crate::elementary::{Line, exp2, sin_turns};
use crate::filter::svf::{Coefficients, Svf};
use crate::osc::noise::Noise;
use crate::simd::{Floats, steps};
use crate::{QUANTUM, SAMPLE_RATE};

const NOISE_DOMAIN: u64 = 0x6272_6561_7401;
/// The waves that move the noise's filter, incommensurate, in hertz.
const LFO_HZ: [f32; 2] = [0.071, 0.113];
/// Octaves that they move it by.
const LFO_OCTAVES: f32 = 0.8;

/// Quanta until a filter that gets nothing more is silent: 93 ms.
const TAIL: u32 = 64;

/// What the mix asks of the texture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulation {
    /// Gain of the noise.
    pub(crate) noise: Line,
    /// Gain of the swells.
    pub(crate) swell: Line,
    /// The middle of the noise's cutoff.
    pub(crate) cutoff_hz: f32,
}

/// The texture of one station.
#[derive(Debug)]
pub(crate) struct Texture {
    pub(crate) swells: Swells,
    noise: [Noise; 2],
    lfo: [f32; 2],
    noise_filter: Svf<2>,
    grain_filter: Svf<2>,
    swell_hz: f32,
    /// Quanta that each filter rings on.
    noise_tail: u32,
    grain_tail: u32,
}

impl Texture {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::at(seed, NOISE_DOMAIN, 0);
        Self {
            swells: Swells::new(seed),
            noise: [Noise::new(rng.next_u64()), Noise::new(rng.next_u64())],
            lfo: [rng.unit(), rng.unit()],
            noise_filter: Svf::default(),
            grain_filter: Svf::default(),
            swell_hz: 1000.0,
            noise_tail: 0,
            grain_tail: 0,
        }
    }

    /// Begins a swell around the note's pitch that lasts `frames`.
    pub(crate) fn start(&mut self, note: Note, frames: u64) {
        if self.swells.idle() {
            self.swell_hz = exp2(crate::elementary::octaves_of_pitch(f32::from(note.pitch)));
        }
        self.swells.start(note, frames);
    }

    /// Renders a quantum of the left and right channel into `out`. False, and nothing done, when all
    /// is silent.
    #[inline(always)]
    pub(crate) fn render<V: Floats>(
        &mut self,
        modulation: &Modulation,
        out: &mut [[f32; QUANTUM]; 2],
    ) -> bool {
        for (phase, hz) in self.lfo.iter_mut().zip(LFO_HZ) {
            *phase += hz * QUANTUM as f32 / SAMPLE_RATE as f32;
            *phase = if *phase >= 1.0 { *phase - 1.0 } else { *phase };
        }
        let noisy = modulation.noise != Line { from: 0.0, step: 0.0 };
        self.noise_tail = if noisy { TAIL } else { self.noise_tail.saturating_sub(1) };
        let swelling = !self.swells.idle();
        self.grain_tail = if swelling { TAIL } else { self.grain_tail.saturating_sub(1) };
        if self.noise_tail == 0 && self.grain_tail == 0 {
            self.noise_filter = Svf::default();
            self.grain_filter = Svf::default();
            return false;
        }
        let wave = 0.6 * sin_turns(self.lfo[0]) + 0.4 * sin_turns(self.lfo[1]);
        if self.noise_tail > 0 {
            let c = Coefficients::new(modulation.cutoff_hz * exp2(LFO_OCTAVES * wave), 1.3);
            for (noise, breath) in self.noise.iter_mut().zip(&mut *out) {
                noise.render_soft::<V>(breath);
                draw::<V>(modulation.noise, breath);
            }
            self.noise_filter.process_low::<V>(c, out);
        } else {
            *out = [[0.0; QUANTUM]; 2];
        }
        if self.grain_tail > 0 {
            let c = Coefficients::new(self.swell_hz * 2.0 * exp2(0.7 * wave), 1.0);
            let mut grains = [[0.0f32; QUANTUM]; 2];
            self.swells.render::<V>(&mut grains);
            for grains in &mut grains {
                draw::<V>(modulation.swell, grains);
            }
            self.grain_filter.process_low::<V>(c, &mut grains);
            for (out, grains) in out.iter_mut().zip(&grains) {
                for at in steps::<V>() {
                    (V::load(out, at) + V::load(grains, at)).store(out, at);
                }
            }
        }
        true
    }
}

/// Gives a quantum a gain.
#[inline(always)]
fn draw<V: Floats>(gain: Line, block: &mut [f32; QUANTUM]) {
    for at in steps::<V>() {
        (V::load(block, at) * gain.at(at)).store(block, at);
    }
}
