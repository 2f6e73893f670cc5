//! What the controls come to: one place, one table.
//!
//! | control | moves | from 0 | over 0.5 | to 1 |
//! | --- | --- | --- | --- | --- |
//! | intensity | melody level | −4 dB | 0 dB | +2 dB |
//! | | bass level | −2.5 dB | 0 dB | +1 dB |
//! | | percussion level | −6 dB | 0 dB | +2 dB |
//! | | pad level | +1.5 dB | 0 dB | −1.5 dB |
//! | | pad, melody, bass filters | −0.6, −0.4, −0.3 octaves | 0 | +0.6, +0.4, +0.3 octaves |
//! | | breath of noise, level and filter | −3 dB, −0.4 octaves | 0 | +3 dB, +0.4 octaves |
//! | | the whole | +2 dB | 0 dB | −2.2 dB |
//! | brightness | pad, melody, bass filters | −1.2, −1, −0.6 octaves | 0 | +1.2, +1, +0.6 octaves |
//! | | breath of noise, level and filter | −1.5 dB, −0.7 octaves | 0 | +2.5 dB, +0.7 octaves |
//! | space | reverberation time | 1.2 s | 2.5 s | 5.2 s |
//! | | pre-delay | 20 ms | 35 ms | 50 ms |
//! | | reverb level | −9 dB | 0 dB | +5 dB |
//! | | delay level, feedback | −9 dB, 0.2 | 0 dB, 0.36 | +3 dB, 0.52 |
//! | tide (none's control) | pad level, filter | −3 dB, −0.45 octaves | 0 | +3 dB, +0.45 octaves |
//! | part gain `g` | the part's level | silence | `g²` | 0 dB |

use aeolian_score::{Controls, Part};

use crate::elementary::{exp2, gain_of_db};
use crate::modulation::smooth::Smooth;
use crate::modulation::tide::Tide;
use crate::voice::lanes::Modulation;

/// How fast the controls move, in milliseconds.
const CONTROL_MS: f32 = 120.0;
const PART_MS: f32 = 40.0;

/// Levels that balance the mix, in decibels.
const REVERB_DB: f32 = -8.0;
const DELAY_DB: f32 = -7.0;
const KICK_DB: f32 = -7.0;
const BRUSH_DB: f32 = -25.0;
const SWELL_DB: f32 = -2.0;
const BREATH_DB: f32 = -28.5;
/// How far the tide takes the pad: its level, and its filter in octaves.
const TIDE_DB: f32 = 3.0;
const TIDE_OCTAVES: f32 = 0.45;
/// The middle of the breath's filter.
const BREATH_HZ: f32 = 4200.0;

/// The controls, on their way to where they were set.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    intensity: Smooth,
    brightness: Smooth,
    space: Smooth,
    parts: [Smooth; Part::COUNT],
    tide: Tide,
    /// What the controls come to at slack tide.
    slack: Settings,
}

/// What the desk comes to, at the end of a quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// Gain of each part.
    pub(crate) part: [f32; Part::COUNT],
    /// Octaves added to the filters of each part.
    pub(crate) cutoff_octaves: [f32; Part::COUNT],
    pub(crate) kick: f32,
    pub(crate) brush: f32,
    pub(crate) swell: f32,
    pub(crate) breath: f32,
    pub(crate) breath_hz: f32,
    pub(crate) reverb: f32,
    pub(crate) rt60_s: f32,
    pub(crate) pre_delay_ms: f32,
    pub(crate) delay: f32,
    pub(crate) feedback: f32,
    /// Of the whole: what keeps every intensity equally loud.
    pub(crate) trim: f32,
}

impl Settings {
    /// What they are to the voices.
    #[inline(always)]
    pub(crate) fn modulation(&self) -> Modulation {
        Modulation { gain: self.part, cutoff_octaves: self.cutoff_octaves }
    }
}

impl Desk {
    /// A desk that rests at `controls`.
    pub(crate) fn new(seed: u64, controls: &Controls) -> Self {
        let mut desk = Self {
            slack: Settings::default(),
            intensity: Smooth::new(controls.intensity.get(), CONTROL_MS),
            brightness: Smooth::new(controls.brightness.get(), CONTROL_MS),
            space: Smooth::new(controls.space.get(), CONTROL_MS),
            parts: controls.parts.0.map(|gain| Smooth::new(gain.get(), PART_MS)),
            tide: Tide::new(seed),
        };
        desk.slack = desk.at_slack_tide();
        desk
    }

    /// Moves towards other controls from now on.
    pub(crate) fn set(&mut self, controls: &Controls) {
        self.intensity.set(controls.intensity.get());
        self.brightness.set(controls.brightness.get());
        self.space.set(controls.space.get());
        for (part, gain) in self.parts.iter_mut().zip(controls.parts.0) {
            part.set(gain.get());
        }
    }

    /// Moves on by a quantum.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        self.tide.advance();
        let controls = [&self.intensity, &self.brightness, &self.space];
        if controls.into_iter().chain(&self.parts).all(Smooth::rests) {
            return;
        }
        self.intensity.advance();
        self.brightness.advance();
        self.space.advance();
        for part in &mut self.parts {
            part.advance();
        }
        self.slack = self.at_slack_tide();
    }

    /// What the desk comes to now.
    #[inline(always)]
    pub(crate) fn settings(&self) -> Settings {
        let (mut settings, tide) = (self.slack, self.tide.get());
        settings.part[Part::Pad.index()] *= gain_of_db(TIDE_DB * tide);
        settings.part[Part::Melody.index()] *= gain_of_db(-0.3 * TIDE_DB * tide);
        settings.cutoff_octaves[Part::Pad.index()] += TIDE_OCTAVES * tide;
        settings
    }

    fn at_slack_tide(&self) -> Settings {
        let intensity = self.intensity.get();
        let brightness = self.brightness.get();
        let space = self.space.get();
        let part = |part: Part| {
            let gain = self.parts[part.index()].get();
            gain * gain
        };
        let db = |low: f32, high: f32, x: f32| {
            gain_of_db(if x < 0.5 { low * (1.0 - 2.0 * x) } else { high * (2.0 * x - 1.0) })
        };
        let (i, b) = (2.0 * intensity - 1.0, 2.0 * brightness - 1.0);
        let percussion = part(Part::Percussion) * db(-6.0, 2.0, intensity);
        let texture = part(Part::Texture);
        Settings {
            part: [
                part(Part::Pad) * db(1.5, -1.5, intensity),
                part(Part::Melody) * db(-4.0, 2.0, intensity),
                part(Part::Bass) * db(-2.5, 1.0, intensity),
                percussion,
                texture,
            ],
            cutoff_octaves: [0.6 * i + 1.2 * b, 0.4 * i + b, 0.3 * i + 0.6 * b, 0.0, 0.0],
            kick: percussion * gain_of_db(KICK_DB),
            brush: percussion * gain_of_db(BRUSH_DB + 2.0 * b),
            swell: texture * gain_of_db(SWELL_DB),
            breath: texture
                * gain_of_db(BREATH_DB)
                * db(-3.0, 3.0, intensity)
                * db(-1.5, 2.5, brightness),
            breath_hz: BREATH_HZ * exp2(0.4 * i + 0.7 * b),
            reverb: gain_of_db(REVERB_DB) * db(-9.0, 5.0, space),
            rt60_s: 1.2 * exp2(2.117 * space),
            pre_delay_ms: 20.0 + 30.0 * space,
            delay: gain_of_db(DELAY_DB) * db(-9.0, 3.0, space),
            feedback: 0.2 + 0.32 * space,
            trim: db(2.0, -2.2, intensity),
        }
    }
}
