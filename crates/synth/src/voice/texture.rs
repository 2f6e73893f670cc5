//! The texture: granular swells, and a breath of noise whose filter a slow wave moves.

use aeolian_score::Note;
use aeolian_score::rng::Rng;

use super::swell::Swells;
use crate::elementary::{FRAMES, exp2, flush, sin_turns};
use crate::filter::svf::Coefficients;
use crate::osc::noise::Noise;
use crate::{QUANTUM, SAMPLE_RATE};

const NOISE_DOMAIN: u64 = 0x6272_6561_7401;
/// The waves that move the noise's filter, incommensurate, in hertz.
const LFO_HZ: [f32; 2] = [0.071, 0.113];
/// Octaves that they move it by.
const LFO_OCTAVES: f32 = 0.8;

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
    /// Two integrators for each of noise left, noise right, grains left, grains right.
    state: [[f32; 4]; 2],
    swell_hz: f32,
    tail: u32,
}

impl Texture {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::at(seed, NOISE_DOMAIN, 0);
        Self {
            swells: Swells::new(seed),
            noise: [Noise::new(rng.next_u64()), Noise::new(rng.next_u64())],
            lfo: [rng.unit(), rng.unit()],
            state: [[0.0; 4]; 2],
            swell_hz: 1000.0,
            tail: 0,
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
        let noisy = modulation.noise != (0.0, 0.0);
        let swelling = !self.swells.idle();
        self.tail = if noisy | swelling { 64 } else { self.tail.saturating_sub(1) };
        for (phase, hz) in self.lfo.iter_mut().zip(LFO_HZ) {
            *phase += hz * QUANTUM as f32 / SAMPLE_RATE as f32;
            *phase = if *phase >= 1.0 { *phase - 1.0 } else { *phase };
        }
        if self.tail == 0 {
            self.state = [[0.0; 4]; 2];
            return false;
        }
        let mut input = [[0.0f32; QUANTUM]; 4];
        let [noise_left, noise_right, grains_left, grains_right] = &mut input;
        for (noise, out) in self.noise.iter_mut().zip([noise_left, noise_right]) {
            noise.render_soft(out);
            let (gain, step) = modulation.noise;
            for i in 0..QUANTUM {
                out[i] *= gain + step * FRAMES[i];
            }
        }
        self.swells.render(grains_left, grains_right);
        let (gain, step) = modulation.swell;
        for i in 0..QUANTUM {
            let gain = gain + step * FRAMES[i];
            grains_left[i] *= gain;
            grains_right[i] *= gain;
        }

        let wave = 0.6 * sin_turns(self.lfo[0]) + 0.4 * sin_turns(self.lfo[1]);
        let noise = Coefficients::new(modulation.cutoff_hz * exp2(LFO_OCTAVES * wave), 1.3);
        let grains = Coefficients::new(self.swell_hz * 2.0 * exp2(0.7 * wave), 1.0);
        let c = [noise, noise, grains, grains];
        let (c11, c12) = (c.map(|c| c.c11), c.map(|c| c.c12));
        let (c22, c2) = (c.map(|c| c.c22), c.map(|c| c.c2));
        let mut frames = [[0.0f32; 4]; QUANTUM];
        for (i, frame) in frames.iter_mut().enumerate() {
            *frame = [input[0][i], input[1][i], input[2][i], input[3][i]];
        }
        let [mut s1, mut s2] = self.state;
        for frame in &mut frames {
            for l in 0..4 {
                let x = frame[l];
                let band = (c11[l] * s1[l] + c12[l] * x) - c12[l] * s2[l];
                let low = (c22[l] * s2[l] + c2[l] * x) + c12[l] * s1[l];
                frame[l] = 0.5 * (s2[l] + low);
                s1[l] = band;
                s2[l] = low;
            }
        }
        for (i, frame) in frames.iter().enumerate() {
            left[i] = frame[0] + frame[2];
            right[i] = frame[1] + frame[3];
        }
        self.state = [s1.map(flush), s2.map(flush)];
        true
    }
}
