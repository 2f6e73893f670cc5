//! The brush: a short stroke of noise through a band-pass.

use super::STEP;
use crate::elementary::{Slope, exp2, gain_of_db};
use crate::filter::svf::{Coefficients, Svf};
use crate::osc::noise::Noise;
use crate::simd::Floats;
use crate::{HALF_QUANTUM, HALF_RATE};

const FADE_S: f32 = 0.055;
const ATTACK_STEPS: f32 = 12.0;
const END: f32 = 1e-6;

/// One brush; a stroke that comes while another sounds takes its level over.
#[derive(Clone, Debug)]
pub(crate) struct Brush {
    noise: Noise,
    filter: Svf<1, HALF_QUANTUM>,
    coefficients: Coefficients,
    fade: f32,
    wait: usize,
    /// Level that the stroke to come begins with.
    waiting: f32,
    level: f32,
    attack: f32,
    amplitude: f32,
}

impl Brush {
    pub(crate) fn new(key: u64) -> Self {
        let steps = FADE_S * HALF_RATE as f32 / STEP as f32;
        Self {
            noise: Noise::new(key),
            filter: Svf::default(),
            coefficients: Coefficients::default(),
            fade: exp2(-core::f32::consts::LOG2_E / steps),
            wait: 0,
            waiting: 0.0,
            level: 0.0,
            attack: 0.0,
            amplitude: 0.0,
        }
    }

    /// Strikes, `frame` frames into the coming quantum. Velocity 0 to 1; `hz` centres the noise.
    pub(crate) fn start(&mut self, velocity: f32, hz: f32, frame: usize) {
        self.wait = frame / STEP;
        self.waiting = gain_of_db(24.0 * (velocity - 1.0));
        self.coefficients = Coefficients::new(hz * (1.0 / HALF_RATE as f32), 1.1);
    }

    /// Whether nothing sounds.
    #[inline(always)]
    pub(crate) fn idle(&self) -> bool {
        self.level == 0.0 && self.waiting == 0.0
    }

    /// Adds a quantum to `out`.
    #[inline(always)]
    pub(crate) fn render<V: Floats>(&mut self, out: &mut [f32; HALF_QUANTUM]) {
        if self.idle() {
            return;
        }
        let mut noise = [[0.0f32; HALF_QUANTUM]; 1];
        self.noise.render::<V>(&mut noise[0]);
        self.filter.process_band::<V>(self.coefficients, &mut noise);
        let blocks = noise[0].as_chunks::<STEP>().0.iter().zip(out.as_chunks_mut::<STEP>().0);
        for (noise, out) in blocks {
            if self.waiting > 0.0 && self.wait == 0 {
                self.attack = if self.level > 0.0 { self.attack * self.level } else { 0.0 };
                self.attack = (self.attack / self.waiting).min(1.0);
                self.level = self.waiting;
                self.waiting = 0.0;
            }
            self.wait = self.wait.saturating_sub(1);
            self.attack = (self.attack + 1.0 / ATTACK_STEPS).min(1.0);
            self.level *= self.fade;
            let amplitude = self.level * self.attack;
            let step = (amplitude - self.amplitude) * (1.0 / STEP as f32);
            let amplitudes = Slope { from: self.amplitude + step, step };
            for at in (0..STEP).step_by(V::WIDTH) {
                let sound = V::load(noise, at) * amplitudes.at(at);
                (V::load(out, at) + sound).store(out, at);
            }
            self.amplitude = amplitude;
        }
        if self.level < END && self.waiting == 0.0 {
            self.level = 0.0;
            self.attack = 0.0;
            self.amplitude = 0.0;
            self.filter = Svf::default();
        }
    }
}
