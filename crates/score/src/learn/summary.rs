//! What a lesson understood, and what it left out.

use core::fmt;

use super::chords::HeardChord;
use super::reading::Beat;
use crate::key::{Key, Mode};
use crate::numeral::Numeral;

/// What was learnt of a mode.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Learnt {
    /// The mode.
    pub mode: Mode,
    /// Changes of chord that were heard.
    pub changes: usize,
    /// Chords in the table.
    pub chords: usize,
    /// The commonest change, from and to.
    pub commonest: (Numeral, Numeral),
    /// How often that was heard.
    pub times: usize,
}

/// Counts over all files of a lesson. Its text is for a person to read.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// Files that were learnt from.
    pub files: usize,
    /// Files that were not: name and reason.
    pub skipped: Vec<(String, String)>,
    /// Bars heard.
    pub bars: usize,
    /// Bars in none of whose beats a chord could be recognised.
    pub bars_without_chord: usize,
    /// Beats heard.
    pub beats: usize,
    /// Beats with a chord.
    pub beats_with_chord: usize,
    /// Changes of key inside pieces.
    pub modulations: usize,
    /// The tables written.
    pub tables: Vec<Learnt>,
    /// Modes heard too seldom for a table: changes of chord.
    pub too_few: Vec<(Mode, usize)>,
}

impl Summary {
    pub(super) fn add(&mut self, beats: &[Beat], keys: &[Key], chords: &[Option<HeardChord>]) {
        self.files += 1;
        self.beats += beats.len();
        self.beats_with_chord += chords.iter().flatten().count();
        self.modulations += keys.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let mut bar = None;
        let mut recognised = false;
        for (beat, chord) in beats.iter().zip(chords) {
            if bar != Some(beat.bar) {
                self.bars_without_chord += usize::from(bar.is_some() && !recognised);
                self.bars += 1;
                bar = Some(beat.bar);
                recognised = false;
            }
            recognised |= chord.is_some();
        }
        self.bars_without_chord += usize::from(bar.is_some() && !recognised);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Learnt from {} files: {} bars, {} changes of key. A chord was recognised in {} of {} beats.",
            self.files, self.bars, self.modulations, self.beats_with_chord, self.beats
        )?;
        for Learnt { mode, changes, chords, commonest: (from, to), times } in &self.tables {
            writeln!(
                f,
                "{mode}: {changes} changes among {chords} chords; the commonest is {from} to {to}, {times} times."
            )?;
        }
        if self.bars_without_chord > 0 {
            writeln!(
                f,
                "Left out: {} bars without a recognisable chord.",
                self.bars_without_chord
            )?;
        }
        for (mode, heard) in &self.too_few {
            writeln!(f, "Left out: {mode}, heard in {heard} changes only.")?;
        }
        for (name, reason) in &self.skipped {
            writeln!(f, "Left out: {name}: {reason}.")?;
        }
        Ok(())
    }
}
