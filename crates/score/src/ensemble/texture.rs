//! Texture: granular swells. One leads into every new section; others come by chance.

use crate::humanise;
use crate::part::Part;
use crate::phrase::Note;
use crate::rng::Rng;
use crate::scene::{Scene, note_id};
use crate::time::{TICKS_PER_BAR, Tick};

const SWELL: u64 = 0x7465_7874_0001;

/// C4 to B4: swells are centred in the octave between pad and melody.
const LOWEST: u8 = 60;

/// The swells of the phrase.
pub(crate) fn play(scene: &Scene) -> Vec<Note> {
    let mut notes = Vec::with_capacity(2);
    let mut rng = Rng::at(scene.seed, SWELL, scene.index);
    let (chance, place, long, fifth) = (rng.unit(), rng.unit(), rng.chance(0.6), rng.chance(0.5));
    let flow = scene.flow();
    let bars = (scene.end - scene.start) / TICKS_PER_BAR;
    let length = if long { 2 } else { 1 };
    if scene.place.closes_section() {
        notes.push(swell(scene, scene.end - 2 * TICKS_PER_BAR, 2, fifth, 8.0));
    }
    if chance < 0.10 + 0.35 * flow && bars > 4 {
        // Anywhere but in the bars that lead out of the section.
        let at = (place * (bars - 4) as f32) as Tick;
        notes.push(swell(scene, scene.start + at * TICKS_PER_BAR, length, !fifth, 0.0));
    }
    notes
}

fn swell(scene: &Scene, grid: Tick, bars: Tick, fifth: bool, louder: f32) -> Note {
    let id = note_id(grid, Part::Texture, 0);
    let chord = scene.chord_at(grid + bars * TICKS_PER_BAR - 1);
    let tone = chord.tones.get(if fifth { 2 } else { 0 }).copied().unwrap_or(chord.root);
    let pitch = LOWEST + tone.semitones();
    let velocity = 46.0 + 30.0 * scene.flow() + 10.0 * scene.place.tension + louder;
    let velocity = humanise::stroke(scene.seed, id, velocity, 6.0);
    Note { id, part: Part::Texture, pitch, start: grid, ticks: bars * TICKS_PER_BAR, velocity }
}
