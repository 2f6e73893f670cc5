//! What a kept station does that is started again.

use std::path::Path;

use aeolian_piece::chunk::first_quantum;
use aeolian_score::harmony::ChordTables;
use aeolian_score::{Controls, Phrase};
use aeolian_synth::Transport;
use serde_json::json;
use tempfile::tempdir;

use super::*;
use crate::store::{Birth, Store};

/// Starts the station that is kept in a folder, and lets it be heard.
fn start(folder: &Path) -> (Store, Sim) {
    let store = Store::open(folder).unwrap();
    let birth = Birth::new(SEED, Controls::default(), &ChordTables::built_in());
    let kept = store.keep("main", &birth, &ChordTables::built_in()).unwrap();
    let mut sim = Sim::after(&kept.past, Some(kept.journal));
    sim.ear = Some((sim.listen(), Recording::default()));
    (store, sim)
}

fn stop((store, sim): (Store, Sim)) {
    sim.shared.stop();
    store.sync();
}

/// What `station.json` holds.
fn kept(folder: &Path) -> Value {
    let text = std::fs::read(folder.join("main/station.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn keep(folder: &Path, value: &Value) {
    std::fs::write(folder.join("main/station.json"), value.to_string()).unwrap();
}

/// The piece that a station is started with.
fn piece(store: &Store) -> Piece {
    let birth = Birth::new(SEED, Controls::default(), &ChordTables::built_in());
    let chords = ChordTables::built_in();
    let past = store.keep("main", &birth, &chords).unwrap().past;
    past.resume(SEED, &chords, Controls::default()).piece
}

/// All that decides how a piece goes on.
fn stand(piece: &Piece) -> (Transport, Controls, Vec<Phrase>) {
    let phrases = piece.phrases().map(|phrase| Phrase::clone(phrase)).collect();
    (*piece.transport(), *piece.controls(), phrases)
}

#[test]
fn a_station_that_is_taken_up_plays_what_it_would_play_composed_from_its_birth() {
    let mut rng = Rng::at(8, 8, 8);
    let folder = tempdir().unwrap();
    let mut taken_up = 0;
    for _ in 0..4 {
        let (store, mut sim) = start(folder.path());
        for _ in 0..12 {
            let control = CONTROLS[rng.below(CONTROLS.len() as u32) as usize];
            drop(sim.ask(control));
            sim.run(Nanos::from(rng.below(20_000)));
        }
        stop((store, sim));
        let with = kept(folder.path());
        let frame = with["checkpoint"]["frame"].as_u64().unwrap();
        assert!(frame >= taken_up, "it moves on");
        taken_up = frame;
        let store = Store::open(folder.path()).unwrap();
        let (taken, mut without) = (piece(&store), with.clone());
        without.as_object_mut().unwrap().remove("checkpoint");
        keep(folder.path(), &without);
        let composed = piece(&store);
        let (mut taken, mut composed) = (taken, composed);
        for seconds in 1..60 {
            assert_eq!(stand(&taken), stand(&composed));
            let frame = (taken.frame() + seconds * 44_100).next_multiple_of(64);
            assert_eq!(taken.advance(frame), composed.advance(frame));
        }
        keep(folder.path(), &with);
    }
    assert!(taken_up > 0);
}

/// What the log gives, without threads or a clock, from a chunk on.
fn replayed(sim: &Sim, chunk: u64, samples: usize) -> Vec<i16> {
    let mut replay = sim.offline();
    replay.skip(u64::MAX, chunk_start(chunk));
    let mut rendered = vec![0.0; samples];
    replay.render(&mut rendered);
    let mut out = vec![0; samples];
    pcm::to_s16(SEED, chunk_start(chunk), &rendered, &mut out);
    out
}

#[test]
fn a_station_that_is_started_again_goes_on_with_the_very_samples_of_its_log() {
    let mut rng = Rng::at(5, 8, 8);
    let folder = tempdir().unwrap();
    let mut last = 0;
    for life in 0..4 {
        let (store, mut sim) = start(folder.path());
        for _ in 0..10 {
            sim.run(Nanos::from(rng.below(10_000)));
            let control = CONTROLS[rng.below(CONTROLS.len() as u32) as usize];
            drop(sim.ask(control));
        }
        sim.run(1_000);
        let chunks = &sim.ear().chunks;
        let first = chunks[0].0;
        assert!(first > last || life == 0);
        assert!(chunks.iter().skip(1).all(|(_, gap, _)| !gap), "life {life}");
        assert_eq!(sim.shared.stats.underruns.get(), 0);
        let heard: Vec<i16> = chunks.iter().flat_map(|(.., samples)| samples).copied().collect();
        let expected = replayed(&sim, first, heard.len());
        assert_eq!(first_difference(&heard, &expected), None, "life {life}, from {first} on");
        last = first + heard.len() as u64 / CHUNK_SAMPLES as u64 - 1;
        stop((store, sim));
    }
    assert!(last > 1_500, "{last} chunks");
}

#[test]
fn a_station_whose_past_takes_too_long_begins_out_of_silence_and_comes_to_be_what_it_was() {
    let folder = tempdir().unwrap();
    let (store, mut sim) = start(folder.path());
    sim.run(200_000);
    stop((store, sim));
    let (_store, mut sim) = start(folder.path());
    sim.primer_pause = 400 * MS;
    sim.run(180_000);
    let chunks = &sim.ear().chunks;
    let (first, last) = (chunks[0].0, chunks.last().unwrap().0);
    let differs =
        |chunk: u64| chunks[(chunk - first) as usize].2 != replayed(&sim, chunk, CHUNK_SAMPLES);
    assert!(differs(first + 50) && !differs(last), "from chunk {first} to {last}");
}

#[test]
fn a_checkpoint_that_does_not_fit_is_not_used() {
    let folder = tempdir().unwrap();
    let (store, mut sim) = start(folder.path());
    sim.run(140_000);
    stop((store, sim));
    let good = kept(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let composed = stand(&piece(&store));
    for (pointer, wrong) in [
        ("/checkpoint/engine", json!(0)),
        ("/checkpoint/chords", json!("0123456789abcdef")),
        ("/checkpoint/frame", json!(0)),
        ("/checkpoint/frame", json!(256)),
        ("/checkpoint/frame", json!(u64::MAX)),
        ("/checkpoint/composer", json!({})),
        ("/checkpoint/composer/bass", json!(0)),
        ("/checkpoint", json!(7)),
    ] {
        let mut bad = good.clone();
        bad["checkpoint"]["composer"]["memory"]["owed"] = json!([400, -200, -200]);
        keep(folder.path(), &bad);
        assert!(stand(&piece(&store)) != composed, "where it is used, it is heard");
        *bad.pointer_mut(pointer).unwrap() = wrong;
        keep(folder.path(), &bad);
        assert!(stand(&piece(&store)) == composed, "{pointer}");
    }
}

#[test]
fn a_change_that_waits_holds_from_the_frame_it_was_answered_with_through_a_restart() {
    for apply in ["bar", "phrase"] {
        let asked = format!(r#"{{"key":"D dorian","bpm":90,"apply":"{apply}"}}"#);
        let folder = tempdir().unwrap();
        let (store, mut sim) = start(folder.path());
        sim.run(1_000);
        let mut answer = sim.ask(&asked);
        sim.run(500);
        let state = answer.try_recv().unwrap();
        sim.ask(r#"{"space":0.2}"#);
        sim.run(500);
        let told = *lock(&sim.shared.state);
        assert_eq!(sim.log().len(), 1, "it still waits");
        stop((store, sim));

        let (store, mut sim) = start(folder.path());
        assert_eq!(*lock(&sim.shared.state), told);
        sim.run(30_000);
        let log = sim.log();
        assert_eq!((log.len(), log[1].frame, log[1].revision), (2, state.frame, state.revision));
        let mut answer = sim.ask(r#"{"space":0.3}"#);
        sim.run(500);
        let next = answer.try_recv().unwrap();
        assert_eq!(next.revision, told.revision + 1);
        assert_eq!(next.controls.bpm, state.controls.bpm);
        stop((store, sim));

        // Once it holds it waits no more.
        let (_store, mut sim) = start(folder.path());
        sim.run(30_000);
        assert_eq!(sim.log().len(), 3);
    }
}

#[test]
fn a_change_whose_bar_the_music_has_passed_in_a_restart_holds_first() {
    let folder = tempdir().unwrap();
    let (store, mut sim) = start(folder.path());
    sim.run(10_000);
    let reached = sim.shared.hub.edge().next;
    stop((store, sim));
    let waits = concat!(r#"{"tick":3840,"revision":1,"change":{"bpm":90}}"#, "\n");
    std::fs::write(folder.path().join("main/control.jsonl"), waits).unwrap();

    let (_store, mut sim) = start(folder.path());
    sim.run(1_000);
    let log = sim.log();
    assert_eq!((log.len(), log[0].revision), (1, 1));
    assert_eq!(log[0].frame, first_quantum(reached));
    assert_eq!(lock(&sim.shared.state).controls.bpm.get(), 90.0);
}
