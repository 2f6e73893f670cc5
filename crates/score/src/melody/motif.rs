//! Motifs: short cells of rhythm and contour, and what can be made of them.
//!
//! A cell counts time in eighths from its first note and pitch in scale steps from its first note,
//! so it can stand on any degree of any mode and stay itself.

use crate::rng::Rng;

const CELL: u64 = 0x6d6f_7469_0001;
const RECALL: u64 = 0x6d6f_7469_0002;

/// The most notes that a cell or its variations may have.
pub(crate) const NOTES_MAX: usize = 12;

/// One note of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CellNote {
    /// Eighths after the cell's first note.
    pub(crate) onset: u8,
    /// Length in eighths.
    pub(crate) eighths: u8,
    /// Scale steps above the cell's first note.
    pub(crate) step: i8,
    /// 0 is the frame of the cell, heard always; higher ranks fill it in as flow grows.
    pub(crate) rank: u8,
}

/// A motif, or a variation of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    notes: [CellNote; NOTES_MAX],
    count: usize,
}

/// What may become of a motif.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variation {
    /// As it was first heard.
    Statement,
    /// The same rhythm and beginning, with an end that falls.
    Answer,
    /// Upside down.
    Inversion,
    /// Its first notes, twice as slow.
    Augmentation,
    /// With a neighbour note before its longest tone.
    Ornament,
    /// Its first notes alone.
    Fragment,
}

/// Rhythms in eighths: uneven, with the weight on a long tone. None is longer than 12, so that a
/// cell leaves room to breathe within its two bars.
const RHYTHMS: [&[u8]; 12] = [
    &[4, 2, 2, 4],
    &[3, 1, 4, 4],
    &[2, 2, 4, 4],
    &[6, 2, 4],
    &[4, 4, 4],
    &[1, 1, 6, 4],
    &[3, 3, 2, 4],
    &[2, 4, 2, 4],
    &[6, 1, 1, 4],
    &[4, 2, 6],
    &[2, 1, 1, 8],
    &[3, 1, 2, 2, 4],
];

impl Cell {
    /// One of an arc's two motifs. The second is at times the first of the arc before last, come
    /// back after a quarter of an hour.
    pub(crate) fn of(seed: u64, arc: u64, motif: u8) -> Self {
        let recalls = arc >= 2 && motif == 1 && Rng::at(seed, RECALL, arc).chance(0.4);
        if recalls { Self::draw(seed, arc - 2, 0) } else { Self::draw(seed, arc, motif) }
    }

    fn draw(seed: u64, arc: u64, motif: u8) -> Self {
        let mut rng = Rng::at(seed, CELL, arc * 2 + u64::from(motif));
        let rhythm = RHYTHMS[rng.below(RHYTHMS.len() as u32) as usize];
        let mut cell = Self { count: rhythm.len(), ..Self::default() };
        let (mut onset, mut step) = (0, 0i8);
        // The contour: mostly steps one way and then back, with one leap that is filled.
        let leap_at = 1 + rng.below(rhythm.len() as u32 - 1) as usize;
        let mut up = rng.chance(0.6);
        for (i, &eighths) in rhythm.iter().enumerate() {
            if i > 0 {
                let size = if i == leap_at { 2 + rng.below(3) as i8 } else { 1 };
                step += if up { size } else { -size };
                let turns = i == leap_at || rng.chance(0.35);
                up ^= turns;
            }
            let longest = rhythm.iter().copied().max().unwrap_or(0);
            let rank = match i {
                0 => 0,
                _ if eighths == longest && onset > 0 => u8::from(i + 1 < rhythm.len()),
                _ if i + 1 == rhythm.len() => 0,
                _ => 2 - u8::from(eighths >= 2),
            };
            cell.notes[i] = CellNote { onset, eighths, step, rank };
            onset += eighths;
        }
        cell
    }

    /// The notes, in order.
    pub(crate) fn notes(&self) -> &[CellNote] {
        &self.notes[..self.count]
    }

    /// What becomes of the cell.
    pub(crate) fn vary(mut self, variation: Variation) -> Self {
        match variation {
            Variation::Statement => {}
            Variation::Answer => {
                let count = self.count;
                let before = self.notes[count.saturating_sub(2)].step;
                let last = &mut self.notes[count - 1];
                last.step = if last.step > before { before - 1 } else { last.step - 1 };
            }
            Variation::Inversion => {
                for note in &mut self.notes[..self.count] {
                    note.step = -note.step;
                }
            }
            Variation::Augmentation => {
                self.count = self.count.min(3);
                for note in &mut self.notes[..self.count] {
                    note.onset *= 2;
                    note.eighths *= 2;
                    note.rank = note.rank.min(1);
                }
                self.notes[1].rank = 0;
                let fits = |note: &&CellNote| note.onset < 12;
                self.count = self.notes[..self.count].iter().filter(fits).count();
            }
            Variation::Ornament => {
                let longest = (1..self.count).max_by_key(|i| self.notes[*i].eighths);
                if let Some(at) = longest {
                    self.lead_in(at, self.notes[at].step + 1, 2);
                }
            }
            Variation::Fragment => self.count = self.count.min(2),
        }
        self
    }

    /// With its leaps filled by passing notes and its steps by neighbours, for fullness: the notes
    /// that are added have rank 3.
    pub(crate) fn filled(mut self) -> Self {
        for at in (1..self.count).rev() {
            let (from, to) = (self.notes[at - 1].step, self.notes[at].step);
            let step = match to - from {
                2.. => to - 1,
                ..=-2 => to + 1,
                1 => to + 1,
                _ => to - 1,
            };
            self.lead_in(at, step, 3);
        }
        self
    }

    /// Puts an eighth on `step` before the note `at`, taken from the note before it, where that is
    /// long enough.
    fn lead_in(&mut self, at: usize, step: i8, rank: u8) {
        if self.count == NOTES_MAX || self.notes[at - 1].eighths < 2 {
            return;
        }
        self.notes.copy_within(at..self.count, at + 1);
        self.count += 1;
        self.notes[at - 1].eighths -= 1;
        let onset = self.notes[at + 1].onset - 1;
        self.notes[at] = CellNote { onset, eighths: 1, step, rank };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIATIONS: [Variation; 6] = [
        Variation::Statement,
        Variation::Answer,
        Variation::Inversion,
        Variation::Augmentation,
        Variation::Ornament,
        Variation::Fragment,
    ];

    #[test]
    fn every_variation_fits_two_bars_in_order() {
        for arc in 0..500 {
            let cell = Cell::of(1, arc, (arc % 2) as u8);
            for variation in VARIATIONS {
                let varied = cell.vary(variation).filled();
                assert!(varied.notes().len() >= 2 || variation == Variation::Augmentation);
                assert_eq!(varied.notes()[0].rank, 0);
                for pair in varied.notes().windows(2) {
                    assert!(pair[0].onset < pair[1].onset, "{variation:?} {varied:?}");
                }
                assert!(varied.notes().iter().all(|note| note.onset < 12), "{varied:?}");
            }
        }
    }

    #[test]
    fn an_inversion_of_an_inversion_is_the_motif() {
        let cell = Cell::of(7, 3, 0);
        assert_eq!(cell.vary(Variation::Inversion).vary(Variation::Inversion), cell);
    }
}
