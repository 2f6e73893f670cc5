//! What a kept station does that is started again.

use std::path::Path;

use aeolian_score::Controls;
use aeolian_score::harmony::ChordTables;
use tempfile::tempdir;

use super::*;
use crate::Store;
use crate::store::Birth;

/// Starts the station that is kept in a folder, and lets it be heard.
fn start(folder: &Path) -> (Store, Sim) {
    let store = Store::open(folder).unwrap();
    let birth = Birth::new(SEED, Controls::default(), &ChordTables::built_in());
    let kept = store.keep("main", &birth).unwrap();
    let mut sim = Sim::after(&kept.past, Some(kept.journal));
    sim.ear = Some((sim.listen(Format::Pcm), Heard::default()));
    (store, sim)
}

fn stop((store, sim): (Store, Sim)) {
    sim.shared.stop();
    store.sync();
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
    assert_eq!(log[0].frame, crate::first_quantum(reached));
    assert_eq!(lock(&sim.shared.state).controls.bpm.get(), 90.0);
}
