//! The table of controls.
//!
//! A row is all that is said of a control, in any language: from it come its place in [`Controls`] and
//! [`Change`], JSON with its refusals, the log, flags, configuration, documents and the page. Its name
//! stands here and where the music reads it, and nowhere else. The parts of a row are explained in
//! [`super::row`].

use serde_json::Value;

use super::apply::Apply;
use super::asked::Asked;
use super::gains::{PartGains, SomeGains};
use super::preset::Preset;
use super::refusal::Refusals;
use super::row::{Holds, Row, Shape, Shortcut, Slider};
use super::structures::controls;
use super::value::{Bpm, Level};
use crate::key::{KeyName, Mode, PitchClass};
use crate::part::Part;

controls! {
    /// The tonic, alone or with its mode: `A`, `F#`, `Bb major`, `Am`; or the number of a MIDI note.
    key: PitchClass = PitchClass::A, asked as KeyName {
        label: "Key",
        moved: "turned to {}",
        holds: Holds::NextBar,
        in_presets: false,
        slider: None,
        shortcut: Some(Shortcut {
            up: &["ArrowRight"],
            down: &["ArrowLeft"],
            step: 1.0,
            says: "Key, a fifth up or down",
        }),
    }

    /// The scale above the tonic.
    mode: Mode = Mode::Minor, asked as Mode {
        label: "Mode",
        moved: "chose {}",
        holds: Holds::NextBar,
        in_presets: true,
        slider: None,
        shortcut: Some(Shortcut { up: &["m"], down: &[], step: 1.0, says: "A darker mode" }),
    }

    /// Beats per minute.
    bpm: Bpm = Bpm::DEFAULT, asked as Bpm {
        label: "Tempo",
        moved: "set the tempo to {}",
        holds: Holds::Ramp,
        in_presets: true,
        slider: Some(Slider {
            shape: Shape::Closer,
            says: &[],
            says_lowest: None,
            in_player: false,
        }),
        shortcut: Some(Shortcut { up: &["+", "="], down: &["-"], step: 2.0, says: "Tempo" }),
    }

    /// How much happens, in density, register, layers and timbre.
    intensity: Level = Level::constant(0.5), asked as Level {
        label: "Intensity",
        moved: "moved the intensity",
        holds: Holds::NextBeat,
        in_presets: true,
        slider: Some(Slider {
            shape: Shape::Growing,
            says: &["still", "hushed", "gentle", "flowing", "swelling", "full"],
            says_lowest: None,
            in_player: true,
        }),
        shortcut: Some(Shortcut {
            up: &["ArrowUp"],
            down: &["ArrowDown"],
            step: 0.05,
            says: "Intensity",
        }),
    }

    /// How much treble.
    brightness: Level = Level::constant(0.5), asked as Level {
        label: "Brightness",
        moved: "moved the brightness",
        holds: Holds::AtOnce,
        in_presets: true,
        slider: Some(Slider {
            shape: Shape::Sharper,
            says: &["dark", "veiled", "soft", "clear", "bright", "brilliant"],
            says_lowest: None,
            in_player: false,
        }),
        shortcut: None,
    }

    /// From dry to vast.
    space: Level = Level::constant(0.5), asked as Level {
        label: "Space",
        moved: "moved the space",
        holds: Holds::AtOnce,
        in_presets: true,
        slider: Some(Slider {
            shape: Shape::Apart,
            says: &["near", "a room", "a hall", "a valley", "a bay", "the open sea"],
            says_lowest: None,
            in_player: false,
        }),
        shortcut: None,
    }

    /// How readily the music visits neighbouring keys.
    wander: Level = Level::ZERO, asked as Level {
        label: "Wander",
        moved: "moved how far it wanders",
        holds: Holds::NextBar,
        in_presets: true,
        slider: Some(Slider {
            shape: Shape::Astray,
            says: &["close by", "now and then", "often", "far", "always away"],
            says_lowest: Some("at home"),
            in_player: false,
        }),
        shortcut: None,
    }

    /// The level of each part.
    parts: PartGains = PartGains([Level::FULL; Part::COUNT]), asked as SomeGains {
        label: "Parts",
        moved: "moved a part",
        holds: Holds::AtOnce,
        in_presets: false,
        slider: None,
        shortcut: None,
    }

    /// Sets several controls at once, and any given with it win; kept until one of them is changed.
    preset: Option<Preset> = None, asked as Preset {
        label: "Moods",
        moved: "chose {}",
        holds: Holds::AtOnce,
        in_presets: false,
        slider: None,
        shortcut: None,
    }
}
