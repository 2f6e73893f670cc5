//! The chord of a beat.

use super::midi::Weights;
use crate::harmony::Numeral;
use crate::harmony::numeral::{Colour, Triad};
use crate::key::{Key, PitchClass};

/// What is outside the chord counts against it so many times.
const OUTSIDE: f64 = 0.9;

/// A chord must hold this share of what sounds, less what is outside.
const FIT_MIN: f64 = 0.45;

/// A seventh is heard from this share of what sounds.
const SEVENTH_FROM: f64 = 0.12;

/// The triad, with its seventh where that sounds, that fits the weights best; none when nothing
/// fits well. A tie goes to the chord of the key.
#[must_use]
pub fn find(weights: &Weights, key: Key) -> Option<Numeral> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let at = |tone: PitchClass| weights[usize::from(tone.semitones())];
    let mut best: Option<(f64, Numeral)> = None;
    for root in (0..12).map(PitchClass::new) {
        for triad in [Triad::Major, Triad::Minor, Triad::Diminished] {
            let numeral = Numeral::on_root(key, root, triad);
            let tones = numeral.tones(key);
            if at(tones[0]) <= 0.0 || at(tones[1]) <= 0.0 {
                continue;
            }
            let inside: f64 = tones.iter().map(|tone| at(*tone)).sum();
            let seventh = at(numeral.with_colour(Colour::Seventh).tones(key)[3]);
            // A fifth may be missing; a root and third alone are a weaker hint.
            let whole = if at(tones[2]) > 0.0 { 0.0 } else { 0.08 };
            let outside = total - inside - seventh;
            let own = tones.iter().all(|tone| key.contains(*tone));
            let fit = (inside - OUTSIDE * outside) / total - whole + if own { 0.02 } else { 0.0 };
            if best.is_none_or(|(fits, _)| fit > fits) {
                let coloured = seventh >= SEVENTH_FROM * total;
                let colour = if coloured { Colour::Seventh } else { Colour::Plain };
                best = Some((fit, numeral.with_colour(colour)));
            }
        }
    }
    best.filter(|(fit, _)| *fit >= FIT_MIN).map(|(_, numeral)| numeral)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Mode;

    fn found(tones: &[(u8, f64)]) -> Option<String> {
        let mut weights = [0.0; 12];
        for (tone, weight) in tones {
            weights[usize::from(*tone)] += weight;
        }
        let key = Key { tonic: PitchClass::new(9), mode: Mode::Minor };
        find(&weights, key).map(|numeral| numeral.to_string())
    }

    #[test]
    fn chords_are_named_in_their_key() {
        assert_eq!(found(&[(9, 2.0), (0, 1.0), (4, 1.0)]).unwrap(), "i");
        assert_eq!(found(&[(4, 2.0), (8, 1.0), (11, 1.0)]).unwrap(), "V");
        assert_eq!(found(&[(4, 2.0), (8, 1.0), (11, 1.0), (2, 1.0)]).unwrap(), "V7");
        assert_eq!(found(&[(5, 2.0), (9, 1.0), (0, 1.0), (4, 0.2)]).unwrap(), "VI");
        assert_eq!(found(&[(10, 2.0), (2, 1.0), (5, 1.0)]).unwrap(), "bII");
    }

    #[test]
    fn what_is_no_chord_is_not_named() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[(9, 1.0)]), None);
        assert_eq!(found(&[(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)]), None);
    }
}
