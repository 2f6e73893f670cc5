//! The key of a piece.
//!
//! Krumhansl and Schmuckler: how long each pitch class sounds is correlated with the profiles that
//! listeners gave to the tones of a major and a minor key (Krumhansl and Kessler, "Tracing the
//! dynamic changes in perceived tonal organization", Psychological Review 89, 1982), in all twelve
//! transpositions. The other modes are then told from major and minor by the degrees that mark
//! them, such as the raised sixth in Dorian.

use super::midi::Weights;
use crate::key::{Key, Mode, PitchClass};

const MAJOR: Weights = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const MINOR: Weights = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];

/// Below this correlation a piece has no clear key.
pub const CORRELATION_MIN: f64 = 0.6;

/// A degree that marks a mode must sound so many times as long as the one it replaces.
const MARK_RATIO: f64 = 1.5;

/// The best key, and its correlation, −1 to 1.
#[must_use]
pub fn find(weights: &Weights) -> (Key, f64) {
    let (key, correlation) = find_major_or_minor(weights);
    (Key { mode: refine(weights, key), ..key }, correlation)
}

/// The best major or minor key, and its correlation, −1 to 1.
#[must_use]
pub fn find_major_or_minor(weights: &Weights) -> (Key, f64) {
    let mut best = (Key { tonic: PitchClass::new(0), mode: Mode::Major }, -1.0);
    for tonic in 0..12u8 {
        for (mode, profile) in [(Mode::Major, &MAJOR), (Mode::Minor, &MINOR)] {
            let correlation = correlate(weights, profile, usize::from(tonic));
            if correlation > best.1 {
                best = (Key { tonic: PitchClass::new(tonic), mode }, correlation);
            }
        }
    }
    best
}

/// Pearson's correlation of the weights with a profile that starts on `tonic`.
fn correlate(weights: &Weights, profile: &Weights, tonic: usize) -> f64 {
    let mean = |values: &Weights| values.iter().sum::<f64>() / 12.0;
    let (mean_weight, mean_profile) = (mean(weights), mean(profile));
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (i, profile) in profile.iter().enumerate() {
        let x = weights[(i + tonic) % 12] - mean_weight;
        let y = profile - mean_profile;
        both += x * y;
        own += x * x;
        other += y * y;
    }
    if own > 0.0 { both / (own * other).sqrt() } else { -1.0 }
}

fn refine(weights: &Weights, key: Key) -> Mode {
    let weight = |semitones: u8| weights[usize::from(key.tonic.up(semitones).semitones())];
    let marked = |mark: u8, usual: u8| weight(mark) > MARK_RATIO * weight(usual);
    match key.mode {
        Mode::Major if marked(6, 5) => Mode::Lydian,
        Mode::Major if marked(10, 11) => Mode::Mixolydian,
        Mode::Minor if marked(1, 2) && marked(6, 7) => Mode::Locrian,
        Mode::Minor if marked(1, 2) => Mode::Phrygian,
        Mode::Minor if marked(9, 8) => Mode::Dorian,
        Mode::Minor if marked(11, 10) => Mode::HarmonicMinor,
        mode => mode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_with_its_tonic_triad_is_in_its_key() {
        for mode in Mode::ALL {
            for tonic in 0..12 {
                let key = Key { tonic: PitchClass::new(tonic), mode };
                let mut weights = [0.0; 12];
                for degree in 0..7 {
                    let weight = [6.0, 2.0, 4.0, 2.0, 4.5, 2.0, 2.0][degree];
                    weights[usize::from(key.degree(degree).semitones())] = weight;
                }
                assert_eq!(find(&weights).0, key, "{key}");
            }
        }
    }

    #[test]
    fn silence_and_noise_have_no_clear_key() {
        assert!(find(&[0.0; 12]).1 < CORRELATION_MIN);
        assert!(find(&[1.0; 12]).1 < CORRELATION_MIN);
    }
}
