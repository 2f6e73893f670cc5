//! The script of a phrase: its units of two bars, which motif each states and how, and which notes
//! sound at the flow that is asked for.

use super::motif::{Cell, Variation};
use super::ratio::{Class, classify};
use crate::key::Key;
use crate::phrase::SectionName;
use crate::rng::Rng;
use crate::scene::Scene;
use crate::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};

const SCRIPT: u64 = 0x7363_7269_0001;
const SECTION: u64 = 0x7363_7269_0002;

const TICKS_PER_EIGHTH: Tick = TICKS_PER_BEAT / 2;
const TICKS_PER_UNIT: Tick = 2 * TICKS_PER_BAR;

/// A note that is to be, before it has a pitch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MelodyEvent {
    pub(crate) onset: Tick,
    pub(crate) ticks: Tick,
    /// The pitch that the motif asks for.
    pub(crate) target: u8,
    /// Semitones from the event before, where that belongs to the same unit.
    pub(crate) moved: Option<i16>,
    /// Whether this is the phrase's high point.
    pub(crate) peak: bool,
    /// The unit that it belongs to, counted from the phrase's start. Between units there is breath.
    pub(crate) unit: usize,
}

/// What a unit does: the motif (0 is the section's own, 1 the arc's other), its variation, and the
/// flow from which it is heard.
type Unit = (u8, Variation, f32);

use Variation::{Answer, Augmentation, Fragment, Inversion, Ornament, Statement};

/// How phrases may go. The first opens a section; the last closes it by recalling the motif.
const OPENING: [[Unit; 4]; 2] = [
    [(0, Statement, 0.0), (0, Answer, 0.22), (0, Fragment, 0.7), (0, Statement, 0.45)],
    [(0, Fragment, 0.75), (0, Statement, 0.0), (0, Answer, 0.22), (0, Fragment, 0.5)],
];
const MIDDLE: [[Unit; 4]; 5] = [
    [(0, Ornament, 0.0), (0, Inversion, 0.3), (0, Answer, 0.45), (0, Fragment, 0.8)],
    [(0, Statement, 0.3), (0, Fragment, 0.7), (0, Inversion, 0.0), (0, Answer, 0.4)],
    [(1, Statement, 0.0), (1, Answer, 0.25), (1, Fragment, 0.75), (0, Augmentation, 0.45)],
    [(0, Augmentation, 0.0), (1, Fragment, 0.5), (0, Ornament, 0.25), (0, Answer, 0.7)],
    [(1, Inversion, 0.25), (1, Fragment, 0.7), (0, Statement, 0.0), (0, Answer, 0.4)],
];
const CLOSING: [[Unit; 4]; 2] = [
    [(0, Statement, 0.0), (0, Answer, 0.25), (0, Augmentation, 0.45), (0, Fragment, 0.85)],
    [(0, Fragment, 0.6), (0, Statement, 0.0), (0, Fragment, 0.8), (0, Augmentation, 0.25)],
];

/// The flow from which notes of each rank are heard.
const RANKS: [f32; 4] = [0.0, 0.15, 0.38, 0.66];

/// The events of the phrase that are heard, in order.
pub(crate) fn write(scene: &Scene) -> Vec<MelodyEvent> {
    let units = units(scene);
    let mut section = Rng::at(scene.seed, SECTION, scene.place.section);
    // Where in its two bars a section's motif starts: part of what makes it recognisable.
    let pickup = TICKS_PER_EIGHTH * [0, 2, 2, 4][section.below(4) as usize];
    let mut rng = draws(scene, 1);
    let higher = rng.unit() * 5.0 - 2.5;
    let peak_unit = rng.weighted(&[0.6, 1.5, 2.0, 0.4]);
    // The arc's layers: the melody steps back in still sections and forward in bloom.
    let flow = match scene.place.name {
        SectionName::Still => 0.8 * scene.flow(),
        SectionName::Bloom => 1.1 * scene.flow(),
        SectionName::Drift => scene.flow(),
    };
    let mut events: Vec<MelodyEvent> = Vec::with_capacity(24);
    for (i, &(motif, variation, heard_from)) in units.iter().enumerate() {
        let start = scene.start + i as Tick * TICKS_PER_UNIT;
        if start >= scene.end {
            break;
        }
        let own = scene.place.motif ^ motif;
        let cell = Cell::of(scene.seed, scene.place.arc, own).vary(variation);
        let register = 71.0
            + higher
            + 5.0 * (scene.place.tension - 0.4)
            + 4.0 * (scene.controls.intensity.get() - 0.5)
            + if i == peak_unit { 4.0 } else { [0.0, 1.0, 0.0, -2.0][i] };
        let base = fit(scene, &cell, start + pickup, register);
        let cell = cell.filled();
        if flow < heard_from {
            continue;
        }
        for note in cell.notes() {
            if flow < RANKS[usize::from(note.rank).min(RANKS.len() - 1)] {
                continue;
            }
            let onset = start + pickup + Tick::from(note.onset) * TICKS_PER_EIGHTH;
            if onset >= scene.end {
                break;
            }
            let key = scene.chord_at(onset).key;
            let target = pitch_at(key, base + i32::from(note.step));
            let before = events.last().filter(|before| before.unit == i);
            events.push(MelodyEvent {
                onset,
                ticks: Tick::from(note.eighths) * TICKS_PER_EIGHTH,
                target,
                moved: before.map(|before| i16::from(target) - i16::from(before.target)),
                peak: false,
                unit: i,
            });
        }
    }
    let highest = events.iter().map(|event| event.target).max();
    if let Some(event) = events.iter_mut().find(|event| Some(event.target) == highest) {
        event.peak = true;
    }
    events
}

/// The phrase's own draws, in two rows: 0 chooses its units, 1 where it lies and peaks.
fn draws(scene: &Scene, row: u64) -> Rng {
    Rng::at(scene.seed, SCRIPT, scene.index * 2 + row)
}

fn units(scene: &Scene) -> [Unit; 4] {
    let mut rng = draws(scene, 0);
    let place = &scene.place;
    if place.opens_section() {
        OPENING[rng.below(OPENING.len() as u32) as usize]
    } else if place.closes_section() {
        CLOSING[rng.below(CLOSING.len() as u32) as usize]
    } else {
        MIDDLE[rng.below(MIDDLE.len() as u32) as usize]
    }
}

/// The scale index for a cell's first note, near `register`, on which the cell's frame falls on
/// chord tones best.
fn fit(scene: &Scene, cell: &Cell, start: Tick, register: f32) -> i32 {
    let centre = index_near(scene.chord_at(start.min(scene.end - 1)).key, register);
    // The middle of the cell, rather than its first note, lies in the register.
    let steps = cell.notes().iter().map(|note| i32::from(note.step));
    let middle = steps.clone().min().unwrap_or(0) + steps.max().unwrap_or(0);
    let centre = centre - middle / 2;
    let cost = |base: &i32| {
        let off = (base - centre).abs() as f32 * 0.5;
        let clashes = cell.notes().iter().map(|note| {
            let onset = start + Tick::from(note.onset) * TICKS_PER_EIGHTH;
            let chord = scene.chord_at(onset.min(scene.end - 1));
            let pitch = pitch_at(chord.key, base + i32::from(note.step));
            let weight = [1.6, 0.8, 0.3][usize::from(note.rank).min(2)];
            if classify(pitch, chord) == Class::Chord { 0.0 } else { weight }
        });
        off + clashes.sum::<f32>()
    };
    let best = (centre - 4..=centre + 4).map(|base| (cost(&base), base));
    best.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(centre, |(_, base)| base)
}

/// The pitch of a scale index: 0 is the tonic of the lowest octave, 7 the next.
fn pitch_at(key: Key, index: i32) -> u8 {
    let octave = index.div_euclid(7);
    let step = i32::from(key.mode.steps()[index.rem_euclid(7) as usize]);
    (i32::from(key.tonic.semitones()) + 12 * octave + step).clamp(0, 127) as u8
}

/// The index of the scale tone nearest to a pitch.
fn index_near(key: Key, pitch: f32) -> i32 {
    let off = |index: &i32| (f32::from(pitch_at(key, *index)) - pitch).abs();
    (20..80).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(35)
}
