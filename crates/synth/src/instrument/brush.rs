//! The brush: a short stroke of noise through a band-pass.

use aeolian_score::rng::Rng;

use super::performer::Performer;
use crate::elementary::{Slope, exp2, gain_of_db};
use crate::filter::svf::{Coefficients, Svf};
use crate::mix::buses::{Buses, Sends};
use crate::modulation::part::{Modulation, Passage};
use crate::osc::noise::Noise;
use crate::plan::Onset;
use crate::simd::Floats;
use crate::{HALF_QUANTUM, HALF_RATE};

const NOISE_DOMAIN: u64 = 0x6272_7573_6801;
/// Its level in the mix, and how far brightness takes it either way.
const GAIN_DB: f32 = -25.0;
const BRIGHTNESS_DB: f32 = 2.0;
const SENDS: Sends = Sends { left: 0.8, right: 1.2, reverb: 0.7 };
/// The middle of the noise's band.
const CENTRE_HZ: f32 = 3400.0;
const DAMPING: f32 = 1.1;
const FADE_S: f32 = 0.055;
/// Frames between two values of its level: 0.7 ms.
const STEP: usize = 16;
const ATTACK_STEPS: f32 = 12.0;
/// Strokes that may sound at once: by the time of a third, the first is 60 dB down.
const STROKES: usize = 3;
const END: f32 = 1e-6;

/// A stroke that sounds.
#[derive(Clone, Copy, Debug)]
struct Stroke {
    noise: Noise,
    filter: Svf<1, HALF_QUANTUM>,
    /// Steps to wait before it begins.
    wait: usize,
    /// 0 once it has ended.
    level: f32,
    attack: f32,
    amplitude: f32,
}

/// Strokes that may overlap: each has a noise of its own, which its note decides.
#[derive(Clone, Debug)]
pub(super) struct Brush {
    seed: u64,
    strokes: [Stroke; STROKES],
    next: usize,
    coefficients: Coefficients,
    fade: f32,
    /// What brightness comes to, and the brightness that it was worked out for.
    shine: f32,
    brightness: f32,
}

impl Brush {
    /// The brush of the station with this seed.
    pub(super) fn new(seed: u64) -> Self {
        let steps = FADE_S * HALF_RATE as f32 / STEP as f32;
        Self {
            seed,
            strokes: [Stroke::ENDED; STROKES],
            next: 0,
            coefficients: Coefficients::new(CENTRE_HZ * (1.0 / HALF_RATE as f32), DAMPING),
            fade: exp2(-core::f32::consts::LOG2_E / steps),
            shine: shine(0.0),
            brightness: 0.0,
        }
    }

    /// The gain that a modulation comes to.
    #[inline(always)]
    fn gain(&mut self, modulation: &Modulation) -> f32 {
        if self.brightness != modulation.brightness {
            self.brightness = modulation.brightness;
            self.shine = shine(self.brightness);
        }
        modulation.gain * self.shine
    }

    /// Whether nothing sounds.
    #[inline(always)]
    fn idle(&self) -> bool {
        self.strokes.iter().all(|stroke| stroke.level == 0.0)
    }
}

impl Stroke {
    const ENDED: Stroke = Stroke {
        noise: Noise::new(0),
        filter: Svf::SILENT,
        wait: 0,
        level: 0.0,
        attack: 0.0,
        amplitude: 0.0,
    };

    /// Adds a quantum to `out`, while the level falls by `fade` a step.
    #[inline(always)]
    fn sound<V: Floats>(&mut self, c: Coefficients, fade: f32, out: &mut [f32; HALF_QUANTUM]) {
        let mut noise = [[0.0f32; HALF_QUANTUM]; 1];
        self.noise.render::<V>(&mut noise[0]);
        self.filter.process_band::<V>(c, &mut noise);
        let blocks = noise[0].as_chunks::<STEP>().0.iter().zip(out.as_chunks_mut::<STEP>().0);
        for (noise, out) in blocks {
            if self.wait > 0 {
                self.wait -= 1;
                continue;
            }
            self.attack = (self.attack + 1.0 / ATTACK_STEPS).min(1.0);
            self.level *= fade;
            let amplitude = self.level * self.attack;
            let step = (amplitude - self.amplitude) * (1.0 / STEP as f32);
            let amplitudes = Slope { from: self.amplitude + step, step };
            for at in (0..STEP).step_by(V::WIDTH) {
                let sound = V::load(noise, at) * amplitudes.at(at);
                (V::load(out, at) + sound).store(out, at);
            }
            self.amplitude = amplitude;
        }
        if self.level < END {
            *self = Self::ENDED;
        }
    }
}

impl Performer for Brush {
    fn start(&mut self, onset: &Onset) {
        self.strokes[self.next] = Stroke {
            noise: Noise::new(Rng::at(self.seed, NOISE_DOMAIN, onset.note.id).next_u64()),
            wait: onset.frame / STEP,
            level: gain_of_db(24.0 * (onset.velocity() - 1.0)),
            ..Stroke::ENDED
        };
        self.next = (self.next + 1) % STROKES;
    }

    fn clear(&mut self) {
        self.strokes = [Stroke::ENDED; STROKES];
        self.next = 0;
    }

    #[inline(always)]
    fn render<V: Floats>(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        if self.idle() {
            return false;
        }
        let (c, fade) = (self.coefficients, self.fade);
        let mut out = [0.0f32; HALF_QUANTUM];
        for stroke in self.strokes.iter_mut().filter(|stroke| stroke.level > 0.0) {
            stroke.sound::<V>(c, fade, &mut out);
        }
        let (from, to) = (self.gain(passage.from), self.gain(passage.to));
        buses.add_mono::<V>(&out, Slope::over(HALF_QUANTUM, from, to), SENDS);
        !self.idle()
    }
}

/// The gain in the mix at a brightness.
fn shine(brightness: f32) -> f32 {
    gain_of_db(GAIN_DB + BRIGHTNESS_DB * (2.0 * brightness - 1.0))
}
