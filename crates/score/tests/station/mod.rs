//! Stations for tests: arbitrary controls, and the music that they give.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part of this"
)]

use aeolian_score::control::value::{Bpm, Level};
use aeolian_score::melody::{Class, classify};
use aeolian_score::phrase::{Note, Phrase};
use aeolian_score::{Composer, Controls, Mode, Part, PitchClass};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same cases every time, so that a run tells of the code and not of the day. To search
/// further: `PROPTEST_RNG_SEED=$RANDOM PROPTEST_CASES=20000`.
pub fn cases() -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        fixed => fixed,
    };
    ProptestConfig { failure_persistence: None, rng_seed, ..given }
}

/// Any controls that composition listens to.
pub fn controls() -> impl Strategy<Value = Controls> {
    (0u8..12, 0usize..8, 60.0..=120.0f64, 0.0..=1.0f64).prop_map(|(tonic, mode, bpm, intensity)| {
        Controls {
            key: PitchClass::new(tonic),
            mode: Mode::ALL[mode],
            bpm: Bpm::new(bpm).unwrap(),
            intensity: Level::new(intensity).unwrap(),
            ..Controls::default()
        }
    })
}

/// The default controls in another key and at another intensity.
pub fn steered(tonic: u8, mode: Mode, intensity: f64) -> Controls {
    Controls {
        key: PitchClass::new(tonic),
        mode,
        intensity: Level::new(intensity).unwrap(),
        ..Controls::default()
    }
}

/// The first phrases of a station.
pub fn phrases(seed: u64, controls: &Controls, count: usize) -> Vec<Phrase> {
    let mut composer = Composer::new(seed);
    (0..count).map(|_| composer.compose(controls)).collect()
}

/// The notes of one part, in order, with the class that each has against its chord.
pub fn classed(phrases: &[Phrase]) -> Vec<(Note, Class)> {
    let class = |phrase: &Phrase, note: &Note| {
        classify(note.pitch, phrase.chord_at(note.start).expect("a phrase has chords"))
    };
    let melody = |phrase: &Phrase| {
        let notes = phrase.notes.iter().filter(|note| note.part == Part::Melody);
        notes.map(|note| (*note, class(phrase, note))).collect::<Vec<_>>()
    };
    phrases.iter().flat_map(melody).collect()
}
