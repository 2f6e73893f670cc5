//! The brush: a short stroke of noise through a band-pass.

use super::BLOCK;
use crate::elementary::{Line, exp2, gain_of_db};
use crate::filter::svf::{Coefficients, Svf};
use crate::osc::noise::Noise;
use crate::simd::Floats;
use crate::{QUANTUM, SAMPLE_RATE};

const FADE_S: f32 = 0.055;
const ATTACK_BLOCKS: f32 = 12.0;
const END: f32 = 1e-6;

/// One brush; a stroke that comes while another sounds takes its level over.
#[derive(Clone, Debug)]
pub(crate) struct Brush {
    noise: Noise,
    filter: Svf<1>,
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
        let blocks = FADE_S * SAMPLE_RATE as f32 / BLOCK as f32;
        Self {
            noise: Noise::new(key),
            filter: Svf::default(),
            coefficients: Coefficients::new(3400.0, 1.1),
            fade: exp2(-core::f32::consts::LOG2_E / blocks),
            wait: 0,
            waiting: 0.0,
            level: 0.0,
            attack: 0.0,
            amplitude: 0.0,
        }
    }

    /// Strikes, `block` blocks into the coming quantum. Velocity 0 to 1; `hz` centres the noise.
    pub(crate) fn start(&mut self, velocity: f32, hz: f32, block: usize) {
        self.wait = block;
        self.waiting = gain_of_db(24.0 * (velocity - 1.0));
        self.coefficients = Coefficients::new(hz, 1.1);
    }

    /// Whether nothing sounds.
    #[inline(always)]
    pub(crate) fn idle(&self) -> bool {
        self.level == 0.0 && self.waiting == 0.0
    }

    /// Adds a quantum to `out`.
    #[inline(always)]
    pub(crate) fn render<V: Floats>(&mut self, out: &mut [f32; QUANTUM]) {
        if self.idle() {
            return;
        }
        let mut noise = [[0.0f32; QUANTUM]; 1];
        self.noise.render_soft::<V>(&mut noise[0]);
        self.filter.process_band::<V>(self.coefficients, &mut noise);
        let blocks = noise[0].as_chunks::<BLOCK>().0.iter().zip(out.as_chunks_mut::<BLOCK>().0);
        for (noise, out) in blocks {
            if self.waiting > 0.0 && self.wait == 0 {
                self.attack = if self.level > 0.0 { self.attack * self.level } else { 0.0 };
                self.attack = (self.attack / self.waiting).min(1.0);
                self.level = self.waiting;
                self.waiting = 0.0;
            }
            self.wait = self.wait.saturating_sub(1);
            self.attack = (self.attack + 1.0 / ATTACK_BLOCKS).min(1.0);
            self.level *= self.fade;
            let amplitude = self.level * self.attack;
            let step = (amplitude - self.amplitude) * (1.0 / BLOCK as f32);
            let amplitudes = Line { from: self.amplitude + step, step };
            for at in (0..BLOCK).step_by(V::WIDTH) {
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
