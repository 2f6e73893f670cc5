//! The composer: phrase after phrase, from a seed and the controls.

mod json;

use crate::control::Controls;
use crate::ensemble::{bass, pad, percussion, texture};
use crate::excursion;
use crate::form::{Form, Place};
use crate::harmony::progression::{self, OpenBars, Trail};
use crate::harmony::table::ChordTables;
use crate::harmony::voicing::{CENTRES, Voicing};
use crate::melody::line;
use crate::melody::memory::Memory;
use crate::part::Part;
use crate::phrase::{Chord, Note, Phrase, Section, drum};
use crate::scene::{Scene, grid_of};
use crate::splice;
use crate::time::{TICKS_PER_BAR, Tick, next_bar};

/// Composes one station's phrases in order. A clone is a snapshot: composing from it again with the
/// same controls gives the same phrases. It is small, and cheap to clone.
#[derive(Clone, Debug)]
pub struct Composer {
    seed: u64,
    tables: ChordTables,
    index: u64,
    start: Tick,
    form: Form,
    trail: Trail,
    voicing: Voicing,
    bass: u8,
    memory: Memory,
    last_kick: Tick,
}

impl Composer {
    /// The composer of the station with this seed, before its first phrase.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_chords(seed, ChordTables::built_in())
    }

    /// The same, with other chord tables.
    #[must_use]
    pub fn with_chords(seed: u64, tables: ChordTables) -> Self {
        Self {
            seed,
            tables,
            index: 0,
            start: 0,
            form: Form::default(),
            trail: Trail::default(),
            voicing: CENTRES,
            bass: bass::CENTRE,
            memory: Memory::default(),
            last_kick: 0,
        }
    }

    /// The station's seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Composes the next phrase. It is total: any controls give a phrase, in bounded time.
    pub fn compose(&mut self, controls: &Controls) -> Phrase {
        let place = self.form.place(self.seed);
        let bars = place.bars;
        let end = self.start + Tick::from(bars) * TICKS_PER_BAR;
        let chords = self.walk(&[], self.start, end, &place, controls);
        let section = Section { name: place.name, index: place.section, tension: place.tension };
        let notes = self.play(&place, &chords, &[], self.start, end, controls);
        Phrase {
            index: self.index - 1,
            start: end - Tick::from(bars) * TICKS_PER_BAR,
            bars,
            section,
            chords,
            notes,
        }
    }

    /// Composes a phrase again because the controls change at `from`, a tick inside it. `self` must
    /// be the snapshot from before `phrase` was composed; afterwards it stands behind the result.
    ///
    /// Density follows the new controls from `from` on, key and mode from the first bar at or after
    /// it. What began before `from` stays exactly as it was, but for lengths: a note that would
    /// clash with the new harmony ends early. Index, start and bars stay.
    pub fn revise(&mut self, phrase: &Phrase, from: Tick, controls: &Controls) -> Phrase {
        let place = self.form.place(self.seed);
        let (start, end) = (phrase.start, phrase.end());
        let from = from.clamp(start, end);
        let chords = self.revise_chords(phrase, from, &place, controls);
        let already = phrase.notes_between(start, from);
        let notes = self.play(&place, &chords, already, from, end, controls);
        Phrase { chords, notes, ..phrase.clone() }
    }

    /// The phrase's chords, where they stay; from the next bar on, others that enter the new key.
    fn revise_chords(
        &self,
        phrase: &Phrase,
        from: Tick,
        place: &Place,
        controls: &Controls,
    ) -> Vec<Chord> {
        let bar = next_bar(from);
        let key = excursion::key(self.seed, place, controls);
        let stays = |chord: &Chord| chord.start + chord.ticks <= bar || chord.key == key;
        if bar >= phrase.end() || phrase.chords.iter().all(stays) {
            return phrase.chords.clone();
        }
        let mut chords: Vec<Chord> =
            phrase.chords.iter().filter(|chord| chord.start < bar).cloned().collect();
        if let Some(last) = chords.last_mut() {
            last.ticks = bar - last.start;
        }
        let new = self.walk(&chords, bar, phrase.end(), place, controls);
        chords.extend(new);
        chords
    }

    fn walk(
        &self,
        before: &[Chord],
        begin: Tick,
        end: Tick,
        place: &Place,
        controls: &Controls,
    ) -> Vec<Chord> {
        let stretch = OpenBars { phrase: self.start, begin, end };
        let trail = self.trail.follow(before);
        let intensity = controls.intensity.get();
        let key = excursion::key(self.seed, place, controls);
        progression::walk(self.seed, &self.tables, trail, stretch, place, key, intensity)
    }

    /// All parts' notes, those of `already` first, and moves on to the phrase's end.
    fn play(
        &mut self,
        place: &Place,
        chords: &[Chord],
        already: &[Note],
        from: Tick,
        end: Tick,
        controls: &Controls,
    ) -> Vec<Note> {
        let scene = Scene {
            seed: self.seed,
            index: self.index,
            start: self.start,
            end,
            from,
            place: *place,
            controls,
            chords,
        };
        let kick_before = already.iter().rev().find(|note| is_main_kick(note));
        let last_kick = kick_before.map_or(self.last_kick, |note| grid_of(note.id));
        let (pad, voicing) = pad::play(&scene, self.voicing);
        let (bass, last_bass) = bass::play(&scene, self.bass);
        let melody = line::play(&scene, already, &mut self.memory);
        let percussion = percussion::play(&scene, last_kick);
        let planned = [pad, bass, melody, percussion, texture::play(&scene)].concat();
        let notes = splice::splice(&scene, already, planned);

        let last_kick = notes.iter().rev().find(|note| is_main_kick(note));
        self.last_kick = last_kick.map_or(self.last_kick, |note| grid_of(note.id));
        self.voicing = voicing;
        self.bass = last_bass;
        self.trail = self.trail.follow(chords);
        self.form.advance(self.seed);
        self.index += 1;
        self.start = end;
        notes
    }
}

/// A kick on a bar's first beat: the gaps between these are what intensity asks for.
fn is_main_kick(note: &Note) -> bool {
    note.part == Part::Percussion
        && note.pitch == drum::KICK
        && grid_of(note.id).is_multiple_of(TICKS_PER_BAR)
}
