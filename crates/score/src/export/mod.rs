//! What was composed, as files for other programs.
//!
//! * [`midi`]: a standard MIDI file, for a DAW or a notation program.
//! * [`json`]: everything, with the frames at which it sounds.

pub mod json;
#[cfg(feature = "midi")]
pub mod midi;

use std::sync::Arc;

use crate::control::value::Bpm;
use crate::phrase::{Note, Phrase};
use crate::time::Tick;

/// A station's music from its birth up to some tick, and where it lies in the audio.
#[derive(Clone, Copy)]
pub struct Score<'a> {
    /// The station's seed.
    pub seed: u64,
    /// The phrases as they were played, in order and without gaps, from tick 0 at least to `end`.
    pub phrases: &'a [Arc<Phrase>],
    /// Where the piece is cut: what begins here or later is left out, what sounds ends.
    pub end: Tick,
    /// The tempi, in order. The first holds from tick 0.
    pub tempi: &'a [Tempo],
    /// Frames a second.
    pub sample_rate: u32,
    /// The frame at which a tick is reached. Never falls, and 0 at tick 0.
    pub frame_of: &'a dyn Fn(Tick) -> u64,
}

/// A tempo and the tick from which it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// From here on.
    pub tick: Tick,
    /// Beats a minute.
    pub bpm: Bpm,
}

impl Score<'_> {
    /// The phrases that begin before the end.
    fn played(&self) -> impl Iterator<Item = &Phrase> {
        self.phrases.iter().map(Arc::as_ref).filter(|phrase| phrase.start < self.end)
    }

    /// A phrase's notes that begin before the end, cut there.
    fn notes<'a>(&'a self, phrase: &'a Phrase) -> impl Iterator<Item = Note> + 'a {
        phrase.notes_between(0, self.end).iter().map(|note| {
            let ticks = note.ticks.min(self.end - note.start);
            Note { ticks, ..*note }
        })
    }
}
