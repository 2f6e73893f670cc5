//! The soft kick: a sine whose pitch falls into place while it fades.

use super::performer::Performer;
use crate::elementary::{FRAMES, Slope, exp2, gain_of_db, sin_turns};
use crate::mix::buses::{Buses, Sends};
use crate::modulation::part::Passage;
use crate::plan::Onset;
use crate::simd::Floats;
use crate::{HALF_QUANTUM, HALF_RATE};

/// Its level in the mix.
const GAIN_DB: f32 = -7.0;
const SENDS: Sends = Sends { left: 1.0, right: 1.0, reverb: 0.08 };

/// Where the pitch comes to rest, and how far above it starts.
const REST_HZ: f32 = 47.0;
const SWEEP_HZ: f32 = 95.0;
/// Time constants of pitch and level.
const SWEEP_S: f32 = 0.028;
const FADE_S: f32 = 0.17;
/// Frames between two values of its pitch and level: 0.7 ms.
const STEP: usize = 16;
/// Steps until full level: 5.1 ms, so that it thuds and does not tick.
const ATTACK_STEPS: f32 = 7.0;
/// Below this level a kick has ended.
const END: f32 = 1e-6;

#[derive(Clone, Copy, Debug, Default)]
struct Thud {
    /// Steps to wait before it begins.
    wait: usize,
    phase: f32,
    sweep: f32,
    level: f32,
    attack: f32,
    amplitude: f32,
}

/// Two thuds that may overlap, so that a repeated kick does not cut the one before.
#[derive(Clone, Debug)]
pub(super) struct Kick {
    thuds: [Thud; 2],
    next: usize,
    gain: f32,
    sweep_coefficient: f32,
    fade_coefficient: f32,
}

fn per_step(seconds: f32) -> f32 {
    exp2(-core::f32::consts::LOG2_E * STEP as f32 / (seconds * HALF_RATE as f32))
}

impl Kick {
    pub(super) fn new() -> Self {
        Self {
            thuds: [Thud::default(); 2],
            next: 0,
            gain: gain_of_db(GAIN_DB),
            sweep_coefficient: per_step(SWEEP_S),
            fade_coefficient: per_step(FADE_S),
        }
    }

    /// Whether nothing sounds.
    #[inline(always)]
    fn idle(&self) -> bool {
        self.thuds.iter().all(|thud| thud.level == 0.0)
    }

    /// Adds a quantum to `out`.
    #[inline(always)]
    fn sound<V: Floats>(&mut self, out: &mut [f32; HALF_QUANTUM]) {
        for thud in self.thuds.iter_mut().filter(|thud| thud.level > 0.0) {
            for block in out.as_chunks_mut::<STEP>().0 {
                if thud.wait > 0 {
                    thud.wait -= 1;
                    continue;
                }
                let hz = REST_HZ + SWEEP_HZ * thud.sweep;
                thud.sweep *= self.sweep_coefficient;
                let hz_after = REST_HZ + SWEEP_HZ * thud.sweep;
                let turns = hz * (1.0 / HALF_RATE as f32);
                let bend = (hz_after - hz) * (0.5 / (STEP as f32 * HALF_RATE as f32));
                thud.attack = (thud.attack + 1.0 / ATTACK_STEPS).min(1.0);
                thud.level *= self.fade_coefficient;
                // No corner where the attack begins or ends.
                let rise = thud.attack * thud.attack * (3.0 - 2.0 * thud.attack);
                let amplitude = thud.level * rise;
                let step = (amplitude - thud.amplitude) * (1.0 / STEP as f32);
                let amplitudes = Slope { from: thud.amplitude, step };
                let phase = thud.phase;
                for at in (0..STEP).step_by(V::WIDTH) {
                    let n = V::load(&FRAMES, at);
                    let turns = V::splat(phase) + n * (V::splat(turns) + n * V::splat(bend));
                    let sound = sin_turns(turns) * amplitudes.at(at);
                    (V::load(block, at) + sound).store(block, at);
                }
                let n = STEP as f32;
                let end = phase + n * (turns + n * bend);
                thud.phase = if end >= 1.0 { end - 1.0 } else { end };
                thud.amplitude = amplitude;
            }
            if thud.level < END {
                *thud = Thud::default();
            }
        }
    }
}

impl Performer for Kick {
    fn start(&mut self, onset: &Onset) {
        let level = gain_of_db(24.0 * (onset.velocity() - 1.0));
        self.thuds[self.next] =
            Thud { wait: onset.frame / STEP, sweep: 1.0, level, ..Thud::default() };
        self.next = 1 - self.next;
    }

    fn clear(&mut self) {
        self.thuds = [Thud::default(); 2];
        self.next = 0;
    }

    #[inline(always)]
    fn render<V: Floats>(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        let Passage { from, to, .. } = passage;
        if self.idle() {
            return false;
        }
        let mut out = [0.0f32; HALF_QUANTUM];
        self.sound::<V>(&mut out);
        let gain = Slope::over(HALF_QUANTUM, from.gain * self.gain, to.gain * self.gain);
        buses.add_mono::<V>(&out, gain, SENDS);
        !self.idle()
    }
}
