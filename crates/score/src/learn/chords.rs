//! Which chord sounds in each beat.
//!
//! Each beat is compared with every triad and seventh chord; the sequence of chords is the one that
//! fits best, less a price for each change, so that passing notes do not make chords of their
//! own (template matching with dynamic programming, after Pardo and Birmingham, "Algorithms for
//! Chordal Analysis", *Computer Music Journal* 26, 2002).

use super::reading::Beat;
use crate::key::PitchClass;
use crate::numeral::Triad;

/// A chord as it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeardChord {
    /// The root.
    pub root: PitchClass,
    /// Third and fifth.
    pub triad: Triad,
    /// Semitones from the root up to the seventh, where there is one.
    pub seventh: Option<u8>,
}

/// The kinds of chord, as semitones above the root: third, fifth, seventh.
const KINDS: [(Triad, u8, u8, Option<u8>); 9] = [
    (Triad::Major, 4, 7, None),
    (Triad::Minor, 3, 7, None),
    (Triad::Diminished, 3, 6, None),
    (Triad::Augmented, 4, 8, None),
    (Triad::Major, 4, 7, Some(11)),
    (Triad::Major, 4, 7, Some(10)),
    (Triad::Minor, 3, 7, Some(10)),
    (Triad::Diminished, 3, 6, Some(10)),
    (Triad::Diminished, 3, 6, Some(9)),
];

/// Every chord, and no chord.
const STATES: usize = KINDS.len() * 12 + 1;
const NONE: usize = STATES - 1;

/// One voice holding a tone for the whole beat counts this much at most: doublings add little.
const WEIGHT_MAX: f64 = 1.5;
/// What a foreign tone costs, for its share of the beat.
const FOREIGN: f64 = 0.9;
/// What absent tones cost, and a tone too faint in proportion.
const NO_ROOT: f64 = 0.45;
const NO_THIRD: f64 = 0.35;
const NO_FIFTH: f64 = 0.10;
const NO_SEVENTH: f64 = 0.40;
/// A tone with this share of the beat's sound is fully there.
const PRESENT: f64 = 0.12;
/// What a seventh costs, and what rarer triads do.
const SEVENTH: f64 = 0.06;
const DIMINISHED: f64 = 0.05;
const AUGMENTED: f64 = 0.15;
/// The root in the bass speaks for a chord.
const BASS_ROOT: f64 = 0.15;
/// Below this fit there is no chord.
const FIT_MIN: f64 = 0.45;
/// What a change of chord costs.
const CHANGE: f64 = 0.22;

fn chord(state: usize) -> Option<HeardChord> {
    let (triad, _, _, seventh) = *KINDS.get(state / 12)?;
    Some(HeardChord { root: PitchClass::new((state % 12) as u8), triad, seventh })
}

/// How well each chord fits a beat in which something sounds: 1 is a full triad and nothing else.
fn fits(beat: &Beat) -> Option<[f64; STATES]> {
    let heard = beat.weights.map(|weight| weight.min(WEIGHT_MAX));
    let sum: f64 = heard.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    let share = heard.map(|weight| weight / sum);
    let mut found = [FIT_MIN; STATES];
    for (state, fit) in found.iter_mut().enumerate().take(NONE) {
        let (triad, third, fifth, seventh) = KINDS[state / 12];
        let root = state % 12;
        let tone = |above: u8| share[(root + usize::from(above)) % 12];
        let absent = |above: u8, price: f64| price * (1.0 - tone(above) / PRESENT).max(0.0);
        let mut inside = tone(0) + tone(third) + tone(fifth);
        let mut cost = absent(0, NO_ROOT) + absent(third, NO_THIRD) + absent(fifth, NO_FIFTH);
        if let Some(seventh) = seventh {
            inside += tone(seventh);
            cost += absent(seventh, NO_SEVENTH) + SEVENTH;
        }
        cost += match triad {
            Triad::Diminished => DIMINISHED,
            Triad::Augmented => AUGMENTED,
            _ => 0.0,
        };
        let rooted = beat.bass.is_some_and(|bass| usize::from(bass.semitones()) == root);
        let bass = if rooted { BASS_ROOT } else { 0.0 };
        *fit = inside - FOREIGN * (1.0 - inside) - cost + bass;
    }
    Some(found)
}

/// The chord of each beat; none where none can be recognised. A beat of silence keeps the chord
/// before it.
#[must_use]
pub fn chords_of(beats: &[Beat]) -> Vec<Option<HeardChord>> {
    let mut scores = [0.0f64; STATES];
    let mut came_from: Vec<[u8; STATES]> = Vec::with_capacity(beats.len());
    for beat in beats {
        let fits = fits(beat).unwrap_or([0.0; STATES]);
        let best = best_of(&scores);
        let mut from = [0; STATES];
        let mut next = [0.0; STATES];
        for state in 0..STATES {
            let changed = scores[best] - CHANGE;
            let (before, source) =
                if changed > scores[state] { (changed, best) } else { (scores[state], state) };
            next[state] = before + fits[state];
            from[state] = source as u8;
        }
        scores = next;
        came_from.push(from);
    }
    let mut at = best_of(&scores);
    let mut path = Vec::with_capacity(beats.len());
    for from in came_from.iter().rev() {
        path.push(chord(at));
        at = usize::from(from[at]);
    }
    path.reverse();
    path
}

fn best_of(scores: &[f64; STATES]) -> usize {
    (0..STATES).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(NONE)
}
