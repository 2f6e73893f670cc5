//! Chord tables from music that people have written.
//!
//! A [`Learner`] is fed standard MIDI files. Of each it finds the key, then the chord of every beat,
//! and counts which chord follows which. [`Learner::tables`] turns the counts into tables that
//! [`crate::harmony::ChordTables::from_toml`] reads.
//!
//! * [`key`]: the key of a piece, after Krumhansl and Schmuckler.
//! * [`chord`]: the chord of a beat.
//! * [`midi`]: notes out of a MIDI file.
//! * `count`: counts, and the tables made of them.

pub mod chord;
mod count;
pub mod key;
pub mod midi;

use std::collections::BTreeMap;

use crate::key::{Key, Mode};
use count::Counts;

/// Why a file was left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is no MIDI file, or a broken one.
    #[error("not a standard MIDI file: {0}")]
    NotMidi(String),
    /// Its time is counted in film frames, so it has no beats.
    #[error("its time is counted in film frames instead of beats")]
    NoBeats,
    /// Nothing but drums, or nothing at all.
    #[error("it has no notes with a pitch")]
    NoNotes,
    /// More beats than a piece of music has.
    #[error("it is longer than {} beats", midi::BEATS_MAX)]
    TooLong,
    /// No key fits its notes.
    #[error("no key fits it clearly (correlation {0}, needed is 0.6)")]
    NoKey(String),
    /// Fewer than two different chords.
    #[error("no two different chords were found in it")]
    NoChords,
}

/// What was understood of one piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Its key.
    pub key: Key,
    /// Beats in which a chord was found.
    pub beats: usize,
    /// Beats with notes in which none was.
    pub beats_left_out: usize,
    /// Chords, counting a chord that lasts several beats once.
    pub chords: usize,
}

/// A table for a mode, as TOML, with what went into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// The mode.
    pub mode: Mode,
    /// Pieces in this mode.
    pub pieces: usize,
    /// Chord changes that the table stands for.
    pub changes: usize,
    /// Chords that were too rare, or led nowhere, and their share of all chords.
    pub left_out: Vec<(String, f64)>,
    /// The table, as an element of `[[table]]`.
    pub toml: String,
}

/// Gathers chord changes from pieces.
#[derive(Clone, Debug, Default)]
pub struct Learner {
    modes: BTreeMap<usize, (Mode, Counts)>,
}

impl Learner {
    /// Nothing learned yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns from the bytes of a standard MIDI file, and says what it understood.
    ///
    /// # Errors
    /// Why nothing was learned from it.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Piece, Error> {
        let notes = midi::read(bytes)?;
        let (key, correlation) = key::find(&midi::histogram(&notes));
        if correlation < key::CORRELATION_MIN {
            return Err(Error::NoKey(format!("{correlation:.2}")));
        }
        let mut piece = Piece { key, beats: 0, beats_left_out: 0, chords: 0 };
        let mut numerals = Vec::new();
        for beat in midi::beats(&notes) {
            if beat.iter().all(|weight| *weight <= 0.0) {
                continue;
            }
            let Some(numeral) = chord::find(&beat, key) else {
                piece.beats_left_out += 1;
                continue;
            };
            piece.beats += 1;
            numerals.push(numeral);
        }
        let place = Mode::ALL.iter().position(|mode| *mode == key.mode).unwrap_or(0);
        let mut counts = self.modes.get(&place).map(|(_, c)| c.clone()).unwrap_or_default();
        piece.chords = counts.add(&numerals);
        if piece.chords < 2 {
            return Err(Error::NoChords);
        }
        self.modes.insert(place, (key.mode, counts));
        Ok(piece)
    }

    /// The tables of the modes of which enough was heard. At order 3 they also hold rows for the
    /// pairs of chords that came often.
    #[must_use]
    pub fn tables(&self, order: u8) -> Vec<Learned> {
        self.modes.values().filter_map(|(mode, counts)| counts.table(*mode, order)).collect()
    }
}
