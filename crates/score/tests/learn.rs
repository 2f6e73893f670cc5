//! What learning from MIDI files promises.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod station;

use std::sync::Arc;

use aeolian_score::Numeral;
use aeolian_score::control::value::Bpm;
use aeolian_score::export::{Score, Tempo, midi};
use aeolian_score::harmony::ChordTables;
use aeolian_score::learn::{Lesson, Order, Unreadable, chords, key_finding, reading};
use aeolian_score::phrase::{Section, SectionName};
use aeolian_score::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};
use aeolian_score::{Composer, Controls, Key, Mode, Note, Part, Phrase, PitchClass};
use proptest::prelude::*;

fn file(phrases: &[Arc<Phrase>]) -> Vec<u8> {
    let end = phrases.last().unwrap().end();
    let tempi = &[Tempo { tick: 0, bpm: Bpm::DEFAULT }];
    let frame_of = &|tick| tick * 40;
    midi::write(&Score { seed: 7, phrases, end, tempi, sample_rate: 44_100, frame_of }).unwrap()
}

fn key(text: &str) -> Key {
    let name: aeolian_score::key::KeyName = text.parse().unwrap();
    Key { tonic: name.tonic, mode: name.mode.unwrap() }
}

/// A file in which each chord is held for two beats in four voices, its root below.
fn chorale(chords: &[(Key, &str)], part: Part) -> Vec<u8> {
    let ticks = 2 * TICKS_PER_BEAT;
    let mut notes = Vec::new();
    for (i, (key, numeral)) in chords.iter().enumerate() {
        let tones = numeral.parse::<Numeral>().unwrap().tones(*key);
        let pitches = std::iter::once(36 + tones[0].semitones())
            .chain(tones.iter().map(|tone| 60 + tone.semitones()));
        let start = i as Tick * ticks;
        notes.extend(pitches.map(|pitch| Note { id: 0, part, pitch, start, ticks, velocity: 80 }));
    }
    let bars = (chords.len() as u32).div_ceil(2);
    let section = Section { name: SectionName::Drift, index: 0, tension: 0.0 };
    let phrase = Phrase { index: 0, start: 0, bars, section, chords: Vec::new(), notes };
    file(&[Arc::new(phrase)])
}

fn repeated(key: Key, chords: &[&'static str], times: usize) -> Vec<(Key, &'static str)> {
    chords.iter().map(|chord| (key, *chord)).cycle().take(chords.len() * times).collect()
}

/// The probability of `to` after `from` in the learnt table of a mode.
fn probability(text: &str, mode: Mode, from: &str, to: &str) -> f32 {
    let tables = ChordTables::from_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let table = tables.of(mode);
    let index = |name: &str| table.index_of(name.parse().unwrap()).unwrap();
    table.next(None, index(from))[index(to)]
}

#[test]
fn the_chords_of_a_piece_become_the_rows_of_its_modes_table() {
    let mut lesson = Lesson::default();
    let chords = repeated(key("D major"), &["I", "IV", "V7", "I", "vi", "ii", "V", "I"], 12);
    lesson.hear("a.mid", &chorale(&chords, Part::Pad)).unwrap();
    let (text, summary) = lesson.tables(Order::Bigrams);
    assert_eq!((summary.files, summary.modulations, summary.bars_without_chord), (1, 0, 0));
    assert_eq!(summary.tables.len(), 1, "{summary}");
    assert_eq!(probability(&text, Mode::Major, "V", "I"), 1.0, "{text}");
    assert_eq!(probability(&text, Mode::Major, "vi", "ii"), 1.0);
    assert!((probability(&text, Mode::Major, "I", "IV") - 0.5).abs() < 0.03);
    assert!(text.contains("V = { V = 0.500, V7 = 0.500 }"), "{text}");
    assert!(text.contains("start = { I = 1.000 }"), "{text}");
}

#[test]
fn minor_is_learnt_with_its_raised_seventh_for_both_minors() {
    let mut lesson = Lesson::default();
    let chords = repeated(key("F# minor"), &["i", "VII", "i", "iv", "V", "i", "VI", "V"], 16);
    lesson.hear("a.mid", &chorale(&chords, Part::Pad)).unwrap();
    let (text, _) = lesson.tables(Order::Bigrams);
    assert_eq!(probability(&text, Mode::Minor, "VII", "i"), 1.0);
    assert_eq!(probability(&text, Mode::HarmonicMinor, "bVII", "i"), 1.0);
    assert_eq!(probability(&text, Mode::HarmonicMinor, "V", "i"), 1.0);
}

#[test]
fn a_piece_that_modulates_is_understood_key_by_key() {
    let turn = ["I", "IV", "V", "I", "vi", "ii", "V", "I"];
    let mut chords = repeated(key("C major"), &turn, 4);
    chords.extend(repeated(key("A major"), &turn, 4));
    let bytes = chorale(&chords, Part::Pad);
    let beats = reading::read(&bytes).unwrap();
    let keys = key_finding::keys_of(&beats);
    let wrong = keys
        .iter()
        .enumerate()
        .filter(|(i, k)| **k != if i / 2 < 32 { key("C major") } else { key("A major") });
    assert!(wrong.count() <= 6);
    let mut lesson = Lesson::default();
    lesson.hear("a.mid", &bytes).unwrap();
    let (text, summary) = lesson.tables(Order::Bigrams);
    assert_eq!(summary.modulations, 1);
    assert!(probability(&text, Mode::Major, "vi", "ii") > 0.95, "{text}");
}

#[test]
fn trigrams_remember_the_chord_before() {
    let mut lesson = Lesson::default();
    let turn = ["I", "IV", "V", "I", "vi", "ii", "V", "vi", "IV"];
    lesson.hear("a.mid", &chorale(&repeated(key("C major"), &turn, 20), Part::Pad)).unwrap();
    let (text, _) = lesson.tables(Order::Trigrams);
    let tables = ChordTables::from_toml(&text).unwrap();
    let table = tables.of(Mode::Major);
    let index = |name: &str| table.index_of(name.parse().unwrap()).unwrap();
    let after = |before, to: &str| table.next(Some(index(before)), index("V"))[index(to)];
    assert_eq!((after("IV", "I"), after("ii", "vi")), (1.0, 1.0), "{text}");
    assert_eq!(after("I", "I"), 0.5, "a pair that was never heard has the row of its last chord");
}

#[test]
fn church_modes_are_told_from_major_and_minor() {
    for (name, turn) in [
        ("D dorian", ["i", "IV", "i", "VII", "i", "v", "IV", "i"]),
        ("G mixolydian", ["I", "VII", "IV", "I", "v", "IV", "VII", "I"]),
    ] {
        let key = key(name);
        let mut lesson = Lesson::default();
        lesson.hear("a.mid", &chorale(&repeated(key, &turn, 16), Part::Pad)).unwrap();
        let (_, summary) = lesson.tables(Order::Bigrams);
        let modes: Vec<Mode> = summary.tables.iter().map(|table| table.mode).collect();
        assert_eq!(modes, [key.mode], "{name}: {summary}");
    }
}

#[test]
fn what_is_left_out_is_told_with_its_reason() {
    let mut lesson = Lesson::default();
    let noise = lesson.hear("noise.mid", b"no music").unwrap_err();
    assert!(matches!(noise, Unreadable::Malformed(_)));
    let drums = chorale(&repeated(key("C major"), &["I"], 8), Part::Percussion);
    assert_eq!(lesson.hear("drums.mid", &drums), Err(Unreadable::NoNotes));
    let mut film = chorale(&repeated(key("C major"), &["I"], 8), Part::Pad);
    film[12] = 0xe7; // 25 film frames a second in place of ticks to the beat
    assert_eq!(lesson.hear("film.mid", &film), Err(Unreadable::NoBeats));
    film[12] = 0x80;
    assert_eq!(lesson.hear("film.mid", &film), Err(Unreadable::NoBeats));
    let mut patterns = chorale(&repeated(key("C major"), &["I"], 8), Part::Pad);
    patterns[9] = 2;
    assert_eq!(lesson.hear("patterns.mid", &patterns), Err(Unreadable::Patterns));
    lesson
        .hear("short.mid", &chorale(&repeated(key("C major"), &["I", "V"], 4), Part::Pad))
        .unwrap();
    let (text, summary) = lesson.tables(Order::Bigrams);
    assert_eq!(text, "");
    let told = summary.to_string();
    for words in [
        "noise.mid: not a standard",
        "drums.mid: it has no",
        "film.mid: it counts seconds",
        "patterns.mid: its tracks",
        "Left out: major, heard in 7 changes",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_hostile_file_costs_neither_time_nor_memory() {
    let note = |delta: &[u8]| {
        let mut track = vec![0, 0x90, 60, 64];
        for _ in 0..1000 {
            track.extend_from_slice(delta);
            track.extend_from_slice(&[0x90, 60, 64]);
        }
        track.extend_from_slice(&[0, 0xff, 0x2f, 0]);
        let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x01MTrk".to_vec();
        bytes.extend_from_slice(&(track.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&track);
        bytes
    };
    assert_eq!(reading::read(&note(&[0xff, 0xff, 0xff, 0x7f])), Err(Unreadable::TooLong));
    assert!(reading::read(&note(&[1])).is_ok());
    assert_eq!(reading::read(&vec![0; reading::BYTES_MAX + 1]), Err(Unreadable::TooLarge));
}

fn three_minutes(tonic: u8, mode: Mode, seed: u64) -> (Key, Vec<Arc<Phrase>>) {
    let key = Key { tonic: PitchClass::new(tonic), mode };
    let controls = Controls { key: key.tonic, mode: key.mode, ..Controls::default() };
    let mut composer = Composer::new(seed);
    let mut phrases: Vec<Arc<Phrase>> = Vec::new();
    // 3 minutes of 70 beats a minute.
    while phrases.last().is_none_or(|last| last.end() < 210 * TICKS_PER_BEAT) {
        phrases.push(Arc::new(composer.compose(&controls)));
    }
    (key, phrases)
}

/// Whether two major or minor keys have the same signature.
fn are_relatives(a: Key, b: Key) -> bool {
    let major = |key: Key| key.tonic.up(if key.mode == Mode::Major { 0 } else { 3 });
    major(a) == major(b)
}

#[test]
fn the_krumhansl_schmuckler_key_of_an_exported_piece_is_the_key_that_was_asked_for() {
    let (mut same, mut relative, mut all) = (0, 0, 0);
    for mode in [Mode::Major, Mode::Minor] {
        for tonic in 0..12 {
            let (key, phrases) = three_minutes(tonic, mode, u64::from(tonic) + 100);
            let beats = reading::read(&file(&phrases)).unwrap();
            let weights = key_finding::total(&beats);
            let found = key_finding::key_of(&weights, &key_finding::KRUMHANSL_KESSLER).unwrap();
            all += 1;
            same += u32::from(found == key);
            relative += u32::from(are_relatives(found, key));
        }
    }
    assert!(
        relative * 10 >= all * 9,
        "the key or its relative in {relative}, itself in {same} of {all}"
    );
}

#[test]
fn what_the_station_plays_is_heard_again() {
    let (mut right, mut beats_heard) = (0, 0);
    for seed in 0..8 {
        let (_, phrases) =
            three_minutes(seed as u8, [Mode::Major, Mode::Minor][seed % 2], seed as u64);
        let beats = reading::read(&file(&phrases)).unwrap();
        for (i, heard) in chords::chords_of(&beats).iter().enumerate() {
            let tick = i as Tick * TICKS_PER_BEAT;
            let phrase = phrases.iter().find(|phrase| phrase.end() > tick).unwrap();
            let chord = phrase.chord_at(tick).unwrap();
            beats_heard += 1;
            right += u32::from(heard.is_some_and(|heard| heard.root == chord.root));
        }
        assert!(beats.len() as Tick >= 3 * TICKS_PER_BAR / TICKS_PER_BEAT);
    }
    assert!(right * 10 >= beats_heard * 7, "{right} of {beats_heard} beats");
}

proptest! {
    #![proptest_config(station::cases())]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Lesson::default().hear("any", &bytes);
        let mut headed = b"MThd\0\0\0\x06\0\x01\0\x02\0\x60MTrk\0\0\x01\0".to_vec();
        headed.extend_from_slice(&bytes);
        let _ = Lesson::default().hear("headed", &headed);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        keep in 0.0..1.0f64,
    ) {
        let turn = ["I", "IV", "V", "vi", "ii"];
        let mut bytes = chorale(&repeated(key("C major"), &turn, 20), Part::Pad);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate((bytes.len() as f64 * (1.0 - keep * keep)) as usize);
        let mut lesson = Lesson::default();
        let _ = lesson.hear("damaged", &bytes);
        let (text, _) = lesson.tables(Order::Trigrams);
        prop_assert!(text.is_empty() || ChordTables::from_toml(&text).is_ok(), "{text}");
    }

    #[test]
    fn whatever_is_heard_gives_a_table_that_the_composer_takes(
        chords in proptest::collection::vec(
            prop::sample::select(vec![
                "I", "ii", "iii", "IV", "V", "V7", "vi", "vii°", "bVII", "bVI", "#iv°", "II", "i", "III+",
            ]),
            60..400,
        ),
        tonic in 0..12u8,
        minor in any::<bool>(),
    ) {
        let mode = if minor { Mode::Minor } else { Mode::Major };
        let key = Key { tonic: PitchClass::new(tonic), mode };
        let chords: Vec<_> = chords.into_iter().map(|chord| (key, chord)).collect();
        let mut lesson = Lesson::default();
        lesson.hear("any", &chorale(&chords, Part::Pad)).unwrap();
        for order in [Order::Bigrams, Order::Trigrams] {
            let (text, summary) = lesson.tables(order);
            prop_assert_eq!(text.is_empty(), summary.tables.is_empty());
            if let Err(error) = ChordTables::from_toml(&text) && !text.is_empty() {
                return Err(TestCaseError::fail(format!("{error}\n{text}")));
            }
        }
    }
}
