//! The pad: four slow lanes that keep common tones, enter one after another, and sometimes hang
//! over as suspensions; and a fifth of high air, where the arc blooms.

use crate::harmony::voicing::{self, LANES, Voicing};
use crate::humanise;
use crate::part::Part;
use crate::phrase::{Chord, Note, SectionName};
use crate::rng::Rng;
use crate::scene::{Scene, note_id};
use crate::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};

const ENTRY: u64 = 0x7061_6400_0001;
const ATTACK: u64 = 0x7061_6400_0002;

/// A held lane is struck again after this long.
const HOLD_MAX: Tick = 4 * TICKS_PER_BAR;

/// Below this flow the highest lane is silent, and in still sections it needs more.
const FOURTH_LANE_FROM: f32 = 0.3;
const FOURTH_LANE_STILL_FROM: f32 = 0.6;

/// The lane above the voicing.
const AIR_LANE: usize = LANES;
/// The air is heard from this flow and this tension on.
const AIR_FROM: (f32, f32) = (0.5, 0.7);
/// G4 to G#5.
const AIR_RANGE: (u8, u8) = (67, 80);

/// The pad's notes, and the voicing it ends with.
pub(crate) fn play(scene: &Scene, before: Voicing) -> (Vec<Note>, Voicing) {
    let lift = 4.0 * (scene.place.tension - 0.4) + 3.0 * (scene.controls.intensity.get() - 0.5);
    let mut voicings = Vec::with_capacity(scene.chords.len());
    let mut last = before;
    for chord in scene.chords {
        last = voicing::lead(last, chord, lift);
        voicings.push(last);
    }
    let still = scene.place.name == SectionName::Still;
    let fourth_from = if still { FOURTH_LANE_STILL_FROM } else { FOURTH_LANE_FROM };
    let sounding = if scene.flow() < fourth_from { LANES - 1 } else { LANES };
    let mut notes = Vec::with_capacity(24);
    for lane in 0..sounding {
        play_lane(scene, lane, voicings.iter().map(|voicing| voicing[lane]), &mut notes);
    }
    if scene.flow() >= AIR_FROM.0 && scene.place.tension >= AIR_FROM.1 {
        let airs = scene.chords.iter().zip(&voicings).map(|(chord, voicing)| air(chord, voicing));
        play_lane(scene, AIR_LANE, airs, &mut notes);
    }
    (notes, last)
}

/// The chord tone nearest to C5 that is at least a third above the highest lane. There always is
/// one in range: no chord leaves more than a tritone empty.
fn air(chord: &Chord, voicing: &Voicing) -> u8 {
    let above = AIR_RANGE.0.max(voicing[LANES - 1] + 3);
    let own = |pitch: &u8| chord.tones.iter().any(|tone| tone.semitones() == pitch % 12);
    let tones = (above..=AIR_RANGE.1).filter(own);
    tones.min_by_key(|pitch| pitch.abs_diff(72)).unwrap_or(AIR_RANGE.1)
}

fn play_lane(scene: &Scene, lane: usize, pitches: impl Iterator<Item = u8>, notes: &mut Vec<Note>) {
    let mut held: Option<(Tick, u8)> = None;
    for (chord, pitch) in scene.chords.iter().zip(pitches) {
        let from = held.map(|(_, pitch)| pitch);
        let onset = chord.start + delay(scene, chord, lane, from, pitch);
        if let Some((start, held)) = held {
            if held == pitch && !strikes_again(scene, chord, lane, start) {
                continue;
            }
            let sustained = chord.tones.iter().any(|tone| tone.semitones() == held % 12);
            let hangs = held > pitch && held - pitch <= 2;
            let end = if sustained || hangs { onset } else { chord.start };
            notes.push(note(scene, lane, held, start, end));
        }
        held = Some((onset, pitch));
    }
    if let Some((start, pitch)) = held {
        notes.push(note(scene, lane, pitch, start, scene.end));
    }
}

fn strikes_again(scene: &Scene, chord: &Chord, lane: usize, held_since: Tick) -> bool {
    let mut rng = Rng::at(scene.seed, ATTACK, note_id(chord.start, Part::Pad, lane));
    chord.start + chord.ticks > held_since + HOLD_MAX || rng.chance(0.35)
}

/// The order in which the lanes of a chord enter when it opens like a fan.
const FANS: [[Tick; AIR_LANE + 1]; 6] = [
    [0, 1, 2, 3, 4],
    [3, 2, 1, 0, 0],
    [0, 2, 1, 3, 4],
    [0, 0, 2, 2, 4],
    [0, 0, 0, 3, 2],
    [2, 0, 1, 0, 3],
];

/// How long after its chord a lane enters: late when it resolves a suspension, staggered when the
/// chord opens like a fan, else not at all.
fn delay(scene: &Scene, chord: &Chord, lane: usize, from: Option<u8>, to: u8) -> Tick {
    if chord.ticks < 2 * TICKS_PER_BAR {
        return 0;
    }
    let mut rng = Rng::at(scene.seed, ENTRY, chord.start);
    // A chord of four bars has the time to open slowly.
    let fans = rng.chance(if chord.ticks > 2 * TICKS_PER_BAR { 0.85 } else { 0.45 });
    let fan = FANS[rng.below(FANS.len() as u32) as usize];
    let step = if rng.chance(0.3) { TICKS_PER_BEAT } else { TICKS_PER_BEAT / 2 };
    let suspended = rng.below(LANES as u32 * 2) as usize;
    match from {
        Some(from) if suspended == lane && from > to && from - to <= 2 => 2 * TICKS_PER_BEAT,
        _ if fans => fan[lane.min(AIR_LANE)] * step,
        _ => 0,
    }
}

fn note(scene: &Scene, lane: usize, pitch: u8, grid: Tick, end: Tick) -> Note {
    let id = note_id(grid, Part::Pad, lane);
    let earliest = scene.chord_at(grid).start;
    let start = humanise::moment(scene.seed, id, grid, earliest, 8.0, scene.controls.bpm);
    let balance = [2.0, 0.0, 0.0, -4.0, -12.0][lane.min(AIR_LANE)];
    let velocity = 52.0 + 20.0 * scene.flow() + 8.0 * scene.place.tension + balance;
    let velocity = humanise::stroke(scene.seed, id, velocity, 5.0);
    Note { id, part: Part::Pad, pitch, start, ticks: end.saturating_sub(start).max(1), velocity }
}
