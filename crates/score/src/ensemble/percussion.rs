//! Percussion: kicks every few bars, a slow pulse with brushes when much is asked for.

use crate::humanise;
use crate::part::Part;
use crate::phrase::{Note, drum};
use crate::rng::Rng;
use crate::scene::{Scene, note_id};
use crate::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};

const GAP: u64 = 0x7065_7263_0001;
const BAR: u64 = 0x7065_7263_0002;

/// Bars from kick to kick: up to this intensity, at least, at most.
const GAPS: [(f32, u32, u32); 7] = [
    (0.05, 16, 28),
    (0.15, 8, 14),
    (0.35, 4, 8),
    (0.65, 2, 4),
    (0.8, 1, 2),
    (0.9, 1, 1),
    (1.0, 1, 1),
];

const SECOND_KICK_FROM: f32 = 0.8;
const BRUSHES_FROM: f32 = 0.65;

/// The hits from `scene.from` on, given the bar (its first tick) of the last kick before.
pub(crate) fn play(scene: &Scene, last_kick: Tick) -> Vec<Note> {
    let intensity = scene.controls.intensity.get();
    let (_, least, most) =
        GAPS.into_iter().find(|(up_to, ..)| intensity <= *up_to).unwrap_or(GAPS[GAPS.len() - 1]);
    let mut last = last_kick;
    let mut notes = Vec::with_capacity(16);
    let mut bar = scene.start;
    while bar < scene.end {
        let gap = least + Rng::at(scene.seed, GAP, last).below(most - least + 1);
        if bar >= last + Tick::from(gap) * TICKS_PER_BAR {
            let kick = hit(scene, drum::KICK, bar, 0.0);
            if kick.start >= scene.from {
                notes.push(kick);
                last = bar;
            }
        }
        play_pulse(scene, bar, intensity, &mut notes);
        bar += TICKS_PER_BAR;
    }
    notes.retain(|note| note.start >= scene.from);
    notes
}

/// What joins the kicks near full intensity.
fn play_pulse(scene: &Scene, bar: Tick, intensity: f32, notes: &mut Vec<Note>) {
    let mut rng = Rng::at(scene.seed, BAR, bar);
    if rng.unit() < (intensity - SECOND_KICK_FROM) * 3.0 {
        notes.push(hit(scene, drum::KICK, bar + 2 * TICKS_PER_BEAT, 12.0));
    }
    for (offset, softer, chance) in [(1, 6.0, 2.6), (3, 4.0, 2.6), (7, 14.0, 0.8)] {
        let (beat, half) = if offset == 7 { (3, TICKS_PER_BEAT / 2) } else { (offset, 0) };
        if rng.unit() < (intensity - BRUSHES_FROM) * chance {
            let at = bar + beat * TICKS_PER_BEAT + half;
            notes.push(hit(scene, drum::BRUSH, at, 24.0 + softer));
        }
    }
}

fn hit(scene: &Scene, pitch: u8, grid: Tick, softer: f32) -> Note {
    let id = note_id(grid, Part::Percussion, usize::from(pitch == drum::BRUSH));
    let earliest = if grid.is_multiple_of(TICKS_PER_BAR) { grid } else { scene.start };
    let start = humanise::moment(scene.seed, id, grid, earliest, 5.0, scene.controls.bpm);
    let velocity = 62.0 + 26.0 * scene.controls.intensity.get() - softer;
    let velocity = humanise::stroke(scene.seed, id, velocity, 6.0);
    let ticks = TICKS_PER_BEAT / 2;
    Note { id, part: Part::Percussion, pitch, start, ticks, velocity }
}
