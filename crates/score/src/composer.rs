//! The composer: phrase after phrase, from a seed and the controls.

use crate::control::Controls;
use crate::part::Part;
use crate::phrase::{Chord, Note, Phrase, Section};
use crate::time::{TICKS_PER_BAR, Tick};

/// Composes one station's phrases in order. A clone is a snapshot: composing from it again with the
/// same controls gives the same phrases.
#[derive(Clone, Debug)]
pub struct Composer {
    seed: u64,
    index: u64,
    start: Tick,
}

impl Composer {
    /// The composer of the station with this seed, before its first phrase.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, index: 0, start: 0 }
    }

    /// Composes the next phrase. It is total: any controls give a phrase, in bounded time.
    pub fn compose(&mut self, controls: &Controls) -> Phrase {
        let mut notes = Vec::new();
        let mut chords = Vec::new();
        for (i, degree) in [0usize, 4, 5, 2].into_iter().enumerate() {
            let start = self.start + i as u64 * 2 * TICKS_PER_BAR;
            let tones: Vec<_> = [0, 2, 4].map(|t| controls.key.degree(degree + t)).to_vec();
            for (n, tone) in tones.iter().enumerate() {
                let id = self.start * 16 + (i * 8 + n) as u64;
                let pitch = 48 + tone.semitones();
                let ticks = 2 * TICKS_PER_BAR;
                notes.push(Note { id, part: Part::Pad, pitch, start, ticks, velocity: 70 });
            }
            let root = tones[0];
            let ticks = 2 * TICKS_PER_BAR;
            let numeral = ["i", "v", "VI", "III"][i].to_owned();
            chords.push(Chord { start, ticks, key: controls.key, numeral, root, tones });
        }
        let section = Section { name: "drift", index: self.seed, tension: 0.5 };
        let phrase =
            Phrase { index: self.index, start: self.start, bars: 8, section, chords, notes };
        self.index += 1;
        self.start = phrase.end();
        phrase
    }

    /// Composes a phrase again because the controls change at `from`, a tick inside it. `self` must
    /// be the snapshot from before `phrase` was composed; afterwards it stands behind the result.
    ///
    /// What began before `from` stays exactly as it was, but for lengths: a note that would clash
    /// with the new harmony ends early. Index, start and bars stay.
    pub fn revise(&mut self, phrase: &Phrase, from: Tick, controls: &Controls) -> Phrase {
        let mut new = self.compose(controls);
        new.notes.retain(|note| note.start >= from);
        new.notes.splice(0..0, phrase.notes_between(0, from).iter().copied());
        new
    }
}
