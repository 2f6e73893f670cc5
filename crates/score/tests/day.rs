//! A day of music from each of many stations: nothing repeats, motifs do.
//!
//! The figures are printed: `cargo test -p aeolian-score --test day -- --nocapture`.

mod station;

use std::collections::{BTreeMap, BTreeSet};

use aeolian_score::phrase::Phrase;
use aeolian_score::rng::Rng;
use aeolian_score::time::{TICKS_PER_BAR, TICKS_PER_BEAT};
use aeolian_score::{Composer, Controls, Mode, Part};
use station::steered;

const SEEDS: u64 = 20;

/// Calls `hear` for each phrase of 24 hours.
fn day(seed: u64, controls: &Controls, mut hear: impl FnMut(&Phrase)) {
    let mut composer = Composer::new(seed);
    let minutes = 24.0 * 60.0;
    let end = (minutes * controls.bpm.get()) as u64 * TICKS_PER_BEAT;
    loop {
        let phrase = composer.compose(controls);
        hear(&phrase);
        if phrase.end() >= end {
            return;
        }
    }
}

/// What a listener could tell a phrase by: parts, pitches, rhythm to the sixteenth. Velocities and
/// micro-timing, which always differ, are left out.
fn notation(phrase: &Phrase) -> Vec<u64> {
    let sixteenth = TICKS_PER_BEAT / 4;
    let round = |ticks: u64| (ticks + sixteenth / 2) / sixteenth;
    let note = |note: &aeolian_score::Note| {
        let what = note.part.index() as u64 * 128 + u64::from(note.pitch);
        (what * 4096 + round(note.start - phrase.start)) * 4096 + round(note.ticks)
    };
    let mut notes: Vec<u64> = phrase.notes.iter().map(note).collect();
    notes.sort_unstable();
    notes
}

#[test]
fn no_two_phrases_of_a_station_are_alike_in_a_day() {
    for intensity in [0.0, 0.5] {
        for seed in 0..SEEDS {
            let mut heard = BTreeSet::new();
            day(seed, &steered(9, Mode::Minor, intensity), |phrase| {
                let fresh = heard.insert(notation(phrase));
                assert!(fresh, "seed {seed}, intensity {intensity}: phrase {}", phrase.index);
            });
        }
    }
}

/// A melody as steps: eighths from the note before, and the way the pitch moved (none, by step or
/// by leap, up or down).
type Step = (u64, i8);

fn steps(notes: &[(u64, u8)]) -> Vec<Step> {
    let step = |pair: &[(u64, u8)]| {
        let moved = i16::from(pair[1].1) - i16::from(pair[0].1);
        let size = if moved.abs() > 2 { 2 } else { i16::from(moved != 0) };
        (pair[1].0 - pair[0].0, (size * moved.signum()) as i8)
    };
    notes.windows(2).map(step).collect()
}

/// The share of figures of three notes that come more than once in a section.
fn recurrence(steps: &[Step]) -> (usize, usize) {
    let mut figures = BTreeMap::new();
    // A rest of more than a bar parts two figures.
    let inside = |figure: &&[Step]| figure.iter().all(|(eighths, _)| *eighths <= 8);
    for figure in steps.windows(2).filter(inside) {
        *figures.entry(figure.to_vec()).or_insert(0usize) += 1;
    }
    (figures.values().filter(|count| **count > 1).sum(), figures.values().sum())
}

fn shuffled(notes: &[(u64, u8)], seed: u64) -> Vec<(u64, u8)> {
    let mut gaps: Vec<u64> = notes.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let mut pitches: Vec<u8> = notes.iter().map(|(_, pitch)| *pitch).collect();
    let mut rng = Rng::at(seed, 0, 0);
    for i in (1..gaps.len()).rev() {
        gaps.swap(i, rng.below(i as u32 + 1) as usize);
    }
    for i in (1..pitches.len()).rev() {
        pitches.swap(i, rng.below(i as u32 + 1) as usize);
    }
    let onsets = gaps.iter().scan(0, |at, gap| {
        *at += gap;
        Some(*at)
    });
    std::iter::once(0).chain(onsets).zip(pitches).collect()
}

#[test]
fn motifs_recur_within_a_section_far_more_than_by_chance() {
    let (mut found, mut total, mut by_chance) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut sections: BTreeMap<u64, Vec<(u64, u8)>> = BTreeMap::new();
        day(seed, &steered(9, Mode::Minor, 0.5), |phrase| {
            let melody = phrase.notes.iter().filter(|note| note.part == Part::Melody);
            let eighth = TICKS_PER_BEAT / 2;
            let notes = melody.map(|note| ((note.start + eighth / 2) / eighth, note.pitch));
            sections.entry(phrase.section.index).or_default().extend(notes);
        });
        for (index, notes) in sections {
            let (again, all) = recurrence(&steps(&notes));
            found += again;
            total += all;
            by_chance += recurrence(&steps(&shuffled(&notes, index))).0;
        }
    }
    let share = |count: usize| 100.0 * count as f64 / total as f64;
    println!("figures that recur: {:.1} %, shuffled {:.1} %", share(found), share(by_chance));
    assert!(share(found) > 1.5 * share(by_chance));
}

#[expect(clippy::disallowed_methods, reason = "nothing is composed from it")]
fn entropy_bits(counts: impl Iterator<Item = f64> + Clone) -> f64 {
    let total: f64 = counts.clone().sum();
    counts.filter(|count| *count > 0.0).map(|count| -count / total * (count / total).log2()).sum()
}

#[test]
fn pitch_classes_and_chords_are_neither_uniform_nor_monotonous() {
    for mode in Mode::ALL {
        let mut tones = [0.0; 12];
        let mut chords: BTreeMap<String, f64> = BTreeMap::new();
        let mut pairs: BTreeMap<(String, String), f64> = BTreeMap::new();
        let mut bars = 0;
        let mut last = String::new();
        day(1, &steered(9, mode, 0.5), |phrase| {
            for note in phrase.notes.iter().filter(|note| note.part != Part::Percussion) {
                tones[usize::from(note.pitch % 12)] += note.ticks as f64 / TICKS_PER_BAR as f64;
            }
            for chord in &phrase.chords {
                *chords.entry(chord.numeral.to_string()).or_default() += 1.0;
                *pairs.entry((last.clone(), chord.numeral.to_string())).or_default() += 1.0;
                last = chord.numeral.to_string();
            }
            bars += phrase.bars;
        });
        let (tones, chords) =
            (entropy_bits(tones.into_iter()), entropy_bits(chords.values().copied()));
        let next = entropy_bits(pairs.values().copied()) - chords;
        println!("{mode}: pitch classes {tones:.2} bits, chords {chords:.2}, next chord {next:.2}");
        assert!((2.3..3.2).contains(&tones), "{mode}: {tones}");
        assert!(chords > 2.5 && next > 1.5 && next < chords, "{mode}: {chords} {next}");
    }
}
