//! A phrase's chords: a walk along the chain, cut into slots of bars.

use super::pivot;
use super::table::{CHORDS_MAX, ChordTables, Table};
use crate::form::Place;
use crate::key::{Key, KeyName, PitchClass, UnknownKey};
use crate::numeral::{Colour, Numeral, UnknownNumeral};
use crate::phrase::Chord;
use crate::rng::Rng;
use crate::time::{TICKS_PER_BAR, Tick};

const DRAW: u64 = 0x6861_726d_0001;

/// Below this intensity a chord lasts 4 bars instead of 2.
const SLOW_BELOW: f32 = 0.2;

/// What the walk remembers: the last two chords, latest last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "Steps", try_from = "Steps")]
pub(crate) struct Trail {
    before: Option<(Key, Numeral)>,
    last: Option<(Key, Numeral)>,
}

/// A trail in words: key and numeral of each chord, latest last.
type Steps = Vec<(String, String)>;

impl From<Trail> for Steps {
    fn from(trail: Trail) -> Self {
        let steps = trail.before.into_iter().chain(trail.last);
        steps.map(|(key, numeral)| (key.to_string(), numeral.to_string())).collect()
    }
}

impl TryFrom<Steps> for Trail {
    type Error = String;

    fn try_from(steps: Steps) -> Result<Self, String> {
        if steps.len() > 2 {
            return Err(format!("a trail of {} chords: allowed are two at most", steps.len()));
        }
        let mut trail = Self::default();
        for (key, numeral) in steps {
            let name: KeyName = key.parse().map_err(|error: UnknownKey| error.to_string())?;
            let mode = name.mode.ok_or("the key of a chord has a mode")?;
            let numeral: Numeral =
                numeral.parse().map_err(|error: UnknownNumeral| error.to_string())?;
            trail.before = trail.last.replace((Key { tonic: name.tonic, mode }, numeral));
        }
        Ok(trail)
    }
}

impl Trail {
    /// The trail after `chords`.
    pub(crate) fn follow(mut self, chords: &[Chord]) -> Self {
        for chord in chords {
            let numeral = chord.numeral;
            // A suspension and its resolution are one step of the walk.
            if let Some((key, last)) = self.last
                && key == chord.key
                && last.with_colour(Colour::Plain) == numeral.with_colour(Colour::Plain)
            {
                self.last = Some((chord.key, numeral));
            } else {
                self.before = self.last.replace((chord.key, numeral));
            }
        }
        self
    }

    fn states(self, table: &Table, key: Key) -> (Option<usize>, Option<usize>) {
        let state = |step: Option<(Key, Numeral)>| {
            step.filter(|(at, _)| *at == key).and_then(|(_, numeral)| table.index_of(numeral))
        };
        (state(self.before), state(self.last))
    }
}

/// Where a stretch of chords lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenBars {
    /// The phrase's first tick, from which slots are counted.
    pub(crate) phrase: Tick,
    /// The first tick to fill: the start of a bar.
    pub(crate) begin: Tick,
    /// The phrase's end.
    pub(crate) end: Tick,
}

/// The chords of `key` that fill a stretch, after those of `trail`.
pub(crate) fn walk(
    seed: u64,
    tables: &ChordTables,
    mut trail: Trail,
    stretch: OpenBars,
    place: &Place,
    key: Key,
    intensity: f32,
) -> Vec<Chord> {
    let table = tables.of(key.mode);
    // A phrase of four bars still has two chords.
    let slow = intensity < SLOW_BELOW && place.bars > 4;
    let slot = if slow { 4 * TICKS_PER_BAR } else { 2 * TICKS_PER_BAR };
    let mut chords = Vec::with_capacity(6);
    let mut start = stretch.begin;
    while start < stretch.end {
        let mut rng = Rng::at(seed, DRAW, start);
        let passed = start - stretch.phrase;
        let end = (stretch.phrase + (passed / slot + 1) * slot).min(stretch.end);
        let opens = place.opens_section() && start == stretch.phrase;
        let closes = place.closes_section() && end == stretch.end;
        let numeral = match trail.last {
            Some((from, last)) if from != key => {
                pivot::draw(table, from, &last.tones(from), key, &mut rng)
            }
            _ => {
                let state = draw(table, trail, key, opens, closes, place.tension, &mut rng);
                table.draw_colour(state, place.tension, &mut rng)
            }
        };
        let first = chords.len();
        push(&mut chords, key, numeral, start, end, &mut rng);
        trail = trail.follow(&chords[first..]);
        start = end;
    }
    chords
}

/// Appends a chord; a suspended one mostly resolves half-way.
fn push(
    chords: &mut Vec<Chord>,
    key: Key,
    numeral: Numeral,
    start: Tick,
    end: Tick,
    rng: &mut Rng,
) {
    let chord = |numeral: Numeral, start: Tick, end: Tick| Chord {
        start,
        ticks: end - start,
        key,
        numeral,
        root: numeral.root(key),
        tones: numeral.tones(key),
    };
    let half = start + (end - start) / 2 / TICKS_PER_BAR * TICKS_PER_BAR;
    let resolves = match numeral.colour() {
        Colour::Sus4 | Colour::SeventhSus4 => true,
        Colour::Sus2 => rng.chance(0.5),
        _ => false,
    };
    if resolves && half > start {
        chords.push(chord(numeral, start, half));
        chords.push(chord(numeral.with_colour(Colour::Plain), half, end));
    } else {
        chords.push(chord(numeral, start, end));
    }
}

/// Draws the next chord's index in the table.
///
/// The arc leans on the chain: calm prefers chords that share tones with the tonic triad, tension
/// those that do not. A section's last chord prefers those that lead home.
fn draw(
    table: &Table,
    trail: Trail,
    key: Key,
    opens: bool,
    closes: bool,
    tension: f32,
    rng: &mut Rng,
) -> usize {
    let (before, last) = trail.states(table, key);
    let row = match last {
        Some(last) if !opens => table.next(before, last),
        _ => table.start(),
    };
    let home = Numeral::diatonic(key.mode, 0).tones(key);
    let mut weights = [0.0f32; CHORDS_MAX];
    for (i, weight) in weights.iter_mut().enumerate().take(row.len()) {
        *weight = row[i] * lean(&table.chords()[i].tones(key), &home, tension);
        if closes && !opens {
            let leads_home: f32 = table.next(last, i).iter().zip(table.start()).map(dot).sum();
            *weight *= 0.05 + leads_home;
        }
    }
    rng.weighted(&weights)
}

fn dot((a, b): (&f32, &f32)) -> f32 {
    a * b
}

fn lean(tones: &[PitchClass], home: &[PitchClass], tension: f32) -> f32 {
    let common = tones.iter().filter(|tone| home.contains(tone)).count() as f32;
    1.0 + 0.4 * (0.5 - tension) * (common - 1.0)
}
