//! The texture: granular swells, and a breath of noise whose filter a slow wave moves.

use aeolian_score::Note;
use aeolian_score::rng::Rng;

use super::swell::Swells;
use crate::elementary::{exp2, flush, sin_turns};
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
            noise.render(out);
            let (gain, step) = modulation.noise;
            for (i, sample) in out.iter_mut().enumerate() {
                *sample *= gain + step * i as f32;
            }
        }
        self.swells.render(grains_left, grains_right);
        let (gain, step) = modulation.swell;
        for i in 0..QUANTUM {
            let gain = gain + step * i as f32;
            grains_left[i] *= gain;
            grains_right[i] *= gain;
        }

        let wave = 0.6 * sin_turns(self.lfo[0]) + 0.4 * sin_turns(self.lfo[1]);
        let noise = Coefficients::new(modulation.cutoff_hz * exp2(LFO_OCTAVES * wave), 1.3);
        let grains = Coefficients::new(self.swell_hz * 2.0 * exp2(0.7 * wave), 1.0);
        let a1 = [noise.a1, noise.a1, grains.a1, grains.a1];
        let a2 = [noise.a2, noise.a2, grains.a2, grains.a2];
        let a3 = [noise.a3, noise.a3, grains.a3, grains.a3];
        let [mut s1, mut s2] = self.state;
        for i in 0..QUANTUM {
            let mut low = [0.0f32; 4];
            for l in 0..4 {
                let v3 = input[l][i] - s2[l];
                let v1 = a1[l] * s1[l] + a2[l] * v3;
                let v2 = s2[l] + (a2[l] * s1[l] + a3[l] * v3);
                s1[l] = v1 + v1 - s1[l];
                s2[l] = v2 + v2 - s2[l];
                low[l] = v2;
            }
            left[i] = low[0] + low[2];
            right[i] = low[1] + low[3];
        }
        self.state = [s1.map(flush), s2.map(flush)];
        true
    }
}
