//! What the controls come to, for all instruments of a part: one place, one table. What they come to for one
//! instrument stands in its file.
//!
//! | control | moves | from 0 | over 0.5 | to 1 |
//! | --- | --- | --- | --- | --- |
//! | intensity | melody level | −4 dB | 0 dB | +2 dB |
//! | | bass level | −2.5 dB | 0 dB | +1 dB |
//! | | percussion level | −6 dB | 0 dB | +2 dB |
//! | | pad level | +1.5 dB | 0 dB | −1.5 dB |
//! | | pad, melody, bass filters | −0.6, −0.4, −0.3 octaves | 0 | +0.6, +0.4, +0.3 octaves |
//! | | the whole | +2.6 dB | 0 dB | −3.4 dB |
//! | brightness | pad, melody, bass filters | −1.2, −1, −0.6 octaves | 0 | +1.2, +1, +0.6 octaves |
//! | space | reverberation time | 1.2 s | 2.5 s | 5.2 s |
//! | | pre-delay | 20 ms | 35 ms | 50 ms |
//! | | reverb level | −9 dB | 0 dB | +5 dB |
//! | | delay level, feedback | −9 dB, 0.2 | 0 dB, 0.36 | +3 dB, 0.52 |
//! | | the whole | +0.5 dB | 0 dB | −2.5 dB |
//! | tide (none's control) | pad level, filter | −3 dB, −0.45 octaves | 0 | +3 dB, +0.45 octaves |
//! | part gain `g` | the part's level | silence | `g²` | 0 dB |

use aeolian_score::rng::Rng;
use aeolian_score::{Controls, Part};

use crate::elementary::{exp2, gain_between, gain_of_db};
use crate::modulation::part::Modulation;
use crate::modulation::slow_waves::SlowWaves;
use crate::modulation::smooth::Smooth;

const TIDE_DOMAIN: u64 = 0x7469_6465_0001;
/// The tide: a slow rise and fall of the whole. Its waves in hertz, and the share of each.
const TIDE: [(f32, f32); 3] = [(0.0173, 0.5), (0.0281, 0.3), (0.0457, 0.2)];

/// How fast the controls move, in milliseconds.
const CONTROL_MS: f32 = 120.0;
const PART_MS: f32 = 40.0;

/// Levels that balance the mix, in decibels.
const REVERB_DB: f32 = -8.0;
const DELAY_DB: f32 = -7.0;
/// How far the tide takes the pad: its level, and its filter in octaves.
const TIDE_DB: f32 = 3.0;
const TIDE_OCTAVES: f32 = 0.45;

/// The controls, on their way to where they were set.
#[derive(Clone, Debug)]
pub(crate) struct Faders {
    intensity: Smooth,
    brightness: Smooth,
    space: Smooth,
    parts: [Smooth; Part::COUNT],
    tide: SlowWaves,
    /// What the controls come to at slack tide.
    slack: Settings,
}

/// What the faders come to, between two quanta.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// Of each part.
    pub(crate) parts: [Modulation; Part::COUNT],
    pub(crate) reverb: f32,
    pub(crate) rt60_s: f32,
    pub(crate) pre_delay_ms: f32,
    pub(crate) delay: f32,
    pub(crate) feedback: f32,
    /// Of the whole: what keeps every intensity and every space equally loud.
    pub(crate) trim: f32,
}

impl Faders {
    /// Faders that rest at `controls`.
    pub(crate) fn new(seed: u64, controls: &Controls) -> Self {
        let mut faders = Self {
            slack: Settings::default(),
            intensity: Smooth::new(controls.intensity.get(), CONTROL_MS),
            brightness: Smooth::new(controls.brightness.get(), CONTROL_MS),
            space: Smooth::new(controls.space.get(), CONTROL_MS),
            parts: controls.parts.0.map(|gain| Smooth::new(gain.get(), PART_MS)),
            tide: SlowWaves::new(&mut Rng::at(seed, TIDE_DOMAIN, 0), TIDE),
        };
        faders.slack = faders.at_slack_tide();
        faders
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

    /// Whether all controls have arrived where they were set.
    #[inline(always)]
    pub(crate) fn rest(&self) -> bool {
        let controls = [&self.intensity, &self.brightness, &self.space];
        controls.into_iter().chain(&self.parts).all(Smooth::rests)
    }

    /// Moves on by a quantum.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        if self.rest() {
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

    /// What the faders come to now, where a quantum begins.
    #[inline(always)]
    pub(crate) fn settings(&self, quantum: u64) -> Settings {
        let (mut settings, tide) = (self.slack, self.tide.at(quantum));
        settings.parts[Part::Pad.index()].gain *= gain_of_db(TIDE_DB * tide);
        settings.parts[Part::Melody.index()].gain *= gain_of_db(-0.3 * TIDE_DB * tide);
        settings.parts[Part::Pad.index()].cutoff_octaves += TIDE_OCTAVES * tide;
        settings
    }

    fn at_slack_tide(&self) -> Settings {
        let intensity = self.intensity.get();
        let brightness = self.brightness.get();
        let space = self.space.get();
        let (i, b) = (2.0 * intensity - 1.0, 2.0 * brightness - 1.0);
        let part = |part: Part, level_db, cutoff_octaves| {
            let gain = self.parts[part.index()].get();
            let gain = gain * gain * gain_between(level_db, intensity);
            Modulation { gain, cutoff_octaves, intensity, brightness }
        };
        Settings {
            parts: [
                part(Part::Pad, (1.5, -1.5), 0.6 * i + 1.2 * b),
                part(Part::Melody, (-4.0, 2.0), 0.4 * i + b),
                part(Part::Bass, (-2.5, 1.0), 0.3 * i + 0.6 * b),
                part(Part::Percussion, (-6.0, 2.0), 0.0),
                part(Part::Texture, (0.0, 0.0), 0.0),
            ],
            reverb: gain_of_db(REVERB_DB) * gain_between((-9.0, 5.0), space),
            rt60_s: 1.2 * exp2(2.117 * space),
            pre_delay_ms: 20.0 + 30.0 * space,
            delay: gain_of_db(DELAY_DB) * gain_between((-9.0, 3.0), space),
            feedback: 0.2 + 0.32 * space,
            trim: gain_between((2.6, -3.4), intensity) * gain_between((0.5, -2.5), space),
        }
    }
}
