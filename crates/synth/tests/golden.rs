//! The same samples, bit for bit, on every CPU: the hash of a minute of sound for five seeds.
//!
//! The notes come from here, so that only a change of the sound changes a hash. Where that is meant, every station sounds
//! different from then on, and the engine has another version.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

use std::sync::Arc;

use aeolian_score::phrase::{Section, SectionName, drum};
use aeolian_score::rng::Rng;
use aeolian_score::time::{TICKS_PER_BAR, TICKS_PER_BEAT};
use aeolian_score::{Controls, Note, Part, Phrase};
use aeolian_synth::{CHANNELS, ENGINE_VERSION, Engine, Isa, Plan, SAMPLE_RATE};

const SEEDS: [u64; 5] = [0, 1, 7, 1_000_003, u64::MAX];
/// The hashes of each engine version that changed the sound. A row that has landed is never edited.
const GOLDEN: &[(u32, [u64; 5])] = &[
    (
        1,
        [
            0xb0c6_777a_b8a9_1556,
            0x0939_5cca_9683_ab1d,
            0x3afe_427c_27d2_9d08,
            0x16e1_caf4_d0ff_e315,
            0xe4aa_bf99_d65f_edf3,
        ],
    ),
    (
        2,
        [
            0x906d_130c_d2d6_80d4,
            0xaebc_a9d5_8fd8_0b00,
            0xe531_02ce_a8da_c24a,
            0x9fd0_87c1_5a04_e58f,
            0xf86b_4f26_5256_db93,
        ],
    ),
];
const MINUTE: usize = 60 * SAMPLE_RATE as usize * CHANNELS;

/// Twenty bars for every part, with notes that overlap and come off the grid.
fn plan(seed: u64) -> Plan {
    let mut notes = Vec::new();
    for bar in 0..20 {
        let mut rng = Rng::at(seed, 1, bar);
        let start = bar * TICKS_PER_BAR;
        let mut note = |part, pitch: u32, at: u64, ticks, velocity: u32| {
            let (id, pitch, velocity) = (notes.len() as u64, pitch as u8, velocity as u8);
            notes.push(Note { id, part, pitch, start: start + at, ticks, velocity });
        };
        if bar % 2 == 0 {
            for _ in 0..4 {
                note(Part::Pad, 48 + rng.below(24), 0, 2 * TICKS_PER_BAR, 50 + rng.below(50));
            }
            note(Part::Bass, 28 + rng.below(16), 0, 2 * TICKS_PER_BAR - 100, 90);
            note(Part::Percussion, u32::from(drum::KICK), 0, 1, 80);
        }
        for beat in 0..4 {
            let at = beat * TICKS_PER_BEAT + u64::from(rng.below(200));
            note(Part::Melody, 60 + rng.below(24), at, 1100, 40 + rng.below(80));
            note(Part::Percussion, u32::from(drum::BRUSH), at, 1, 30 + rng.below(60));
        }
        if bar % 4 == 1 {
            note(Part::Texture, 60 + rng.below(12), 0, 3 * TICKS_PER_BAR, 70);
        }
    }
    notes.sort_by_key(|note| (note.start, note.id));
    let section = Section { name: SectionName::Drift, index: seed % 5, tension: 0.5 };
    let phrase = Phrase { index: 0, start: 0, bars: 20, section, chords: Vec::new(), notes };
    Plan { frame: 0, span: 0, controls: Controls::default(), phrases: vec![Arc::new(phrase)] }
}

/// FNV-1a over the bits of every sample.
fn hash(samples: &[f32]) -> u64 {
    samples
        .iter()
        .flat_map(|x| x.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn minute(seed: u64, isa: Isa, block_frames: usize) -> u64 {
    let mut engine = Engine::with_isa(seed, Box::new(plan(seed)), isa);
    let mut out = vec![0.0f32; MINUTE];
    for block in out.chunks_mut(block_frames * CHANNELS) {
        engine.render(block);
    }
    hash(&out)
}

/// What the seeds must hash to.
fn expected() -> [u64; 5] {
    GOLDEN.last().unwrap().1
}

#[test]
fn each_change_of_the_sound_has_an_engine_version() {
    let versions: Vec<u32> = GOLDEN.iter().map(|(version, _)| *version).collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?} must rise");
    let newest = versions.last().unwrap();
    assert!(*newest <= ENGINE_VERSION, "raise aeolian_score::ENGINE_VERSION to {newest}");
}

#[test]
fn every_seed_gives_its_hash_with_every_instruction_set_and_block_size() {
    let blocks = [4410, 1, 63, 64, 1000];
    let isas = Isa::available();
    let mut found = Vec::new();
    for (seed, block) in SEEDS.into_iter().zip(blocks) {
        let hashes: Vec<u64> = isas.iter().map(|isa| minute(seed, *isa, block)).collect();
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{isas:?}: {hashes:x?}");
        found.push(hashes[0]);
    }
    let hex: Vec<_> = found.iter().map(|found| format!("{found:#018x}")).collect();
    assert!(
        found == expected(),
        "the sound of engine version {ENGINE_VERSION} has changed. If it must not, mend it. If it is meant to, raise \
         aeolian_score::ENGINE_VERSION, leave the rows of GOLDEN as they are and add one of the new version: [{}]",
        hex.join(", ")
    );
}

#[test]
fn a_station_beside_fifteen_others_on_threads_gives_its_hash() {
    std::thread::scope(|scope| {
        let stations: Vec<_> = (0..16)
            .map(|i| scope.spawn(move || minute(SEEDS[i % 5], Isa::detect(), 4410)))
            .collect();
        for (i, station) in stations.into_iter().enumerate() {
            assert_eq!(station.join().unwrap(), expected()[i % 5]);
        }
    });
}
