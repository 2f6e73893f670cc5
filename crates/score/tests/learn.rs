//! Chord tables can be learned from MIDI files.

use std::sync::Arc;

use aeolian_score::control::value::{Bpm, Level};
use aeolian_score::export::{Score, Tempo, midi};
use aeolian_score::harmony::ChordTables;
use aeolian_score::learn::{Error, Learner};
use aeolian_score::{Composer, Controls, Key, Mode, PitchClass};
use midly::num::{u4, u7, u15, u28};
use midly::{Format, Header, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

/// A MIDI file in which each chord lasts a quarter note.
fn file(chords: &[&[u8]]) -> Vec<u8> {
    let event = |delta: u32, key: u8, vel: u8| TrackEvent {
        delta: u28::new(delta),
        kind: TrackEventKind::Midi {
            channel: u4::new(0),
            message: MidiMessage::NoteOn { key: u7::new(key), vel: u7::new(vel) },
        },
    };
    let mut track = Vec::new();
    for chord in chords {
        track.extend(chord.iter().map(|key| event(0, *key, 64)));
        track.extend(
            chord.iter().enumerate().map(|(i, key)| event(if i == 0 { 96 } else { 0 }, *key, 0)),
        );
    }
    let header = Header::new(Format::SingleTrack, Timing::Metrical(u15::new(96)));
    let mut bytes = Vec::new();
    Smf { header, tracks: vec![track] }.write_std(&mut bytes).expect("a small file");
    bytes
}

const C: &[u8] = &[48, 60, 64, 67];
const F: &[u8] = &[53, 60, 65, 69];
const G: &[u8] = &[55, 59, 62, 67];
const G7: &[u8] = &[55, 59, 62, 65, 67];
const AM: &[u8] = &[45, 60, 64, 69];

#[test]
fn a_known_progression_comes_back_as_its_table() {
    let mut learner = Learner::new();
    let piece = learner.read(&file(&[C, C, F, G, C, F, G7, C, AM, F, C, G, C].repeat(4))).unwrap();
    assert_eq!(piece.key, Key { tonic: PitchClass::new(0), mode: Mode::Major });
    assert_eq!((piece.beats, piece.beats_left_out), (52, 0));
    let learned = learner.tables(2);
    assert_eq!(learned.len(), 1);
    let tables = ChordTables::from_toml(&learned[0].toml).expect(&learned[0].toml);
    let table = tables.of(Mode::Major);
    let index = |name: &str| table.index_of(name.parse().unwrap()).unwrap();
    assert_eq!(table.next(None, index("vi"))[index("IV")], 1.0);
    assert!((table.next(None, index("IV"))[index("V")] - 2.0 / 3.0).abs() < 0.01);
    assert!(learned[0].toml.contains("\"V\" = { \"V\" = 0.667, \"V7\" = 0.333 }"));
}

#[test]
fn order_3_learns_what_follows_a_pair() {
    let mut learner = Learner::new();
    learner.read(&file(&[C, F, C, G, C, F, C, AM, C, G].repeat(30))).unwrap();
    let learned = learner.tables(3);
    let tables = ChordTables::from_toml(&learned[0].toml).expect(&learned[0].toml);
    let table = tables.of(Mode::Major);
    let index = |name: &str| table.index_of(name.parse().unwrap()).unwrap();
    assert_eq!(table.next(Some(index("V")), index("I"))[index("IV")], 1.0);
    assert!(table.next(None, index("I"))[index("IV")] < 0.5);
}

#[test]
fn what_cannot_be_learned_from_is_said_precisely() {
    let mut learner = Learner::new();
    assert!(matches!(learner.read(b"RIFF....").unwrap_err(), Error::NotMidi(_)));
    assert!(matches!(learner.read(&[]).unwrap_err(), Error::NotMidi(_)));
    assert_eq!(learner.read(&file(&[])), Err(Error::NoNotes));
    assert_eq!(learner.read(&file(&[C, C, C])), Err(Error::NoChords));
    let cluster: Vec<u8> = (60..72).collect();
    assert!(matches!(learner.read(&file(&[&cluster])).unwrap_err(), Error::NoKey(_)));
    assert!(learner.tables(2).is_empty());
}

#[test]
fn the_station_learns_its_own_chain_from_its_own_music() {
    let mut learner = Learner::new();
    let controls = Controls { intensity: Level::HALF, ..Controls::default() };
    for seed in 0..6 {
        let mut composer = Composer::new(seed);
        let phrases: Vec<_> = (0..60).map(|_| Arc::new(composer.compose(&controls))).collect();
        let score = Score {
            seed,
            phrases: &phrases,
            end: phrases[59].end(),
            tempi: &[Tempo { tick: 0, bpm: Bpm::DEFAULT }],
            sample_rate: 44_100,
            frame_of: &|tick| tick * 44_100 * 60 / 70 / 960,
        };
        let piece = learner.read(&midi::write(&score).unwrap()).unwrap();
        assert_eq!(piece.key, controls.key);
        assert!(piece.beats > 3 * piece.beats_left_out, "{piece:?}");
    }
    let learned = learner.tables(2);
    let tables = ChordTables::from_toml(&learned[0].toml).expect(&learned[0].toml);
    let table = tables.of(Mode::Minor);
    let index = |name: &str| table.index_of(name.parse().unwrap()).unwrap();
    let likeliest = |from: &str| {
        let row = table.next(None, index(from));
        (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
    };
    assert_eq!(likeliest("v"), index("VI"));
    assert_eq!(likeliest("III"), index("i"));
    let mut composer = Composer::with_chords(1, tables);
    assert!(!composer.compose(&controls).notes.is_empty());
}
