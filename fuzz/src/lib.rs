//! What each fuzz target does with its input: it must not panic, and what is taken must be consistent.
//!
//! Everything that is fuzzed is named here and nowhere else. The readers of frames and of the configuration are
//! private to their crates; their files are compiled into this one as they stand, so that nothing is exported for a
//! fuzzer's sake.

use std::sync::OnceLock;

use aeolian_piece::log;
use aeolian_score::harmony::ChordTables;
use aeolian_score::learn::{Lesson, Order};
use aeolian_score::{Composer, Controls};
use aeolian_station::Store;
use aeolian_wire::ClientMessage;

#[allow(dead_code, reason = "only its reader is fuzzed")]
#[path = "../../crates/server/src/ws/frame.rs"]
mod frame;

#[allow(dead_code, reason = "only the configuration file is fuzzed")]
#[path = "../../crates/aeolian/src/access.rs"]
mod access;
#[allow(dead_code, reason = "only the configuration file is fuzzed")]
#[path = "../../crates/aeolian/src/cli.rs"]
mod cli;
#[allow(dead_code, reason = "only the configuration file is fuzzed")]
#[path = "../../crates/aeolian/src/config/mod.rs"]
mod config;
#[allow(dead_code, reason = "only the configuration file is fuzzed")]
#[path = "../../crates/aeolian/src/controls.rs"]
mod controls;
#[allow(dead_code, reason = "only the configuration file is fuzzed")]
#[path = "../../crates/aeolian/src/tls.rs"]
mod tls;
#[allow(dead_code, reason = "only the configuration file is fuzzed")]
#[path = "../../crates/aeolian/src/usage.rs"]
mod usage;

/// As many bytes as a listener's message may hold.
const MESSAGE_BYTES_MAX: usize = 4096;

/// Bytes of a client's WebSocket, behind one that says in what pieces they come.
pub fn frames(data: &[u8]) {
    let Some((piece, bytes)) = data.split_first() else { return };
    let read = |piece: usize| {
        let mut reader = frame::Reader::new(MESSAGE_BYTES_MAX);
        let mut outcomes = Vec::new();
        for piece in bytes.chunks(piece) {
            reader.feed(piece);
            loop {
                match reader.next() {
                    Ok(frame::Outcome::Incomplete) => break,
                    Ok(outcome) => outcomes.push(outcome),
                    Err(violation) => return (outcomes, Some(violation)),
                }
            }
        }
        (outcomes, None)
    };
    let whole = read(bytes.len().max(1));
    for outcome in &whole.0 {
        if let frame::Outcome::Message(frame::Message::Text(text)) = outcome {
            assert!(text.len() <= MESSAGE_BYTES_MAX);
        }
    }
    assert_eq!(whole, read(usize::from(*piece).max(1)), "the pieces make a difference");
}

/// A text message of a listener.
pub fn client_json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = ClientMessage::id_of(text);
    match ClientMessage::parse(text) {
        Ok(ClientMessage::Control { change, .. }) => {
            let once = change.applied_to(&Controls::default());
            assert_eq!(change.applied_to(&once), once, "what is asked twice is asked once");
        }
        Ok(_) => {}
        Err(error) => assert!(serde_json::to_string(&error).is_ok()),
    }
}

/// A control log, whole or torn.
pub fn control_log(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(entries) = log::read(text)
    {
        let again: String = entries.iter().map(|entry| entry.to_line() + "\n").collect();
        assert_eq!(log::read(&again).expect("what was written is read"), entries);
    }
    if let Ok(whole) = log::read_whole(data) {
        let again = log::read_whole(&data[..whole.bytes]).expect("what is whole stays whole");
        assert_eq!((again.bytes, again.entries), (whole.bytes, whole.entries));
        assert_eq!(again.delayed, whole.delayed);
    }
}

/// The file that a kept station was born with.
pub fn station_json(data: &[u8]) {
    static FOLDER: OnceLock<(tempfile::TempDir, Store)> = OnceLock::new();
    let (folder, store) = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("main")).expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        (folder, store)
    });
    std::fs::write(folder.path().join("main/station.json"), data).expect("a file");
    if let Ok(birth) = store.find("main") {
        assert!(birth.is_some());
    }
}

/// A configuration file: what is taken can be started from, and what is refused is named with a line of the file.
pub fn configuration(data: &[u8]) {
    // The value is the path of a file that would be opened, whatever it is; `chords` has a target of its own.
    if data.windows(6).any(|window| window == b"chords") {
        return;
    }
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("aeolian.toml");
    std::fs::write(&path, data).expect("a file");
    match config::File::read(&path) {
        Ok(file) => {
            for start in file.stations.values().chain([&file.main]) {
                assert!(start.controls().is_ok(), "its controls do not contradict each other");
            }
        }
        Err(error) => {
            let error = format!("{error:#}");
            assert!(error.contains("aeolian.toml"), "{error}");
            assert!(error.contains("line ") || std::str::from_utf8(data).is_err(), "{error}");
        }
    }
}

/// A user's own chords: a table that is taken can be composed from.
pub fn chords(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(tables) = ChordTables::from_toml(text) else { return };
    let mut composer = Composer::with_chords(1, tables);
    for _ in 0..2 {
        assert!(!composer.compose(&Controls::default()).notes.is_empty());
    }
}

/// A MIDI file to learn from: what is learnt can be composed from.
pub fn midi(data: &[u8]) {
    let mut lesson = Lesson::default();
    let _ = lesson.hear("it", data);
    for order in [Order::Bigrams, Order::Trigrams] {
        let (text, _) = lesson.tables(order);
        assert!(text.is_empty() || ChordTables::from_toml(&text).is_ok(), "{text}");
    }
}
