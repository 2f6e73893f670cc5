//! The same music on every machine: the hash of a quarter of an hour of phrases for five seeds, through changes of controls.
//!
//! Where another hash is meant, every station plays other music from then on, and the engine has another version.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aeolian_score::{Change, Composer, Controls, ENGINE_VERSION};

const SEEDS: [u64; 5] = [0, 1, 7, 1_000_003, u64::MAX];

/// The hashes of each engine version that changed the music. A row that has landed is never edited.
const GOLDEN: &[(u32, [u64; 5])] = &[(
    1,
    [
        0x7cd9_a963_d30c_df32,
        0x5425_2db3_b020_80be,
        0x7c5c_5bb6_2493_4c8c,
        0x0e59_b076_0898_e125,
        0x1fdf_659c_74f7_d271,
    ],
)];

/// From which phrase on which controls hold.
const CHANGES: [(usize, &str); 7] = [
    (6, r#"{"intensity": 0.9}"#),
    (12, r#"{"key": "F# dorian"}"#),
    (18, r#"{"wander": 1, "intensity": 0.3}"#),
    (28, r#"{"bpm": 113.7, "key": "Bb major"}"#),
    (34, r#"{"preset": "sleep"}"#),
    (38, r#"{"mode": "locrian", "intensity": 1}"#),
    (44, r#"{"preset": "drift"}"#),
];
const PHRASES: usize = 56;

/// FNV-1a over the phrases as JSON.
fn hash(seed: u64) -> u64 {
    let (mut composer, mut controls) = (Composer::new(seed), Controls::default());
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for phrase in 0..PHRASES {
        for (_, change) in CHANGES.iter().filter(|(from, _)| *from == phrase) {
            let change: serde_json::Value = serde_json::from_str(change).unwrap();
            controls =
                Change::from_json(change.as_object().unwrap()).unwrap().applied_to(&controls);
        }
        for byte in serde_json::to_vec(&composer.compose(&controls)).unwrap() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[test]
fn each_change_of_the_music_has_an_engine_version() {
    let versions: Vec<u32> = GOLDEN.iter().map(|(version, _)| *version).collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?} must rise");
    let newest = versions.last().unwrap();
    assert!(*newest <= ENGINE_VERSION, "raise aeolian_score::ENGINE_VERSION to {newest}");
}

#[test]
fn every_seed_gives_the_hash_of_its_music() {
    let found = SEEDS.map(hash);
    let hex = found.map(|found| format!("{found:#018x}"));
    assert!(
        found == GOLDEN.last().unwrap().1,
        "the music of engine version {ENGINE_VERSION} has changed. If it must not, mend it. If it is meant to, raise \
         aeolian_score::ENGINE_VERSION, leave the rows of GOLDEN as they are and add one of the new version: [{}]",
        hex.join(", ")
    );
}
