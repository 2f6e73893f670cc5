//! A station on a virtual clock: its three tasks stepped by hand, with whatever delays a test wants.

use std::sync::Arc;

use aeolian_codec::{Codec, pcm};
use aeolian_hub::{Event, Listener, News};
use aeolian_piece::bars::Bar;
use aeolian_piece::log::Entry;
use aeolian_piece::{
    CHUNK_FRAMES, CHUNK_SAMPLES, Offline, Past, Piece, State, chunk_of, chunk_start,
};
use aeolian_score::Change;
use aeolian_score::rng::Rng;
use aeolian_synth::LOOK_AHEAD;
use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::clock::{Clock, MS, Nanos};
use crate::config::Config;
use crate::control::{Conductor, Primer};
use crate::error::Error;
use crate::lane::{Next, Task};
use crate::lock::lock;
use crate::pace::Release;
use crate::render::Renderer;
use crate::runtime::{Tasks, tasks};
use crate::shared::{Ask, Shared};
use crate::store::Journal;

mod restart;
mod waiting;
mod wake;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const SEED: u64 = 7;

/// Which of the tasks are held up.
#[derive(Clone, Copy, Default)]
struct Held {
    renderer: bool,
    release: bool,
    conductor: bool,
}

struct Sim {
    shared: Arc<Shared>,
    renderer: Renderer,
    release: Release,
    conductor: Conductor,
    primer: Option<Primer>,
    /// Between two of its steps.
    primer_pause: Nanos,
    now: Nanos,
    held: Held,
    ear: Option<(Listener, Recording)>,
}

fn change(json: &str) -> Change {
    let value: Value = serde_json::from_str(json).unwrap();
    Change::from_json(value.as_object().unwrap()).unwrap()
}

impl Sim {
    fn new() -> Self {
        Self::after(&Past::default(), None)
    }

    /// A station that is started again, or is born now where its past is nothing.
    fn after(past: &Past, journal: Option<Journal>) -> Self {
        let shared = Arc::new(Shared::new(Config::new("main", SEED), journal));
        let Tasks { renderer, release, conductor, primer } = tasks(&shared, Clock::start(), past);
        let held = Held::default();
        let (primer_pause, now, ear) = (MS, 0, None);
        Self { shared, renderer, release, conductor, primer, primer_pause, now, held, ear }
    }

    /// A station that is heard from its birth on.
    fn heard() -> Self {
        let mut sim = Self::new();
        sim.ear = Some((sim.listen(), Recording::default()));
        sim
    }

    fn listen(&self) -> Listener {
        Listener::new(self.shared.hub.clone(), Codec::Pcm, 400)
    }

    /// What has been heard so far.
    fn ear(&self) -> &Recording {
        &self.ear.as_ref().unwrap().1
    }

    /// Lets a millisecond pass. The order of the tasks is drawn by `order`.
    fn tick(&mut self, order: u32) {
        self.now += MS;
        for turn in 0..3 {
            match (turn + order) % 3 {
                0 if !self.held.renderer => {
                    assert_no_alloc(|| self.renderer.step(self.now));
                }
                1 if !self.held.release => {
                    self.release.step(self.now);
                }
                2 if !self.held.conductor => {
                    self.conductor.step(self.now);
                }
                _ => {}
            }
        }
        if let Some(primer) = self.primer.as_mut().filter(|_| self.now % self.primer_pause == 0)
            && primer.step(self.now) == Next::Done
        {
            self.primer = None;
        }
        if let Some((listener, heard)) = &mut self.ear {
            heard.take(listener);
        }
    }

    fn run(&mut self, ms: Nanos) {
        for i in 0..ms {
            self.tick(i as u32);
        }
    }

    fn ask(&self, json: &str) -> oneshot::Receiver<State> {
        self.try_to_ask(json).unwrap()
    }

    fn try_to_ask(&self, json: &str) -> Result<oneshot::Receiver<State>, Error> {
        let (answer, answered) = oneshot::channel();
        self.shared.ask(Ask { change: change(json), arrived: self.now, answer })?;
        Ok(answered)
    }

    fn log(&self) -> Vec<Entry> {
        lock(&self.shared.log).entries().cloned().collect()
    }

    fn offline(&self) -> Offline {
        Offline::with_log(SEED, self.shared.config.controls, &self.log())
    }
}

/// What a listener has heard.
#[derive(Default)]
struct Recording {
    chunks: Vec<(u64, bool, Vec<i16>)>,
    /// With the number of the chunk after it.
    news: Vec<(u64, News)>,
}

impl Recording {
    fn take(&mut self, listener: &mut Listener) {
        while let Some(event) = listener.try_next() {
            match event {
                Event::Audio(audio) => {
                    let packet = &audio.packet;
                    let gap = audio.gap || packet.discontinuity();
                    self.chunks.push((packet.chunk(), gap, packet.samples().to_vec()));
                }
                Event::News(news) => {
                    let next = self.chunks.last().map_or(0, |(seq, ..)| seq + 1);
                    self.news.push((next, news));
                }
                Event::Evicted | Event::Ended => return,
            }
        }
    }

    fn states(&self) -> Vec<(u64, State)> {
        let states = self.news.iter().filter_map(|(chunk, news)| match news {
            News::State(state) => Some((*chunk, *state)),
            _ => None,
        });
        states.collect()
    }

    fn bars(&self) -> Vec<(u64, &Bar)> {
        let bars = self.news.iter().filter_map(|(chunk, news)| match news {
            News::Bar(bar) => Some((*chunk, &**bar)),
            _ => None,
        });
        bars.collect()
    }

    /// All samples from frame 0 on.
    fn pcm(&self) -> Vec<i16> {
        for (i, (seq, gap, _)) in self.chunks.iter().enumerate() {
            assert_eq!((*seq, *gap), (i as u64, false));
        }
        self.chunks.iter().flat_map(|(.., samples)| samples).copied().collect()
    }
}

/// As many chunks as were heard, rendered without threads or a clock, in blocks of any size.
fn render(mut offline: Offline, samples: usize, block_frames: usize) -> Vec<i16> {
    let mut rendered = vec![0.0; samples];
    for block in rendered.chunks_mut(block_frames * 2) {
        offline.render(block);
    }
    let mut out = vec![0; samples];
    pcm::to_s16(SEED, 0, &rendered, &mut out);
    out
}

/// The first frame in which two recordings differ.
fn first_difference(a: &[i16], b: &[i16]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a != b).map(|sample| sample / 2)
}

const CONTROLS: [&str; 12] = [
    r#"{"bpm":120}"#,
    r#"{"bpm":61.5,"apply":"bar"}"#,
    r#"{"key":"F# dorian"}"#,
    r#"{"key":"C","apply":"bar"}"#,
    r#"{"intensity":0.9}"#,
    r#"{"intensity":0.1,"apply":"phrase"}"#,
    r#"{"mode":"lydian","intensity":0.6}"#,
    r#"{"preset":"bright","parts":{"melody":0.2}}"#,
    r#"{"preset":"night","apply":"bar"}"#,
    r#"{"brightness":0.2,"space":0.9}"#,
    r#"{"parts":{"pad":0.3,"bass":0}}"#,
    r#"{"bpm":88,"key":"Eb","parts":{"pad":1,"bass":1}}"#,
];

#[test]
fn live_equals_offline_bit_for_bit_for_the_same_control_log() {
    for run in 0..3 {
        let mut rng = Rng::at(run, 99, 0);
        let mut sim = Sim::heard();
        for i in 0..60_000 {
            // Any task may be held up for a while, as threads are.
            if rng.chance(0.02) {
                sim.held.conductor = rng.chance(0.4);
            }
            if i % 100 == 0 {
                sim.held.renderer = rng.chance(0.2) && !sim.held.renderer;
            }
            if rng.chance(0.003) {
                drop(sim.ask(CONTROLS[rng.below(CONTROLS.len() as u32) as usize]));
            }
            sim.tick(rng.below(3));
        }
        let live = sim.ear().pcm();
        let log = sim.log();
        assert_eq!(sim.shared.stats.underruns.get(), 0);
        assert!(log.len() > 50 && live.len() > 590 * CHUNK_SAMPLES, "{}", log.len());
        assert!(log.is_sorted_by_key(|entry| entry.frame));
        for block_frames in [CHUNK_FRAMES, 1_000] {
            let offline = render(sim.offline(), live.len(), block_frames);
            assert_eq!(first_difference(&live, &offline), None, "run {run}, {block_frames}");
        }
    }
}

#[test]
fn a_control_holds_exactly_from_its_frame_on() {
    for (json, delayed) in [
        (r#"{"bpm":120,"key":"E"}"#, false),
        (r#"{"parts":{"pad":0}}"#, false),
        (r#"{"bpm":100,"apply":"bar"}"#, true),
    ] {
        let mut sim = Sim::heard();
        sim.run(2_345);
        let mut answer = sim.ask(json);
        let asked_at = sim.shared.schedule.released();
        sim.run(200);
        let state = answer.try_recv().unwrap();
        sim.run(4_000);
        assert_eq!(state.revision, 1);
        assert_eq!(state.frame % 64, 0);
        assert!(delayed || chunk_of(state.frame) <= asked_at + 3, "{state:?}");
        let live = sim.ear().pcm();
        // The same change, made by hand at that frame.
        let mut offline = Offline::new(SEED, sim.shared.config.controls);
        let mut rendered = vec![0.0; live.len()];
        let given = state.frame as usize - LOOK_AHEAD;
        let (before, after) = rendered.split_at_mut(given * 2);
        offline.render(before);
        let apply = aeolian_score::control::change::Apply::Now;
        assert_eq!(offline.control(&Change { apply, ..change(json) }).frame, state.frame);
        offline.render(after);
        let mut by_hand = vec![0; live.len()];
        pcm::to_s16(SEED, 0, &rendered, &mut by_hand);
        assert_eq!(first_difference(&live, &by_hand), None, "{json}");
    }
}

#[test]
fn a_control_is_on_the_wire_within_300_ms() {
    let mut sim = Sim::heard();
    let mut rng = Rng::at(1, 1, 1);
    for i in 0..300 {
        drop(sim.ask(if i % 2 == 0 { r#"{"bpm":80}"# } else { r#"{"bpm":70}"# }));
        sim.run(Nanos::from(101 + rng.below(300)));
    }
    let latency = &sim.shared.stats.control_to_wire;
    let counts = latency.counts();
    let total: u64 = counts.iter().sum();
    assert!(total >= 299);
    let slow: u64 = counts[10..].iter().sum();
    assert!(slow < total / 30, "over 250 ms: {counts:?}");
    assert_eq!(counts[11..], [0, 0], "over 300 ms: {counts:?}");
}

#[test]
fn fifty_controls_a_second_do_no_harm_and_the_last_one_holds() {
    let mut sim = Sim::heard();
    let mut answers = Vec::new();
    for i in 0..500 {
        answers.push(sim.ask(&format!(r#"{{"bpm":{},"intensity":0.{}}}"#, 60 + i % 60, i % 10)));
        sim.run(20);
    }
    sim.run(500);
    let states: Vec<_> = answers.iter_mut().map(|answer| answer.try_recv().unwrap()).collect();
    for (i, pair) in states.windows(2).enumerate() {
        assert_eq!(pair[0].revision, i as u64 + 1);
        assert!(pair[1].frame >= pair[0].frame);
    }
    let last = *lock(&sim.shared.state);
    assert_eq!(last, states[499]);
    assert_eq!(last.controls, change(r#"{"bpm":79,"intensity":0.9}"#).applied_to(&last.controls));
    assert_eq!(sim.ear().states().last().unwrap().1.revision, 500);
    assert_eq!(sim.shared.stats.underruns.get(), 0);
    let live = sim.ear().pcm();
    let offline = render(sim.offline(), live.len(), CHUNK_FRAMES);
    assert_eq!(first_difference(&live, &offline), None);
}

#[test]
fn the_phrase_queue_is_never_more_than_three_ahead_and_never_runs_dry() {
    let mut sim = Sim::heard();
    for second in 0..120 {
        if second % 7 == 3 {
            drop(sim.ask(CONTROLS[second % CONTROLS.len()]));
        }
        sim.run(1_000);
        let phrases = lock(&sim.shared.phrases).clone();
        assert!((3..=4).contains(&phrases.len()), "{}", phrases.len());
        let playing = lock(&sim.shared.now_playing).clone().unwrap();
        assert!(phrases[0].index.abs_diff(playing.phrase) <= 1, "{}", playing.phrase);
    }
}

#[test]
fn the_score_of_a_bar_precedes_its_first_chunk() {
    let mut sim = Sim::heard();
    for i in 0..600 {
        if i == 171 {
            drop(sim.ask(r#"{"bpm":113}"#));
        }
        sim.run(100);
    }
    let mut next_bar = 0;
    for (before_chunk, Bar { frame, bar, notes, .. }) in sim.ear().bars() {
        if *bar == next_bar {
            next_bar += 1;
            assert!(chunk_of(*frame) >= before_chunk, "bar {bar} comes late");
            assert!(chunk_of(*frame) <= before_chunk + 1, "bar {bar} comes early");
        } else {
            assert_eq!(*bar, next_bar - 1, "told again after a control");
        }
        assert!(notes.iter().all(|note| note.frame >= *frame));
    }
    assert!(next_bar > 17, "{next_bar}");
    // Who joins within a bar is told of it first.
    let mut late = sim.listen();
    let Some(Event::News(News::Bar(bar))) = late.try_next() else { panic!("no bar on joining") };
    assert!(bar.frame <= late.first_frame());
}

#[test]
fn an_unheard_station_sleeps_and_wakes_within_a_chunk() {
    let mut sim = Sim::new();
    sim.run(1_000);
    assert_eq!(sim.shared.stats.rendered.get(), 0);
    let mut heard = Recording::default();
    let mut listener = sim.listen();
    sim.run(20);
    heard.take(&mut listener);
    assert_eq!(heard.chunks.len(), 4, "the buffer is filled at once");
    sim.run(3_000);
    heard.take(&mut listener);
    drop(listener);
    sim.run(3_000);
    let (rendered, frame) = (sim.shared.stats.rendered.get(), sim.shared.hub.edge().next);
    assert_eq!(sim.renderer.step(sim.now), Next::Idle);
    assert_eq!(sim.release.step(sim.now), Next::Idle);
    assert_eq!(sim.conductor.step(sim.now), Next::Idle);
    // What is asked in its sleep holds when it wakes.
    let mut answer = sim.ask(r#"{"bpm":90}"#);
    sim.run(60_000);
    assert_eq!(sim.shared.stats.rendered.get(), rendered);
    let state = answer.try_recv().unwrap();
    assert!(chunk_of(state.frame) <= frame + 2);
    let mut listener = sim.listen();
    assert_eq!(listener.first_frame(), chunk_start(frame), "its clock stood still");
    let mut again = Recording::default();
    sim.run(20);
    again.take(&mut listener);
    assert_eq!(again.chunks.len(), 4);
    assert_eq!(again.chunks[0].0, frame);
    for _ in 0..20 {
        sim.run(100);
        again.take(&mut listener);
    }
    let mut offline = render(sim.offline(), chunk_start(frame + 20) as usize * 2, CHUNK_FRAMES);
    let offline = offline.split_off(chunk_start(frame) as usize * 2);
    let live: Vec<_> = again.chunks.iter().flat_map(|(.., samples)| samples).copied().collect();
    assert_eq!(first_difference(&live, &offline), None);
}

#[test]
fn an_underrun_gives_a_fade_and_is_counted_and_the_music_keeps_its_time() {
    let mut sim = Sim::heard();
    sim.run(2_000);
    sim.held.renderer = true;
    sim.run(500);
    sim.held.renderer = false;
    sim.run(2_000);
    let missing = sim.shared.stats.underruns.get();
    assert!((2..=4).contains(&missing), "{missing}");
    let live = sim.ear().pcm();
    assert_eq!(live.len() / CHUNK_SAMPLES, 48, "no chunk is left out of the sequence");
    let offline = render(sim.offline(), live.len(), CHUNK_FRAMES);
    let differing: Vec<u64> = (0..48)
        .filter(|chunk| {
            let samples = *chunk as usize * CHUNK_SAMPLES..(*chunk as usize + 1) * CHUNK_SAMPLES;
            live[samples.clone()] != offline[samples]
        })
        .collect();
    assert_eq!(differing.len() as u64, missing + 1, "the missing ones and one faded in");
    let steepest =
        |pcm: &[i16]| pcm.iter().zip(&pcm[2..]).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(steepest(&live) <= steepest(&offline) + 100, "a click");
}

#[test]
fn starved_for_long_a_station_waits_and_goes_on_with_a_discontinuity() {
    let mut sim = Sim::heard();
    for i in 0..100 {
        sim.held.renderer = (20..60).contains(&i);
        sim.run(100);
    }
    assert_eq!(sim.shared.stats.underruns.get(), 20);
    let gaps: Vec<_> = sim.ear().chunks.iter().filter(|(_, gap, _)| *gap).collect();
    assert_eq!(gaps.len(), 1);
    for (i, (seq, ..)) in sim.ear().chunks.iter().enumerate() {
        assert_eq!(*seq, i as u64);
    }
    let last = sim.shared.hub.edge().next;
    sim.run(10_000);
    assert_eq!(sim.shared.hub.edge().next, last + 100, "it is on time again");
}

#[test]
fn a_machine_that_slept_goes_on_where_it_was_with_a_discontinuity() {
    let mut sim = Sim::heard();
    sim.run(2_000);
    sim.now += 7_000 * MS;
    sim.run(2_000);
    assert_eq!(sim.shared.stats.reanchors.get(), 1);
    assert_eq!(sim.shared.stats.underruns.get(), 0);
    let gaps: Vec<_> = sim.ear().chunks.iter().filter(|(_, gap, _)| *gap).collect();
    assert_eq!(gaps.len(), 1);
    assert!((43..=45).contains(&sim.ear().chunks.len()), "{}", sim.ear().chunks.len());
}

#[test]
fn a_station_whose_engine_fails_is_rebuilt_and_the_rest_of_its_music_is_the_same() {
    let mut sim = Sim::heard();
    let mut answer = sim.ask(r#"{"bpm":100}"#);
    sim.run(5_000);
    answer.try_recv().unwrap();
    sim.renderer.faulted(sim.now);
    for _ in 0..200 {
        sim.run(100);
    }
    assert_eq!(sim.shared.stats.rebuilds.get(), 1);
    assert!(sim.shared.stats.underruns.get() <= 1);
    let live = sim.ear().pcm();
    let offline = render(sim.offline(), live.len(), CHUNK_FRAMES);
    let tail = live.len() - 20 * CHUNK_SAMPLES;
    let power = |pcm: &[i16]| pcm.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>();
    let ratio = power(&live[tail..]) / power(&offline[tail..]);
    assert!((0.5..2.0).contains(&ratio), "it sounds again: {ratio}");
    // Further controls are obeyed.
    let mut answer = sim.ask(r#"{"bpm":64}"#);
    sim.run(500);
    assert_eq!(answer.try_recv().unwrap().revision, 2);
}
