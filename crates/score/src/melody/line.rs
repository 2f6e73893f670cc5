//! The line: pitches for the script's events, one after another.
//!
//! Each note takes the cheapest pitch that the rules allow. Rules that always hold: the range; no
//! leap over an octave; a leap wider than a fourth is followed by a third or less the other way;
//! no pitch three times in a row; a chromatic tone is followed by a tone of the scale or chord one
//! step away. Costs that bend: distance from what the motif asks for, what each class of tone is
//! owed, strong beats without a chord tone, tones a semitone above a chord tone.

use super::arch::{Aim, Arch, RANGE};
use super::memory::Memory;
use super::ratio::{Class, classify};
use super::script::{self, MelodyEvent};
use crate::humanise;
use crate::key::PitchClass;
use crate::part::Part;
use crate::phrase::Note;
use crate::rng::Rng;
use crate::scene::{Scene, grid_of, note_id};
use crate::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};

const APPROACH: u64 = 0x6c69_6e65_0001;
const RING: u64 = 0x6c69_6e65_0002;

/// Where the pad's highest lane mostly lies.
const COVERED_BELOW: u8 = 65;

const TICKS_PER_EIGHTH: Tick = TICKS_PER_BEAT / 2;

/// The melody from `scene.from` on. `already` are the notes of the phrase that have begun before;
/// `memory` is that of before the phrase, and afterwards that of its end.
pub(crate) fn play(scene: &Scene, already: &[Note], memory: &mut Memory) -> Vec<Note> {
    for note in already.iter().filter(|note| note.part == Part::Melody) {
        memory.hear(note.pitch, classify(note.pitch, scene.chord_at(note.start)));
    }
    let mut events = script::write(scene);
    let mut arch = Arch::new(&events, already);
    let begun = already.iter().rev().find(|note| note.part == Part::Melody);
    let mut free_from = begun.map_or(scene.start, |note| grid_of(note.id) + TICKS_PER_EIGHTH);
    events.retain(|event| moment(scene, event.onset) >= scene.from && event.onset >= free_from);
    if memory.unresolved
        && let Some(note) = begun
    {
        resolve_soon(scene, grid_of(note.id), &mut events);
    }
    let mut line: Vec<MelodyEvent> = Vec::with_capacity(events.len() + 2);
    for event in &events {
        // Where the line has left the script, the motif's interval counts as much as its place.
        let after = memory.sung.zip(event.moved).map(|(sung, moved)| i16::from(sung) + moved);
        let aim = Aim { place: event.target, after };
        let mut pitch = choose(scene, event, aim, &arch, memory);
        if let Some(approach) = approach(scene, event, pitch, free_from, &arch, memory) {
            memory.hear(approach.target, Class::Chromatic);
            arch.hear(approach.target, false);
            line.push(approach);
            pitch = choose(scene, event, aim, &arch, memory);
        }
        arch.hear(pitch, event.peak);
        memory.hear(pitch, classify(pitch, scene.chord_at(event.onset)));
        line.push(MelodyEvent { target: pitch, ..*event });
        free_from = event.onset + TICKS_PER_EIGHTH;
    }
    let nexts = line.iter().skip(1).map(Some).chain([None]);
    line.iter().zip(nexts).map(|(event, next)| note(scene, event, next)).collect()
}

/// Makes sure that a chromatic tone on `grid` that has begun finds its resolution within a bar.
fn resolve_soon(scene: &Scene, grid: Tick, events: &mut Vec<MelodyEvent>) {
    let soon = events.first().is_some_and(|event| event.onset <= grid + TICKS_PER_BAR);
    let onset = scene.from.max(grid + TICKS_PER_BEAT).next_multiple_of(TICKS_PER_EIGHTH);
    if !soon && onset < scene.end {
        let target = (RANGE.0 + RANGE.1) / 2;
        let unit = ((onset - scene.start) / (2 * TICKS_PER_BAR)) as usize;
        let ticks = 2 * TICKS_PER_BEAT;
        events.insert(0, MelodyEvent { onset, ticks, target, moved: None, peak: false, unit });
    }
}

/// The cheapest pitch for an event.
fn choose(scene: &Scene, event: &MelodyEvent, aim: Aim, arch: &Arch, memory: &Memory) -> u8 {
    let chord = scene.chord_at(event.onset);
    let strong = event.onset.is_multiple_of(2 * TICKS_PER_BEAT);
    let long = event.ticks >= 2 * TICKS_PER_BEAT;
    let cost = |pitch: u8| -> Option<f32> {
        let class = classify(pitch, chord);
        if class == Class::Chromatic || !memory.allows(pitch) {
            return None;
        }
        let mut cost = aim.cost(pitch);
        cost -= 2.2 * memory.owed.to(class);
        if class == Class::Scale {
            let below = PitchClass::new(pitch).up(11);
            let harsh = chord.tones.contains(&below);
            cost += if strong { 1.2 } else { 0.0 };
            cost += if long { 0.8 } else { 0.0 };
            cost += if harsh { 1.5 } else { 0.0 };
            cost += if harsh && long { 2.0 } else { 0.0 };
        }
        cost += arch.cost(pitch, event.peak);
        // Lower down, the pad would cover it.
        cost += 0.5 * f32::from(COVERED_BELOW.saturating_sub(pitch));
        if let Some(last) = memory.last {
            cost += match pitch.abs_diff(last) {
                0 => 1.2,
                6 | 10 | 11 => 2.0,
                interval @ 8.. => 0.4 * f32::from(interval - 7),
                _ => 0.0,
            };
        }
        Some(cost)
    };
    let best = (RANGE.0..=RANGE.1).filter_map(|pitch| Some((cost(pitch)?, pitch)));
    let best = best.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, pitch)| pitch);
    best.unwrap_or_else(|| nearest_in_key(scene, event.onset, memory.last.unwrap_or(event.target)))
}

/// Where rules contradict each other: the nearest other tone of the key.
fn nearest_in_key(scene: &Scene, onset: Tick, last: u8) -> u8 {
    let chord = scene.chord_at(onset);
    let fits = |pitch: &u8| *pitch != last && classify(*pitch, chord) != Class::Chromatic;
    (RANGE.0..=RANGE.1).filter(fits).min_by_key(|pitch| pitch.abs_diff(last)).unwrap_or(last)
}

/// A chromatic neighbour before an event that will have `pitch`, where one is owed and there is
/// room between `free_from` and the event.
fn approach(
    scene: &Scene,
    event: &MelodyEvent,
    pitch: u8,
    free_from: Tick,
    arch: &Arch,
    memory: &Memory,
) -> Option<MelodyEvent> {
    let mut rng = Rng::at(scene.seed, APPROACH, event.onset);
    let (patience, below_first, quarter) = (rng.unit(), rng.chance(0.65), rng.chance(0.4));
    if memory.owed.to(Class::Chromatic) < 0.5 + 0.7 * patience || memory.unresolved {
        return None;
    }
    let room = |lead: &Tick| {
        let onset = event.onset.saturating_sub(*lead);
        onset >= free_from && moment(scene, onset) >= scene.from
    };
    let lead = [TICKS_PER_BEAT, TICKS_PER_EIGHTH]
        .into_iter()
        .find(|lead| (quarter || *lead < TICKS_PER_BEAT) && room(lead))?;
    let onset = event.onset - lead;
    let chord = scene.chord_at(onset);
    let sides = if below_first { [pitch - 1, pitch + 1] } else { [pitch + 1, pitch - 1] };
    let fits = |approach: &u8| {
        let mut after = *memory;
        let allowed = memory.allows(*approach);
        after.hear(*approach, Class::Chromatic);
        (RANGE.0..=RANGE.1.min(arch.top())).contains(approach)
            && classify(*approach, chord) == Class::Chromatic
            && allowed
            && after.allows(pitch)
    };
    let target = sides.into_iter().find(fits)?;
    Some(MelodyEvent { onset, ticks: lead, target, moved: None, peak: false, unit: event.unit })
}

/// When a note that is written on `onset` begins.
fn moment(scene: &Scene, onset: Tick) -> Tick {
    let id = note_id(onset, Part::Melody, 0);
    let earliest = scene.chord_at(onset).start;
    humanise::moment(scene.seed, id, onset, earliest, 12.0, scene.controls.bpm)
}

/// An event as a note. It sings on to the next one when that is near, else up to two beats longer
/// than asked, but not into a chord that it clashes with; and before the next unit, or the phrase's
/// end, it leaves a beat to breathe.
fn note(scene: &Scene, event: &MelodyEvent, next: Option<&MelodyEvent>) -> Note {
    let id = note_id(event.onset, Part::Melody, 0);
    let start = moment(scene, event.onset);
    let asked = event.onset + event.ticks;
    let ring = Tick::from(Rng::at(scene.seed, RING, event.onset).below(5)) * TICKS_PER_EIGHTH;
    let end = match next {
        Some(next) if next.unit == event.unit && next.onset <= asked + TICKS_PER_BEAT => next.onset,
        Some(next) if next.unit == event.unit => next.onset.min(asked + ring),
        _ => {
            let latest = next.map_or(scene.end, |next| next.onset).saturating_sub(TICKS_PER_BEAT);
            (asked + ring).min(latest).max(event.onset + TICKS_PER_EIGHTH)
        }
    };
    let end =
        scene.chords.iter().filter(|chord| chord.start > event.onset).fold(end, |end, chord| {
            let clashes = chord.start < end && clashes(event.target, chord);
            if clashes { chord.start } else { end }
        });
    let accent = if event.onset.is_multiple_of(TICKS_PER_BAR) { 3.0 } else { 0.0 };
    let rise = f32::from(event.target) - 69.0;
    let velocity = 58.0 + 22.0 * scene.flow() + 8.0 * scene.place.tension + accent + 0.5 * rise;
    let velocity = if event.ticks <= TICKS_PER_EIGHTH { velocity - 7.0 } else { velocity };
    let velocity = humanise::stroke(scene.seed, id, velocity, 6.0);
    let ticks = end.saturating_sub(start).max(1);
    Note { id, part: Part::Melody, pitch: event.target, start, ticks, velocity }
}

/// Whether a held melody tone grates on a chord: foreign to its key, or a semitone above or below
/// one of its tones without being one.
pub(crate) fn clashes(pitch: u8, chord: &crate::phrase::Chord) -> bool {
    let tone = PitchClass::new(pitch);
    let near = |own: &PitchClass| matches!(own.interval_to(tone), 1 | 11);
    match classify(pitch, chord) {
        Class::Chord => false,
        Class::Scale => chord.tones.iter().any(near),
        Class::Chromatic => true,
    }
}
