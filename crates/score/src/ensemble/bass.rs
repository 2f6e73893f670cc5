//! The bass: roots, fifths, pedals, and slow approach notes.

use crate::humanise;
use crate::key::PitchClass;
use crate::numeral::Numeral;
use crate::part::Part;
use crate::phrase::{Chord, Note, SectionName};
use crate::rng::Rng;
use crate::scene::{Scene, note_id};
use crate::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};

const PEDAL: u64 = 0x6261_7373_0001;
const FIGURE: u64 = 0x6261_7373_0002;

/// E1 to G2: below the pad.
pub(crate) const RANGE: (u8, u8) = (28, 43);

/// Where the bass lies when nothing pulls it.
pub(crate) const CENTRE: u8 = 35;

/// Up to this flow, the bass may come in after its chord.
const LATE_UP_TO: f32 = 0.3;
/// Below this flow, the bass is silent in the first phrase of a still section.
const RESTS_BELOW: f32 = 0.7;
/// From this flow on, the second bar of a chord may have a note of its own.
const SECOND_NOTE_FROM: f32 = 0.35;
/// From this flow on, the bass may step towards the next root.
const APPROACH_FROM: f32 = 0.55;

/// The bass's notes, and the pitch it ends on.
pub(crate) fn play(scene: &Scene, before: u8) -> (Vec<Note>, u8) {
    let rests = scene.place.name == SectionName::Still && scene.place.opens_section();
    if rests && scene.flow() < RESTS_BELOW {
        return (Vec::new(), before);
    }
    let pedal = pedal(scene);
    let mut notes = Vec::with_capacity(12);
    let mut last = before;
    let mut rest = scene.chords;
    while let Some(chord) = rest.first() {
        // A suspension and its resolution stand on one note.
        let same = |next: &Chord| next.root == chord.root && next.key == chord.key;
        let count = rest.iter().take_while(|next| same(next)).count().max(1);
        let (span, after) = rest.split_at(count);
        let bears = span.iter().all(|chord| pedal.is_some_and(|tone| carries(chord, tone)));
        let tone = pedal.filter(|_| bears).unwrap_or(chord.root);
        let next = after.first().map(|chord| chord.root);
        last = play_span(scene, span, tone, next, last, &mut notes);
        rest = after;
    }
    (notes, last)
}

/// The tonic, where the whole phrase rests on it.
fn pedal(scene: &Scene) -> Option<PitchClass> {
    let mut rng = Rng::at(scene.seed, PEDAL, scene.index);
    let probability = if scene.place.name == SectionName::Still { 0.5 } else { 0.15 };
    rng.chance(probability).then(|| scene.chords[0].key.tonic)
}

/// Whether a chord can stand on a tone without a semitone against any of its own.
fn carries(chord: &Chord, tone: PitchClass) -> bool {
    chord.tones.iter().all(|own| !matches!(tone.interval_to(*own), 1 | 11))
        && Numeral::diatonic(chord.key.mode, 0).root(chord.key) == tone
}

/// Plays under chords that share their root; there is at least one.
fn play_span(
    scene: &Scene,
    span: &[Chord],
    tone: PitchClass,
    next: Option<PitchClass>,
    before: u8,
    notes: &mut Vec<Note>,
) -> u8 {
    let flow = scene.flow();
    let chord = &span[0];
    let ticks: Tick = span.iter().map(|chord| chord.ticks).sum();
    let long = ticks >= 2 * TICKS_PER_BAR;
    let mut rng = Rng::at(scene.seed, FIGURE, chord.start);
    let (divides, by_fifth, steps) = (rng.chance(0.55), rng.chance(0.6), rng.chance(0.5));
    let root = nearest(tone, before);
    let end = chord.start + ticks;
    let late = [0, 1, 2, 4][rng.weighted(&[0.4, 0.2, 0.2, 0.2])] * TICKS_PER_BEAT;
    let late = if flow < LATE_UP_TO && long { late } else { 0 };
    let mut onsets = [(chord.start + late, root), (end, 0), (end, 0)];
    let mut count = 1;
    if divides && flow >= SECOND_NOTE_FROM && long {
        let fifth = tone.up(7);
        let other = by_fifth && chord.tones.contains(&fifth);
        let pitch = if other { nearest(fifth, root) } else { root };
        onsets[count] = (chord.start + ticks / 2, pitch);
        count += 1;
    }
    if let Some(next) = next
        && steps
        && flow >= APPROACH_FROM
        && long
        && let Some(pitch) = approach(chord, next, onsets[count - 1].1)
    {
        onsets[count] = (end - TICKS_PER_BEAT, pitch);
        count += 1;
    }
    for i in 0..count {
        let (start, pitch) = onsets[i];
        let end = if i + 1 < count { onsets[i + 1].0 } else { end };
        notes.push(note(scene, pitch, start, end, i > 0));
    }
    onsets[count - 1].1
}

/// The pitch of this class in range that is nearest to `before`, leaning to the centre.
fn nearest(tone: PitchClass, before: u8) -> u8 {
    let (low, high) = RANGE;
    let cost = |pitch: &u8| pitch.abs_diff(before) * 2 + pitch.abs_diff(CENTRE);
    (low..=high).filter(|p| p % 12 == tone.semitones()).min_by_key(cost).unwrap_or(CENTRE)
}

/// A scale tone one step from the next root, on the side that the bass comes from.
fn approach(chord: &Chord, next: PitchClass, from: u8) -> Option<u8> {
    let to = nearest(next, from);
    if from.abs_diff(to) < 3 {
        return None;
    }
    let towards: [i16; 2] = if from > to { [1, 2] } else { [-1, -2] };
    towards
        .into_iter()
        .filter_map(|step| u8::try_from(i16::from(to) + step).ok())
        .filter(|pitch| (RANGE.0..=RANGE.1).contains(pitch))
        .find(|pitch| chord.key.contains(PitchClass::new(*pitch)))
}

fn note(scene: &Scene, pitch: u8, grid: Tick, end: Tick, passing: bool) -> Note {
    let id = note_id(grid, Part::Bass, 0);
    let earliest = scene.chord_at(grid).start;
    let start = humanise::moment(scene.seed, id, grid, earliest, 8.0, scene.controls.bpm);
    let softer = if passing { 8.0 } else { 0.0 };
    let velocity = 60.0 + 22.0 * scene.flow() + 6.0 * scene.place.tension - softer;
    let velocity = humanise::stroke(scene.seed, id, velocity, 5.0);
    Note { id, part: Part::Bass, pitch, start, ticks: end.saturating_sub(start).max(1), velocity }
}
