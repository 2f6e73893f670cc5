//! The parts of a station's music.

use core::fmt;
use core::str::FromStr;

/// One layer of the music, with a level of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Slow chords.
    Pad,
    /// The single line on top.
    Melody,
    /// The single line below.
    Bass,
    /// Kicks and brushes.
    Percussion,
    /// Granular swells and filtered noise.
    Texture,
}

impl Part {
    /// How many parts there are.
    pub const COUNT: usize = 5;

    /// Every part, in the order of [`Part::index`].
    pub const ALL: [Part; Part::COUNT] =
        [Part::Pad, Part::Melody, Part::Bass, Part::Percussion, Part::Texture];

    /// This part's place in an array of parts.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Part::Pad => "pad",
            Part::Melody => "melody",
            Part::Bass => "bass",
            Part::Percussion => "percussion",
            Part::Texture => "texture",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Part::Pad => "Pad",
            Part::Melody => "Melody",
            Part::Bass => "Bass",
            Part::Percussion => "Drum",
            Part::Texture => "Wind",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is no part's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such part; allowed is {PARTS_ALLOWED}")]
pub struct UnknownPart;

/// What a part may be called.
pub const PARTS_ALLOWED: &str = "one of pad, melody, bass, percussion, texture";

impl FromStr for Part {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        Part::ALL.into_iter().find(|part| part.name() == text).ok_or(UnknownPart)
    }
}
