//! What a row of the table says, and which row plays a note.

use aeolian_score::rng::Rng;
use aeolian_score::{Note, Part};

use super::performer::AnyPerformer;
use crate::voice::patch::Patch;

/// What the choice of an instrument is about; a part's index is added.
const CHOICE_DOMAIN: u64 = 0x7061_7463_6800;

/// One row of the table.
#[derive(Debug)]
pub struct Instrument {
    /// Unique in the table; lower-case words joined by `_`.
    pub name: &'static str,
    /// The parts whose notes it may play, one at least.
    pub parts: &'static [Part],
    /// The lowest and the highest note that it plays, as MIDI numbers, for percussion drum keys; none for
    /// what plays no notes and sounds by itself.
    pub register: Option<(u8, u8)>,
    /// The General MIDI program that comes nearest, 0 to 127; none for drums, which have a channel of their
    /// own, and for what plays no notes.
    pub program: Option<u8>,
    pub(crate) played_by: PlayedBy,
}

/// How an instrument makes its sound.
#[derive(Debug)]
pub(crate) enum PlayedBy {
    /// Its notes take lanes of the wavetable voices.
    Voices(&'static Patch),
    /// It has a performer of its own in each engine, for each of its parts, made from the station's seed.
    Performer(fn(seed: u64) -> Box<dyn AnyPerformer>),
}

impl Instrument {
    /// How many semitones a note lies outside the register; none where the instrument does not play notes of
    /// its part.
    fn distance(&self, note: &Note) -> Option<u8> {
        let (low, high) = self.register.filter(|_| self.parts.contains(&note.part))?;
        Some(low.saturating_sub(note.pitch).max(note.pitch.saturating_sub(high)))
    }
}

/// The index of the row that plays a note in a section: of those that play the note's part and have it in
/// their register, or come nearest, one drawn for each section. None where no row plays that part.
///
/// A pure function of its arguments, so a note that is asked for again gets the same.
pub(super) fn choose(rows: &[&Instrument], seed: u64, section: u64, note: &Note) -> Option<usize> {
    let nearest = rows.iter().filter_map(|row| row.distance(note)).min()?;
    let able = || (0..rows.len()).filter(|row| rows[*row].distance(note) == Some(nearest));
    let drawn = match able().count() {
        1 => 0,
        count => {
            let domain = CHOICE_DOMAIN + note.part.index() as u64;
            Rng::at(seed, domain, section).below(count as u32) as usize
        }
    };
    able().nth(drawn)
}

#[cfg(test)]
mod tests {
    use super::super::{TABLE, round_bass};
    use super::*;
    use aeolian_score::phrase::drum;

    fn rows() -> Vec<&'static Instrument> {
        TABLE.iter().collect()
    }

    fn note(part: Part, pitch: u8) -> Note {
        Note { id: 1, part, pitch, start: 0, ticks: 960, velocity: 80 }
    }

    #[test]
    fn every_instrument_has_a_name_of_its_own() {
        for (i, row) in TABLE.iter().enumerate() {
            let word = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(!row.name.is_empty() && row.name.chars().all(word), "{}", row.name);
            assert!(row.program.is_none_or(|program| program < 128), "{}", row.name);
            for other in &TABLE[..i] {
                assert_ne!(row.name, other.name);
            }
        }
    }

    #[test]
    fn a_glide_takes_5_to_50_ms() {
        for row in TABLE {
            if let PlayedBy::Voices(patch) = row.played_by {
                let glide_ms = patch.glide_ms;
                assert!(glide_ms == 0.0 || (5.0..=50.0).contains(&glide_ms), "{}", row.name);
            }
        }
    }

    #[test]
    fn every_part_has_an_instrument_for_each_of_its_notes() {
        for part in Part::ALL {
            for pitch in 0..128 {
                let note = note(part, pitch);
                let row = choose(&rows(), 1, 0, &note).map(|row| &TABLE[row]);
                let row = row.unwrap_or_else(|| panic!("nothing plays the {part}"));
                assert!(row.parts.contains(&part) && row.register.is_some(), "{}", row.name);
            }
        }
        let drum = |pitch| choose(&rows(), 1, 0, &note(Part::Percussion, pitch)).unwrap();
        assert_eq!(TABLE[drum(drum::KICK)].name, "kick");
        assert_eq!(TABLE[drum(drum::BRUSH)].name, "brush");
    }

    #[test]
    fn the_instrument_of_a_note_depends_on_seed_section_and_note_alone() {
        let chosen = |seed, section| choose(&rows(), seed, section, &note(Part::Melody, 72));
        let forward: Vec<_> = (0..40).map(|section| chosen(7, section)).collect();
        let backward: Vec<_> = (0..40).rev().map(|section| chosen(7, section)).collect();
        assert!(forward.iter().eq(backward.iter().rev()));
        assert_ne!(forward, (0..40).map(|section| chosen(8, section)).collect::<Vec<_>>());
        for row in rows().iter().filter(|row| row.parts.contains(&Part::Melody)) {
            assert!(forward.iter().flatten().any(|i| TABLE[*i].name == row.name), "{}", row.name);
        }
    }

    #[test]
    fn a_note_outside_every_register_goes_to_the_nearest() {
        let row = |register| Instrument {
            name: "toy",
            parts: &[Part::Bass],
            register,
            program: None,
            played_by: PlayedBy::Voices(&round_bass::PATCH),
        };
        let rows = [row(Some((30, 40))), row(Some((50, 60))), row(None)];
        let rows: Vec<_> = rows.iter().collect();
        for (pitch, expected) in [(10, 0), (35, 0), (44, 0), (46, 1), (60, 1), (99, 1)] {
            assert_eq!(choose(&rows, 3, 4, &note(Part::Bass, pitch)), Some(expected), "{pitch}");
        }
        assert_eq!(choose(&rows, 3, 4, &note(Part::Pad, 35)), None);
    }
}
