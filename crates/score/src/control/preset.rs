//! Presets: named sets of controls.

use core::fmt;
use core::str::FromStr;

use super::Controls;
use super::value::{Bpm, Level};
use crate::key::Mode;

/// A named set of controls. It leaves the tonic and the parts' gains as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Steady and clear, for work: Dorian, neither sad nor cheerful, at a walking pace; enough
    /// going on to cover a room's noises, dry enough to stay in the background, and never another
    /// key, because a change of key asks for attention.
    Focus,
    /// Slow, open and modal: Lydian, which has no pull to anywhere, at the slowest tempo, so that a
    /// bar is one breath in or out; a wide room, few notes, one key.
    Meditation,
    /// As slow, dark and sparse as it gets without stopping: chords of four bars, hardly a melody,
    /// no kick to start at, treble taken away.
    Sleep,
    /// Major and lively: the fastest and fullest of the six, in a small clear room, with short
    /// visits to neighbouring keys for freshness.
    Bright,
    /// Suspended, without a clear home: Mixolydian lacks the leading tone that points home, most
    /// sections leave for a neighbouring key, and the room is the largest.
    Drift,
    /// Dark and wide: natural minor below the default tempo, little treble, a large room, and now
    /// and then another key, as thoughts go at night.
    Night,
}

/// What a preset may be called.
pub const PRESETS_ALLOWED: &str = "focus, meditation, sleep, bright, drift, night";

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 6] = [
        Preset::Focus,
        Preset::Meditation,
        Preset::Sleep,
        Preset::Bright,
        Preset::Drift,
        Preset::Night,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Focus => "focus",
            Preset::Meditation => "meditation",
            Preset::Sleep => "sleep",
            Preset::Bright => "bright",
            Preset::Drift => "drift",
            Preset::Night => "night",
        }
    }

    /// `controls` with this preset's values.
    #[must_use]
    pub fn apply(self, controls: &Controls) -> Controls {
        let (mode, bpm, intensity, brightness, space, wander) = match self {
            Preset::Focus => (Mode::Dorian, 76.0, 0.45, 0.5, 0.35, 0.0),
            Preset::Meditation => (Mode::Lydian, 60.0, 0.25, 0.4, 0.75, 0.0),
            Preset::Sleep => (Mode::Minor, 60.0, 0.08, 0.22, 0.7, 0.0),
            Preset::Bright => (Mode::Major, 92.0, 0.65, 0.75, 0.4, 0.2),
            Preset::Drift => (Mode::Mixolydian, 66.0, 0.3, 0.5, 0.9, 0.7),
            Preset::Night => (Mode::Minor, 64.0, 0.35, 0.25, 0.65, 0.25),
        };
        let mut controls = *controls;
        controls.key.mode = mode;
        controls.bpm = Bpm::new(bpm).unwrap_or(controls.bpm);
        controls.intensity = Level::constant(intensity);
        controls.brightness = Level::constant(brightness);
        controls.space = Level::constant(space);
        controls.wander = Level::constant(wander);
        controls.preset = Some(self);
        controls
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such preset: allowed are {PRESETS_ALLOWED}")]
pub struct UnknownPreset;

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let name = text.trim().to_ascii_lowercase();
        Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or(UnknownPreset)
    }
}
