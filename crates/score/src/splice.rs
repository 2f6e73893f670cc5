//! Joining notes that have begun with notes that are planned.

use crate::melody::line;
use crate::part::Part;
use crate::phrase::{Chord, Note};
use crate::scene::{Scene, grid_of, lane_of, note_id};
use crate::time::{TICKS_PER_BEAT, Tick};

/// The notes of a phrase: `already`, which began before `scene.from`, and of `planned` those that
/// begin at or after it, sorted.
///
/// * A begun note that the plan has too takes the plan's length.
/// * Another that sounds on ends at the first new chord that it clashes with, or where its lane
///   has its next note.
/// * A sustained lane (pad or bass) in which the plan has a note by now but nothing sounds gets the
///   rest of that note at `scene.from`, so that a layer comes in at once.
pub(crate) fn splice(scene: &Scene, already: &[Note], planned: Vec<Note>) -> Vec<Note> {
    let from = scene.from;
    let mut notes = already.to_vec();
    let begun = |id: u64| already.iter().any(|note| note.id == id);
    let mut joining: Vec<Note> =
        planned.iter().filter(|note| note.start >= from && !begun(note.id)).copied().collect();
    for note in &mut notes {
        let lasts = note.end() > from;
        match planned.iter().find(|plan| plan.id == note.id && plan.pitch == note.pitch) {
            // Nothing revives a note that has ended.
            Some(plan) if lasts => note.ticks = plan.end().max(from) - note.start,
            _ if lasts => shorten(scene, note, &joining),
            _ => {}
        }
    }
    for plan in planned.iter().filter(|plan| plan.start < from && !begun(plan.id)) {
        let sustained = matches!(plan.part, Part::Pad | Part::Bass);
        let lane = |note: &&Note| note.part == plan.part && lane_of(note.id) == lane_of(plan.id);
        let silent = !notes.iter().filter(lane).any(|note| note.end() > from);
        if sustained && silent && plan.end() > from + TICKS_PER_BEAT {
            let id = note_id(from, plan.part, lane_of(plan.id));
            joining.push(Note { id, start: from, ticks: plan.end() - from, ..*plan });
        }
    }
    notes.append(&mut joining);
    notes.sort_unstable_by_key(|note| (note.start, note.id));
    notes
}

fn shorten(scene: &Scene, note: &mut Note, joining: &[Note]) {
    if note.part == Part::Percussion {
        return;
    }
    let clash = scene.chords.iter().find(|chord| {
        chord.start > note.start && chord.start >= scene.from && clashes(note, chord)
    });
    let lane = |other: &&Note| other.part == note.part && lane_of(other.id) == lane_of(note.id);
    let next = joining.iter().filter(lane).map(|other| grid_of(other.id)).min();
    let end: Tick =
        [clash.map(|chord| chord.start), next].into_iter().flatten().fold(note.end(), Tick::min);
    // What has been heard of it stays.
    note.ticks = end.max(scene.from) - note.start;
}

/// Sustained parts must be in the chord; the melody may be beside it.
fn clashes(note: &Note, chord: &Chord) -> bool {
    match note.part {
        Part::Pad | Part::Bass => {
            !chord.tones.iter().any(|tone| tone.semitones() == note.pitch % 12)
        }
        _ => line::clashes(note.pitch, chord),
    }
}
