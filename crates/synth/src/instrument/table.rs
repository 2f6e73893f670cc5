//! The rows.

use aeolian_score::Part;
use aeolian_score::phrase::drum;

use super::performer::boxed;
use super::row::{Instrument, PlayedBy};

/// Every instrument. Performers render in the order of parts, and within a part in this one.
pub static TABLE: &[Instrument] = &[
    Instrument {
        name: "warm_pad",
        parts: &[Part::Pad],
        register: Some((0, 127)),
        program: Some(89), // Pad 2 (warm)
        played_by: PlayedBy::Voices(&super::warm_pad::PATCH),
    },
    Instrument {
        name: "pluck",
        parts: &[Part::Melody],
        register: Some((0, 127)),
        program: Some(46), // Orchestral harp
        played_by: PlayedBy::Voices(&super::pluck::PATCH),
    },
    Instrument {
        name: "bell",
        parts: &[Part::Melody],
        register: Some((0, 127)),
        program: Some(11), // Vibraphone
        played_by: PlayedBy::Voices(&super::bell::PATCH),
    },
    Instrument {
        name: "round_bass",
        parts: &[Part::Bass],
        register: Some((0, 127)),
        program: Some(35), // Fretless bass
        played_by: PlayedBy::Voices(&super::round_bass::PATCH),
    },
    Instrument {
        name: "kick",
        parts: &[Part::Percussion],
        register: Some((drum::KICK, drum::KICK)),
        program: None,
        played_by: PlayedBy::Performer(|_| boxed(super::kick::Kick::new())),
    },
    Instrument {
        name: "brush",
        parts: &[Part::Percussion],
        register: Some((drum::BRUSH, drum::BRUSH)),
        program: None,
        played_by: PlayedBy::Performer(|seed| boxed(super::brush::Brush::new(seed))),
    },
    Instrument {
        name: "swell",
        parts: &[Part::Texture],
        register: Some((0, 127)),
        program: Some(99), // FX 4 (atmosphere)
        played_by: PlayedBy::Performer(|seed| boxed(super::swell::Swells::new(seed))),
    },
    Instrument {
        name: "breath",
        parts: &[Part::Texture],
        register: None,
        program: None,
        played_by: PlayedBy::Performer(|seed| boxed(super::breath::Breath::new(seed))),
    },
];
