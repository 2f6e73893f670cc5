//! What the composer hands on: a phrase of notes, with the harmony and form they come from.

use core::fmt;

use crate::key::{Key, PitchClass};
use crate::numeral::Numeral;
use crate::part::Part;
use crate::time::{TICKS_PER_BAR, Tick};

/// The percussion part's pitches are General MIDI drum keys.
pub mod drum {
    /// Acoustic bass drum: the soft kick.
    pub const KICK: u8 = 35;
    /// Side stick's place in the map is taken by a brush tap.
    pub const BRUSH: u8 = 37;
}

/// One note, drum hit or swell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// Unique within a station's life. A phrase that is revised keeps the ids of the notes that
    /// have begun, so that the engine can find a sounding voice's new length.
    pub id: u64,
    /// The layer that plays it.
    pub part: Part,
    /// MIDI note number, 60 = middle C = 261.63 Hz. For percussion a [`drum`] key; for texture the
    /// pitch that a swell is centred on.
    pub pitch: u8,
    /// When it begins, micro-timing included. Never before its phrase, never at or after its end.
    pub start: Tick,
    /// How long it is held, at least 1. It may reach over the phrase's end.
    pub ticks: Tick,
    /// Loudness of the stroke, 1 to 127 as in MIDI.
    pub velocity: u8,
}

impl Note {
    /// The tick at which the note is released.
    #[must_use]
    pub fn end(&self) -> Tick {
        self.start + self.ticks
    }
}

/// A chord and how long it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chord {
    /// When it begins, within its phrase.
    pub start: Tick,
    /// How long it lasts.
    pub ticks: Tick,
    /// The key it belongs to.
    pub key: Key,
    /// Its place in that key.
    pub numeral: Numeral,
    /// The root's pitch class.
    pub root: PitchClass,
    /// All pitch classes, root first.
    pub tones: Vec<PitchClass>,
}

/// Tones are written as the chord's key spells them.
impl serde::Serialize for Chord {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let tones: Vec<_> = self.tones.iter().map(|tone| self.key.spell(*tone)).collect();
        let mut chord = serializer.serialize_struct("Chord", 6)?;
        chord.serialize_field("start", &self.start)?;
        chord.serialize_field("ticks", &self.ticks)?;
        chord.serialize_field("key", &self.key)?;
        chord.serialize_field("numeral", &self.numeral)?;
        chord.serialize_field("root", self.key.spell(self.root))?;
        chord.serialize_field("tones", &tones)?;
        chord.end()
    }
}

/// What a section is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionName {
    /// It travels.
    Drift,
    /// It opens up.
    Bloom,
    /// It comes to rest.
    Still,
}

impl SectionName {
    /// Every section's name.
    pub const ALL: [SectionName; 3] = [SectionName::Drift, SectionName::Bloom, SectionName::Still];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SectionName::Drift => "drift",
            SectionName::Bloom => "bloom",
            SectionName::Still => "still",
        }
    }
}

impl fmt::Display for SectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The place of a phrase in the form.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Section {
    /// What it is like.
    pub name: SectionName,
    /// Counts sections from a station's birth.
    pub index: u64,
    /// The arc's tension here, 0 to 1.
    pub tension: f32,
}

/// 4 to 8 bars of music.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Phrase {
    /// Counts phrases from a station's birth.
    pub index: u64,
    /// The first tick: the start of a bar, and the end of the phrase before.
    pub start: Tick,
    /// Length in bars of 4/4, 4 to 8.
    pub bars: u32,
    /// Where the phrase stands in the form.
    pub section: Section,
    /// The chords, which fill the phrase without gap or overlap.
    pub chords: Vec<Chord>,
    /// All parts' notes, sorted by (start, id).
    pub notes: Vec<Note>,
}

impl Phrase {
    /// The tick after the last bar, where the next phrase starts.
    #[must_use]
    pub fn end(&self) -> Tick {
        self.start + Tick::from(self.bars) * TICKS_PER_BAR
    }

    /// The chord that sounds at `tick`: the nearest one when `tick` is outside the phrase, none
    /// only when the phrase has no chord.
    #[must_use]
    pub fn chord_at(&self, tick: Tick) -> Option<&Chord> {
        self.chords.iter().rev().find(|chord| chord.start <= tick).or_else(|| self.chords.first())
    }

    /// The notes that begin in `from..to`.
    #[must_use]
    pub fn notes_between(&self, from: Tick, to: Tick) -> &[Note] {
        let first = self.notes.partition_point(|note| note.start < from);
        let last = self.notes.partition_point(|note| note.start < to);
        &self.notes[first..last.max(first)]
    }
}
