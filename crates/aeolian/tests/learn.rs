//! `aeolian learn`, as a person uses it: the real binary in a scratch folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use aeolian_score::Mode;
use aeolian_score::harmony::ChordTables;

fn aeolian(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aeolian")).current_dir(folder).args(args).output().unwrap()
}

#[test]
fn a_folder_of_music_becomes_a_table_and_what_was_left_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("music/deep")).unwrap();
    for (name, seed) in [("music/a.mid", "1"), ("music/deep/b.MID", "2")] {
        let args = ["render", "--score", name, "--duration", "1h", "--seed", seed, "--key", "Cm"];
        assert!(aeolian(folder.path(), &args).status.success());
    }
    fs::write(folder.path().join("music/noise.mid"), "no music").unwrap();
    fs::write(folder.path().join("music/notes.txt"), "not for us").unwrap();
    let output = aeolian(folder.path(), &["learn", "music", "--out", "chords.toml"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    for words in ["from 2 files", "minor: ", "noise.mid: not a standard MIDI file", "chords.toml"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("notes.txt"));
    let text = fs::read_to_string(folder.path().join("chords.toml")).unwrap();
    let tables = ChordTables::from_toml(&text).unwrap();
    assert_ne!(tables.of(Mode::Minor), ChordTables::built_in().of(Mode::Minor));
}

#[test]
fn nothing_is_written_where_nothing_was_understood() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("noise.mid"), "no music").unwrap();
    let output = aeolian(folder.path(), &["learn", "noise.mid", "--out", "chords.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("too few chords were recognised"));
    assert!(!folder.path().join("chords.toml").exists());
}

#[test]
fn bad_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (args, code, words) in [
        (&["learn", "--out", "a.toml"][..], 2, "DIR_OR_FILES"),
        (&["learn", "a.mid"], 2, "--out"),
        (&["learn", "a.mid", "--out", "a.toml", "--order", "4"], 2, "--order"),
        (&["learn", "no-such.mid", "--out", "a.toml"], 1, "no-such.mid"),
    ] {
        let output = aeolian(folder.path(), args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        assert!(text.contains(words), "{args:?}: {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
