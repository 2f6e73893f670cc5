//! The controls: the state of a station, which its listeners steer.
//!
//! Everything that comes from outside is checked here, in one place, whichever way it came: the
//! command line, a configuration file, REST or WebSocket. What is accepted is a [`change::Change`];
//! applied to [`Controls`] it gives new controls that are valid by construction.

pub mod change;
pub mod preset;
pub mod value;

use crate::key::{Key, Mode, PitchClass};
use crate::part::Part;
use preset::Preset;
use value::{Bpm, Level};

/// A level for each part, in the order of [`Part::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartGains(pub [Level; Part::COUNT]);

impl PartGains {
    /// The gain of one part, 0 to 1.
    #[must_use]
    pub fn get(&self, part: Part) -> Level {
        self.0[part.index()]
    }
}

impl serde::Serialize for PartGains {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Part::ALL.iter().map(|part| (part.name(), self.get(*part))))
    }
}

/// Everything that can be steered. [`Controls::default`] is what a station starts with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    /// Tonic and mode. Holds from the next bar.
    pub key: Key,
    /// Beats a minute. Reached by a ramp over one beat.
    pub bpm: Bpm,
    /// How much happens: density, register, layers, timbre.
    pub intensity: Level,
    /// How much treble.
    pub brightness: Level,
    /// From dry to vast.
    pub space: Level,
    /// How readily the form makes excursions to neighbouring keys. Holds from the next bar.
    pub wander: Level,
    /// The level of each part.
    pub parts: PartGains,
    /// The preset that the other controls came from, until one of them is changed.
    pub preset: Option<Preset>,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            key: Key { tonic: PitchClass::new(9), mode: Mode::Minor },
            bpm: Bpm::DEFAULT,
            intensity: Level::HALF,
            brightness: Level::HALF,
            space: Level::HALF,
            wander: Level::ZERO,
            parts: PartGains([Level::FULL; Part::COUNT]),
            preset: None,
        }
    }
}

/// On the wire `key` is the tonic and `mode` stands beside it.
impl serde::Serialize for Controls {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut state = serializer.serialize_struct("Controls", 9)?;
        state.serialize_field("key", self.key.tonic_name())?;
        state.serialize_field("mode", &self.key.mode)?;
        state.serialize_field("bpm", &self.bpm)?;
        state.serialize_field("intensity", &self.intensity)?;
        state.serialize_field("brightness", &self.brightness)?;
        state.serialize_field("space", &self.space)?;
        state.serialize_field("wander", &self.wander)?;
        state.serialize_field("parts", &self.parts)?;
        state.serialize_field("preset", &self.preset)?;
        state.end()
    }
}
