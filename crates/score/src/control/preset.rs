//! Presets: a table of named sets of controls.

use core::fmt;
use core::str::FromStr;

use serde_json::{Map, Value};

/// A row of the table.
struct Mood {
    name: &'static str,
    label: &'static str,
    about: &'static str,
    /// A change as a listener would ask for it.
    sets: &'static str,
}

/// The presets. They leave the tonic and the parts' gains as they are. A control that a row does not
/// name stays as it was; so a new control needs no word here.
static MOODS: [Mood; Preset::COUNT] = [
    Mood {
        name: "focus",
        label: "Focus",
        about: "Steady and clear, for work: Dorian, neither sad nor cheerful, at a walking pace; \
                enough going on to cover a room's noises, dry enough to stay in the background, \
                and never another key, because a change of key asks for attention.",
        sets: r#"{"mode": "dorian", "bpm": 76, "intensity": 0.45, "brightness": 0.5, "space": 0.35, "wander": 0}"#,
    },
    Mood {
        name: "meditation",
        label: "Meditation",
        about: "Slow, open and modal: Lydian, which has no pull to anywhere, at the slowest tempo, \
                so that a bar is one breath in or out; a wide room, few notes, one key.",
        sets: r#"{"mode": "lydian", "bpm": 60, "intensity": 0.25, "brightness": 0.4, "space": 0.75, "wander": 0}"#,
    },
    Mood {
        name: "sleep",
        label: "Sleep",
        about: "As slow, dark and sparse as it gets without stopping: chords of four bars, hardly \
                a melody, no kick to start at, treble taken away.",
        sets: r#"{"mode": "minor", "bpm": 60, "intensity": 0.08, "brightness": 0.22, "space": 0.7, "wander": 0}"#,
    },
    Mood {
        name: "bright",
        label: "Bright",
        about: "Major and lively: the fastest and fullest of the six, in a small clear room, with \
                short visits to neighbouring keys for freshness.",
        sets: r#"{"mode": "major", "bpm": 92, "intensity": 0.65, "brightness": 0.75, "space": 0.4, "wander": 0.2}"#,
    },
    Mood {
        name: "drift",
        label: "Drift",
        about: "Suspended, without a clear home: Mixolydian lacks the leading tone that points \
                home, most sections leave for a neighbouring key, and the room is the largest.",
        sets: r#"{"mode": "mixolydian", "bpm": 66, "intensity": 0.3, "brightness": 0.5, "space": 0.9, "wander": 0.7}"#,
    },
    Mood {
        name: "night",
        label: "Night",
        about: "Dark and wide: natural minor below the default tempo, little treble, a large room, \
                and now and then another key, as thoughts go at night.",
        sets: r#"{"mode": "minor", "bpm": 64, "intensity": 0.35, "brightness": 0.25, "space": 0.65, "wander": 0.25}"#,
    },
];

/// A named set of controls: a row of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    row: u8,
}

impl Preset {
    /// How many presets there are.
    pub const COUNT: usize = 6;

    /// Every preset, in the order of the table.
    pub const ALL: [Preset; Preset::COUNT] = {
        let mut all = [Preset { row: 0 }; Preset::COUNT];
        let mut row = 0;
        while row < Preset::COUNT {
            all[row].row = row as u8;
            row += 1;
        }
        all
    };

    fn mood(self) -> &'static Mood {
        &MOODS[usize::from(self.row)]
    }

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.mood().name
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.mood().label
    }

    /// What it is like and why, in a sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.mood().about
    }

    /// What it sets: a change as a listener would ask for it.
    #[must_use]
    pub fn sets(self) -> Map<String, Value> {
        serde_json::from_str(self.mood().sets).unwrap_or_default()
    }
}

impl fmt::Debug for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Preset {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The text names no preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPreset;

impl fmt::Display for UnknownPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such preset: allowed are {}", Preset::ALL.map(Preset::name).join(", "))
    }
}

impl std::error::Error for UnknownPreset {}

impl FromStr for Preset {
    type Err = UnknownPreset;

    /// Case does not count.
    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let name = text.trim().to_ascii_lowercase();
        Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or(UnknownPreset)
    }
}
