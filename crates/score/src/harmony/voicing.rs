//! Voice leading: where the tones of a chord lie.
//!
//! The pad has four lanes from low to high. Each chord's voicing is the cheapest of all that give
//! every lane a chord tone within its range, where cost counts semitones moved, tones missing,
//! spacing (wide below, close above), lanes that all move the same way, and distance from the
//! register that the form asks for. Common tones cost nothing, so they are kept.

use crate::phrase::Chord;

/// How many lanes the pad has.
pub(crate) const LANES: usize = 4;

/// MIDI note numbers of the lanes, ascending.
pub(crate) type Voicing = [u8; LANES];

/// Lowest and highest note of each lane.
pub(crate) const RANGES: [(u8, u8); LANES] = [(43, 57), (50, 62), (54, 67), (58, 72)];

/// Where the lanes lie when nothing pulls them.
pub(crate) const CENTRES: Voicing = [48, 55, 60, 65];

/// No lane ever moves further than this, in semitones.
const LEAP_MAX: u8 = 9;

/// The voicing of `chord` after `previous`; `lift` moves the register, in semitones.
pub(crate) fn lead(previous: Voicing, chord: &Chord, lift: f32) -> Voicing {
    let mut candidates = [[0u8; 16]; LANES];
    let mut counts = [0usize; LANES];
    for lane in 0..LANES {
        let (low, high) = RANGES[lane];
        let from = previous[lane].saturating_sub(LEAP_MAX).max(low);
        let to = (previous[lane] + LEAP_MAX).min(high);
        for pitch in from..=to {
            let tone = chord.tones.iter().any(|tone| tone.semitones() == pitch % 12);
            if tone && counts[lane] < 16 {
                candidates[lane][counts[lane]] = pitch;
                counts[lane] += 1;
            }
        }
        candidates[lane][..counts[lane]].sort_by_key(|pitch| pitch.abs_diff(previous[lane]));
    }
    let search = Search { previous, chord, lift, candidates, counts };
    let mut best = (f32::INFINITY, previous);
    search.descend(0, previous, 0.0, &mut best);
    best.1
}

struct Search<'a> {
    previous: Voicing,
    chord: &'a Chord,
    lift: f32,
    candidates: [[u8; 16]; LANES],
    counts: [usize; LANES],
}

impl Search<'_> {
    /// Branch and bound from the lowest lane up: every cost is positive, so a branch that already
    /// costs more than the best voicing is left.
    fn descend(&self, lane: usize, voicing: Voicing, cost: f32, best: &mut (f32, Voicing)) {
        if cost >= best.0 {
            return;
        }
        if lane == LANES {
            let cost = cost + self.missing(voicing) + self.block(voicing);
            if cost < best.0 {
                *best = (cost, voicing);
            }
            return;
        }
        for &pitch in &self.candidates[lane][..self.counts[lane]] {
            if lane > 0 && pitch <= voicing[lane - 1] {
                continue;
            }
            let mut voicing = voicing;
            voicing[lane] = pitch;
            self.descend(lane + 1, voicing, cost + self.step(lane, voicing), best);
        }
    }

    /// What one lane's pitch costs.
    fn step(&self, lane: usize, voicing: Voicing) -> f32 {
        let pitch = voicing[lane];
        let moved = f32::from(pitch.abs_diff(self.previous[lane]));
        let centre = f32::from(CENTRES[lane]) + self.lift;
        let off = f32::from(pitch) - centre;
        let mut cost = moved + 0.03 * off * off;
        if lane == 0 {
            let root = self.chord.root.semitones();
            let above = (pitch + 12 - root) % 12;
            if above != 0 && above != 7 {
                cost += if pitch < 50 { 5.0 } else { 2.5 };
            }
        } else {
            let gap = pitch - voicing[lane - 1];
            cost += match (lane, gap) {
                (1, 0..=4) => 6.0,
                (_, 1) => 9.0,
                (3, 2) => 2.0,
                (_, 2) => 1.5,
                (_, 13..) => 3.0,
                _ => 0.0,
            };
        }
        cost
    }

    /// Tones that the chord needs and the voicing lacks. The lowest three lanes, which sound at
    /// any intensity, must hold the third and the dress; the bass has the root.
    fn missing(&self, voicing: Voicing) -> f32 {
        let mut cost = 0.0;
        for (i, tone) in self.chord.tones.iter().enumerate() {
            let has = |pitch: &u8| pitch % 12 == tone.semitones();
            let weight = match i {
                0 => 3.0,
                1 => 14.0,
                2 => 2.0,
                _ => 8.0,
            };
            if !voicing.iter().any(has) {
                cost += weight;
            } else if !voicing[..LANES - 1].iter().any(has) {
                cost += weight * 0.3;
            }
        }
        cost
    }

    /// All lanes moving the same way sound like a block being pushed.
    fn block(&self, voicing: Voicing) -> f32 {
        let up = (0..LANES).filter(|i| voicing[*i] > self.previous[*i]).count();
        let down = (0..LANES).filter(|i| voicing[*i] < self.previous[*i]).count();
        if up < LANES && down < LANES {
            return 0.0;
        }
        let leaps = (0..LANES).filter(|i| voicing[*i].abs_diff(self.previous[*i]) > 2).count();
        4.0 + if leaps == LANES { 20.0 } else { 2.0 * leaps as f32 }
    }
}
