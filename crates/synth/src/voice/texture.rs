//! The texture: granular swells, and a breath of noise whose filter a slow wave moves.

use aeolian_score::Note;
use aeolian_score::rng::Rng;

use super::swell::Swells;
use crate::elementary::{FRAMES, exp2, sin_turns};
use crate::filter::svf::{Coefficients, Svf};
use crate::osc::noise::Noise;
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
    /// Gain of the noise at the start of the quantum, and its change a frame.
    pub(crate) noise: (f32, f32),
    /// Likewise of the swells.
    pub(crate) swell: (f32, f32),
    /// The middle of the noise's cutoff.
    pub(crate) cutoff_hz: f32,
}

/// The texture of one station.
#[derive(Debug)]
pub(crate) struct Texture {
    pub(crate) swells: Swells,
    noise: [Noise; 2],
    lfo: [f32; 2],
    noise_filter: [Svf; 2],
    grain_filter: [Svf; 2],
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
            noise_filter: [Svf::default(); 2],
            grain_filter: [Svf::default(); 2],
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

    /// Renders a quantum into `left` and `right`. False, and nothing done, when all is silent.
    #[inline(always)]
    pub(crate) fn render(
        &mut self,
        modulation: &Modulation,
        left: &mut [f32; QUANTUM],
        right: &mut [f32; QUANTUM],
    ) -> bool {
        for (phase, hz) in self.lfo.iter_mut().zip(LFO_HZ) {
            *phase += hz * QUANTUM as f32 / SAMPLE_RATE as f32;
            *phase = if *phase >= 1.0 { *phase - 1.0 } else { *phase };
        }
        let noisy = modulation.noise != (0.0, 0.0);
        self.noise_tail = if noisy { TAIL } else { self.noise_tail.saturating_sub(1) };
        let swelling = !self.swells.idle();
        self.grain_tail = if swelling { TAIL } else { self.grain_tail.saturating_sub(1) };
        if self.noise_tail == 0 && self.grain_tail == 0 {
            self.noise_filter = [Svf::default(); 2];
            self.grain_filter = [Svf::default(); 2];
            return false;
        }
        let wave = 0.6 * sin_turns(self.lfo[0]) + 0.4 * sin_turns(self.lfo[1]);
        left.fill(0.0);
        right.fill(0.0);
        if self.noise_tail > 0 {
            let c = Coefficients::new(modulation.cutoff_hz * exp2(LFO_OCTAVES * wave), 1.3);
            let mut breath = [[0.0f32; QUANTUM]; 2];
            for (noise, breath) in self.noise.iter_mut().zip(&mut breath) {
                noise.render_soft(breath);
                draw(modulation.noise, breath);
            }
            for (filter, breath) in self.noise_filter.iter_mut().zip(&mut breath) {
                filter.process_low(c, breath);
            }
            add(&breath, left, right);
        }
        if self.grain_tail > 0 {
            let c = Coefficients::new(self.swell_hz * 2.0 * exp2(0.7 * wave), 1.0);
            let mut grains = [[0.0f32; QUANTUM]; 2];
            let [grains_left, grains_right] = &mut grains;
            self.swells.render(grains_left, grains_right);
            draw(modulation.swell, grains_left);
            draw(modulation.swell, grains_right);
            for (filter, grains) in self.grain_filter.iter_mut().zip(&mut grains) {
                filter.process_low(c, grains);
            }
            add(&grains, left, right);
        }
        true
    }
}

#[inline(always)]
fn add(channels: &[[f32; QUANTUM]; 2], left: &mut [f32; QUANTUM], right: &mut [f32; QUANTUM]) {
    for i in 0..QUANTUM {
        left[i] += channels[0][i];
        right[i] += channels[1][i];
    }
}

/// Gives a quantum a gain that moves along a line: its start, and its change a frame.
#[inline(always)]
fn draw((gain, step): (f32, f32), block: &mut [f32; QUANTUM]) {
    for i in 0..QUANTUM {
        block[i] *= gain + step * FRAMES[i];
    }
}
