//! What a station does that is woken while the machine is busy, as with many that wake at once.

use super::*;

#[test]
fn first_chunks_that_come_late_are_a_later_start_and_no_underrun() {
    let mut sim = Sim::heard();
    sim.held.renderer = true;
    // Five chunks come late, one every 160 ms, and each is given out at once.
    for chunk in 0..5 {
        sim.run(158);
        sim.held.renderer = false;
        sim.run(1);
        sim.held.renderer = true;
        sim.run(1);
        assert_eq!(sim.ear().chunks.len(), chunk + 1);
    }
    sim.held.renderer = false;
    sim.run(99);
    assert_eq!(sim.ear().chunks.len(), 6, "from the last of them on one comes every 100 ms");
    sim.run(10_000);
    assert_eq!(sim.ear().chunks.len(), 106);
    let stats = &sim.shared.stats;
    assert_eq!((stats.underruns.get(), stats.reanchors.get()), (0, 0));
    let live = sim.ear().pcm();
    let offline = render(sim.offline(), live.len(), CHUNK_FRAMES);
    assert_eq!(first_difference(&live, &offline), None);
}

#[test]
fn a_long_burst_that_comes_late_comes_whole() {
    let mut sim = Sim::new();
    let listener = Listener::new(sim.shared.hub.clone(), Codec::Pcm, 2_000);
    sim.ear = Some((listener, Recording::default()));
    sim.held.renderer = true;
    sim.run(700);
    sim.held.renderer = false;
    sim.run(90);
    assert_eq!(sim.ear().chunks.len(), 20);
    sim.run(5_000);
    assert_eq!(sim.ear().chunks.len(), 70);
    assert!(sim.ear().chunks.iter().all(|(_, gap, _)| !gap));
    let stats = &sim.shared.stats;
    assert_eq!((stats.underruns.get(), stats.reanchors.get()), (0, 0));
}

#[test]
fn first_chunks_that_do_not_come_are_missing_in_the_end() {
    let mut sim = Sim::heard();
    sim.held.renderer = true;
    sim.run(1_500);
    assert_eq!(sim.shared.stats.underruns.get(), 0);
    sim.run(500);
    let missing = sim.shared.stats.underruns.get();
    assert!((4..=6).contains(&missing), "{missing}");
    sim.held.renderer = false;
    sim.run(500);
    let (missing, heard) = (sim.shared.stats.underruns.get(), sim.ear().chunks.len());
    sim.run(5_000);
    assert_eq!(sim.shared.stats.underruns.get(), missing);
    assert_eq!(sim.ear().chunks.len(), heard + 50, "it is on time again");
}

#[test]
fn what_is_asked_of_a_sleeping_station_is_told_once_when_it_wakes() {
    let mut sim = Sim::new();
    for bpm in 60..120 {
        drop(sim.ask(&format!(r#"{{"bpm":{bpm}}}"#)));
        sim.run(10);
    }
    sim.ear = Some((sim.listen(), Recording::default()));
    sim.run(1_000);
    let told = sim.ear().states();
    assert_eq!((told.len(), told[0].1.revision), (1, 60));
}

#[test]
fn who_wakes_a_station_has_its_burst_at_once_however_long_it_is() {
    for (target_delay_ms, burst) in [(0, 4), (400, 4), (1_150, 12), (2_000, 20), (9_000, 20)] {
        let mut sim = Sim::new();
        sim.run(1_000);
        let hub = sim.shared.hub.clone();
        let listener = Listener::new(hub.clone(), Codec::Pcm, target_delay_ms);
        sim.ear = Some((listener, Recording::default()));
        sim.run(90);
        assert_eq!(sim.ear().chunks.len(), burst, "{target_delay_ms} ms");
        sim.run(5_000);
        assert_eq!(sim.ear().chunks.len(), burst + 50, "and then one every 100 ms");
        // Who joins is not to move the others' music, when the station sleeps for a while or has a fault.
        drop(Listener::new(hub, Codec::Pcm, 2_000));
        assert_ne!(sim.release.faulted(sim.now), Next::Done);
        sim.run(90);
        assert!(sim.ear().chunks.len() <= burst + 55);
        let stats = &sim.shared.stats;
        assert_eq!((stats.underruns.get(), stats.reanchors.get()), (0, 0));
    }
}

#[test]
fn a_failed_engine_is_rebuilt_at_once_and_not_with_the_next_phrase() {
    let mut sim = Sim::heard();
    sim.run(2_000);
    sim.renderer.faulted(sim.now);
    let next = sim.conductor.step(sim.now);
    let soon = sim.now + 50 * MS;
    assert!(matches!(next, Next::At { begin, .. } if begin <= soon), "{next:?} at {}", sim.now);
}
