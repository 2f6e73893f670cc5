//! Stations that earlier versions kept, as their files were left: `fixtures/VERSION/` is the folder of a
//! station that a server of that version ended in good order. Each was steered by every control, at once
//! and from the next bar and phrase on, and left with two changes that still wait.
//!
//! A release adds its own: `aeolian serve --data-dir DIR`, steer, listen, end it, and copy `DIR/main`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "this is not the render side"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aeolian_codec::Codec;
use aeolian_hub::Event;
use aeolian_piece::History;
use aeolian_score::Composer;
use aeolian_station::{Config, Registry, Station, Store};
use serde_json::{Value, json};

/// What a folder holds.
struct Left {
    version: &'static str,
    seed: u64,
    /// The frame that it had reached.
    frame: u64,
    /// What `GET /api/status` said last.
    state: Value,
    /// The changes that had taken hold: revision and frame.
    log: &'static [(u64, u64)],
    /// The first of those that wait: the frame at which it is due, and the key that it brings.
    due: (u64, &'static str),
}

fn left() -> Vec<Left> {
    vec![Left {
        version: "0.3.0",
        seed: 7,
        frame: 1_609_650,
        state: json!({
            "key": "Db", "mode": "mixolydian", "bpm": 120, "intensity": 0.2, "brightness": 0.65,
            "space": 0.9, "wander": 0.7, "preset": null, "revision": 13, "frame": 454_912,
            "parts": {
                "pad": 0.9, "melody": 0.8, "bass": 0.25, "percussion": 0.0, "texture": 0.12345679
            },
        }),
        log: &[
            (1, 177_152),
            (2, 190_208),
            (3, 203_520),
            (4, 225_536),
            (5, 238_848),
            (6, 251_904),
            (7, 278_528),
            (8, 291_584),
            (9, 304_896),
            (10, 359_168),
            (11, 454_912),
        ],
        due: (1_682_176, "E"),
    }]
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A folder of stations whose `main` is the one that a version left.
fn kept(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main");
    fs::create_dir(&main).unwrap();
    for file in ["station.json", "control.jsonl"] {
        fs::copy(fixtures().join(version).join(file), main.join(file)).unwrap();
    }
    folder
}

/// The state as `GET /api/status` writes it: a level in the fewest digits that name it.
fn shown(station: &Station) -> Value {
    serde_json::from_str(&serde_json::to_string(&station.state()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_station_that_an_earlier_version_kept_goes_on_where_it_was_left() {
    for left in left() {
        let version = left.version;
        let folder = kept(version);
        let store = Store::open(folder.path()).unwrap();
        let birth = store.find("main").unwrap().unwrap();
        assert_eq!(birth.version.as_deref(), Some(version));
        assert_eq!((birth.seed, birth.frame), (left.seed, left.frame), "{version}");

        let registry = Registry::start_kept(store, Config::new("main", 1), 1).unwrap();
        let station = registry.get("main").unwrap();
        assert_eq!(station.seed(), left.seed, "{version}");
        assert_eq!(shown(&station), left.state, "{version}");
        assert_eq!(station.status().frame, left.frame, "{version}");
        let log: Vec<_> = station.log().entries().cloned().collect();
        let read: Vec<_> = log.iter().map(|entry| (entry.revision, entry.frame)).collect();
        assert_eq!(read, left.log, "{version}");

        // It stands in the phrase that its log leads to.
        let composer = Composer::new(left.seed);
        let history = History::compose(composer, birth.controls, &log, left.frame + 1);
        assert_eq!(history.phrases().last(), station.score().first(), "{version}");

        // What waited takes hold where it was promised.
        let mut listener = station.join(Codec::Pcm, 400);
        let (due, key) = left.due;
        let waited = async {
            while station.state().frame != due {
                assert!(matches!(listener.next().await, Event::Audio(_) | Event::News(_)));
            }
        };
        tokio::time::timeout(Duration::from_secs(15), waited).await.unwrap();
        let state = shown(&station);
        assert_eq!((&state["key"], &state["revision"]), (&json!(key), &left.state["revision"]));
        registry.stop();
    }
}

#[test]
fn every_kept_version_is_tried() {
    let mut folders: Vec<_> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, left().iter().map(|left| left.version).collect::<Vec<_>>());
}
