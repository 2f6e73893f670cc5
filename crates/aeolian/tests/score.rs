//! `aeolian render --score`, as a person uses it: the real binary in a scratch folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use midly::{MetaMessage, MidiMessage, Smf, TrackEventKind};

fn aeolian(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aeolian")).current_dir(folder).args(args).output().unwrap()
}

fn read(folder: &Path, name: &str, args: &[&str]) -> Vec<u8> {
    let output = aeolian(folder, &[&["render", "--seed", "7", "--score", name], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join(name)).unwrap()
}

#[test]
fn the_score_is_the_same_with_and_without_audio() {
    let folder = tempfile::tempdir().unwrap();
    let length = ["--duration", "20s"];
    let alone = read(folder.path(), "alone.mid", &length);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but the score is written");
    let beside = read(folder.path(), "beside.mid", &[&length[..], &["a.wav"]].concat());
    assert!(alone == beside && folder.path().join("a.wav").exists());
}

#[test]
fn midi_and_json_hold_the_same_notes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = read(folder.path(), "a.MID", &["--duration", "10m"]);
    let text = read(folder.path(), "a.json", &["--duration", "10m"]);
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let phrases = value["phrases"].as_array().unwrap();
    // In MIDI, two strokes of a pitch at once are one.
    let notes = phrases.iter().flat_map(|phrase| phrase["notes"].as_array().unwrap());
    let composed: BTreeSet<(String, u64, u64)> = notes
        .map(|note| {
            let part = note["part"].as_str().unwrap().to_owned();
            (part, note["start"].as_u64().unwrap(), note["pitch"].as_u64().unwrap())
        })
        .collect();
    let smf = Smf::parse(&bytes).unwrap();
    let mut written = BTreeSet::new();
    for track in &smf.tracks {
        let mut now = 0;
        let mut part = String::new();
        for event in track {
            now += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::TrackName(name)) => {
                    part = String::from_utf8_lossy(name).to_lowercase();
                }
                TrackEventKind::Midi { message: MidiMessage::NoteOn { key, .. }, .. } => {
                    written.insert((part.clone(), now, u64::from(key.as_int())));
                }
                _ => {}
            }
        }
    }
    assert!(composed.len() > 300, "{} notes", composed.len());
    let only: Vec<_> = composed.symmetric_difference(&written).collect();
    assert!(only.is_empty(), "only in one of them: {only:?}");
    assert_eq!(value["frames"], 10 * 60 * 44_100);
}

#[test]
fn the_tempo_changes_of_a_control_log_are_in_the_tempo_map() {
    let folder = tempfile::tempdir().unwrap();
    let entry = r#"{"frame":441024,"revision":1,"change":{"bpm":120}}"#;
    fs::write(folder.path().join("log.jsonl"), entry).unwrap();
    let args = ["--bpm", "60", "--log", "log.jsonl", "--duration", "1m"];
    let bytes = read(folder.path(), "a.mid", &args);
    let smf = Smf::parse(&bytes).unwrap();
    let mut now = 0;
    let mut tempi = Vec::new();
    for event in &smf.tracks[0] {
        now += event.delta.as_int();
        if let TrackEventKind::Meta(MetaMessage::Tempo(us)) = event.kind {
            tempi.push((now, us.as_int()));
        }
    }
    assert_eq!(tempi.first(), Some(&(0, 1_000_000)));
    let (arrived, us) = *tempi.last().unwrap();
    assert_eq!(us, 500_000);
    // 441 024 frames at 60 beats a minute are 9 600.5 ticks; the ramp lasts a beat.
    assert!((10_560..10_570).contains(&arrived), "{arrived}");
    assert!(tempi.len() > 10 && tempi.windows(2).all(|pair| pair[1].1 < pair[0].1), "{tempi:?}");
}

#[test]
fn bad_use_is_refused_with_what_is_allowed_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (args, words) in [
        (&["render"][..], ["OUT", "required"]),
        (&["render", "--score", "a.xml"], ["--score: a.xml", ".mid or .json"]),
        (&["render", "a.wav", "--score", "a.xml"], ["--score: a.xml", ".mid or .json"]),
        (&["render", "a.ogg", "--score", "a.mid"], ["OUT: a.ogg", ".wav"]),
        (&["render", "--score", "a.mid", "--duration", "169h"], ["--duration", "168h"]),
    ] {
        let output = aeolian(folder.path(), args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{args:?}: {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let output = aeolian(folder.path(), &["render", "--score", "no/such/a.mid"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("no/such/a.mid"), "{text}");
}

#[test]
fn chord_tables_of_ones_own_are_played_and_bad_ones_refused_precisely() {
    let folder = tempfile::tempdir().unwrap();
    let good =
        "mode = \"minor\"\nstart = { i = 1.0 }\n[next]\ni = { bII = 1.0 }\nbII = { i = 1.0 }\n";
    fs::write(folder.path().join("chords.toml"), good).unwrap();
    let flags = ["--duration", "2m", "--chords", "chords.toml"];
    let value: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "a.json", &flags)).unwrap();
    for phrase in value["phrases"].as_array().unwrap() {
        for chord in phrase["chords"].as_array().unwrap() {
            assert!(["i", "bII"].contains(&chord["numeral"].as_str().unwrap()), "{chord}");
        }
    }
    fs::write(folder.path().join("chords.toml"), good.replace("bII = 1.0", "bII = 0.7")).unwrap();
    let output = aeolian(folder.path(), &[&["render", "a.wav"], &flags[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    let says =
        "--chords chords.toml: table minor: the probabilities of next.i sum to 0.7000, not 1";
    assert!(error.contains(says), "{error}");
    assert!(!folder.path().join("a.wav").exists());
}
