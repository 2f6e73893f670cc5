//! What a station does and tells of changes that wait for a bar or phrase.

use super::*;

/// What is told of the controls.
fn told(sim: &Sim) -> Vec<State> {
    sim.ear().states().into_iter().map(|(_, state)| state).collect()
}

#[test]
fn changes_that_wait_for_a_phrase_are_bounded_and_make_room_when_it_comes() {
    let mut sim = Sim::heard();
    sim.run(1_000);
    let mut taken = 0;
    while sim.try_to_ask(r#"{"space":0.1,"apply":"phrase"}"#).is_ok() {
        taken += 1;
        assert!(taken <= 256);
        sim.run(5);
    }
    assert_eq!(taken, 256);
    assert!(matches!(sim.try_to_ask(r#"{"bpm":80,"apply":"bar"}"#), Err(Error::Busy { .. })));
    sim.ask(r#"{"bpm":80}"#);
    while sim.log().len() < 2 {
        sim.run(100);
    }
    assert_eq!(sim.log().len(), 257, "all of them took hold");
    sim.ask(r#"{"bpm":80,"apply":"bar"}"#);
}

#[test]
fn of_all_that_changes_before_a_chunk_listeners_are_told_the_last_state() {
    let mut sim = Sim::heard();
    sim.run(1_000);
    for i in 0..400 {
        let apply = ["now", "bar"][i % 2];
        drop(sim.ask(&format!(r#"{{"bpm":{},"apply":"{apply}"}}"#, 60 + i % 60)));
        sim.run(10);
    }
    sim.run(500);
    let before: Vec<u64> = sim.ear().states().iter().map(|(chunk, _)| *chunk).collect();
    assert!(before.len() > 30, "{}", before.len());
    assert!(before.windows(2).all(|pair| pair[0] < pair[1]), "{before:?}");
    assert_eq!(told(&sim).pop().unwrap().revision, 400);
}

#[test]
fn what_still_waits_is_in_the_answer_to_its_asker_and_in_no_state() {
    let mut sim = Sim::heard();
    sim.run(1_000);
    let before = *lock(&sim.shared.state);
    let mut answer = sim.ask(r#"{"key":"F#","apply":"phrase"}"#);
    sim.run(200);
    let later = answer.try_recv().unwrap();
    assert_eq!(later.revision, 1);
    assert_eq!(later.controls, change(r#"{"key":"F#"}"#).applied_to(&before.controls));
    assert_eq!(*lock(&sim.shared.state), State { revision: 1, ..before });

    let mut answer = sim.ask(r#"{"bpm":81}"#);
    sim.run(200);
    let now = answer.try_recv().unwrap();
    assert_eq!((now.revision, now.controls.key), (2, before.controls.key));
    assert!(now.frame < later.frame);
    assert_eq!(*lock(&sim.shared.state), now);
    let last = told(&sim).pop().unwrap();
    assert_eq!((last.revision, last.frame), (2, now.frame));
    assert_eq!(last.controls.key, before.controls.key);
}

#[test]
fn what_waited_is_told_to_all_once_it_holds_before_the_chunk_it_holds_from() {
    let mut sim = Sim::heard();
    sim.run(1_000);
    drop(sim.ask(r#"{"key":"F#","apply":"phrase"}"#));
    drop(sim.ask(r#"{"bpm":81}"#));
    while sim.log().len() < 2 {
        sim.run(100);
    }
    sim.run(500);
    let held = sim.log()[1].frame;
    let state = *lock(&sim.shared.state);
    assert_eq!((state.revision, state.frame, state.controls.bpm.get()), (2, held, 81.0));
    let (before_chunk, last) = *sim.ear().states().last().unwrap();
    assert!(before_chunk <= chunk_of(held), "{before_chunk}");
    assert_eq!((last.revision, last.frame), (2, held));
    assert_eq!((last.controls.home().tonic_name(), last.controls.bpm.get()), ("F#", 81.0));
}

#[test]
fn the_answer_to_what_waits_foresees_what_holds_before_it_and_nothing_later() {
    let mut sim = Sim::heard();
    sim.run(1_000);
    let mut phrase = sim.ask(r#"{"key":"F#","apply":"phrase"}"#);
    let mut bar = sim.ask(r#"{"space":0.25,"apply":"bar"}"#);
    sim.run(200);
    let (phrase, bar) = (phrase.try_recv().unwrap(), bar.try_recv().unwrap());
    let defaults = sim.shared.config.controls;
    assert!(bar.frame < phrase.frame);
    assert_eq!(bar.controls, change(r#"{"space":0.25}"#).applied_to(&defaults));
    let mut phrase = sim.ask(r#"{"intensity":0.75,"apply":"phrase"}"#);
    sim.run(200);
    let all = change(r#"{"space":0.25,"key":"F#","intensity":0.75}"#).applied_to(&defaults);
    assert_eq!(phrase.try_recv().unwrap().controls, all);
}

#[test]
fn every_state_is_what_the_control_log_gives_at_its_frame_and_none_falls_back() {
    let mut sim = Sim::heard();
    let mut rng = Rng::at(3, 4, 5);
    for _ in 0..300 {
        drop(sim.ask(CONTROLS[rng.below(CONTROLS.len() as u32) as usize]));
        sim.run(Nanos::from(rng.below(500)));
    }
    sim.run(1_000);
    let (log, told) = (sim.log(), told(&sim));
    assert!(told.len() > 250, "{}", told.len());
    assert!(told.is_sorted_by_key(|state| (state.revision, state.frame)));
    for (i, State { controls, revision, frame }) in told.iter().enumerate() {
        // What waited may hold from a frame that was told of already: then the last one counts.
        if told.get(i + 1).is_some_and(|next| (next.revision, next.frame) == (*revision, *frame)) {
            continue;
        }
        let holds = |entry: &&Entry| entry.frame <= *frame && entry.revision <= *revision;
        let held = log.iter().filter(holds).map(|entry| &entry.change);
        let held = held.fold(sim.shared.config.controls, |held, change| change.applied_to(&held));
        assert_eq!(*controls, held, "{revision} at {frame}");
    }
}
