//! No click, ever. A click is a step; a step has as much energy at the top of the spectrum as anywhere, where music has next to
//! none. So the detector looks at the twelfth difference, which weighs the highest frequencies, and asks
//! how far a sample of it stands out of the 12 ms before and after.
#![allow(clippy::unwrap_used)]

mod station;

use aeolian_score::phrase::Section;
use aeolian_score::rng::Rng;
use aeolian_score::time::TICKS_PER_BAR;
use aeolian_score::{Change, Controls, Note, Part, Phrase};
use aeolian_synth::{CHANNELS, Engine, Plan, SAMPLE_RATE};
use station::{Station, random_change};
use std::sync::Arc;

const ORDER: usize = 12;
const WINDOW: usize = 512;
/// Frames around a sample that do not count as its surroundings.
const GAP: usize = 16;
/// Music stays below 9.5; a step of 0.02 reaches 17.
const THRESHOLD: f64 = 12.0;
/// So that nothing below a step of 0.0008 counts, 62 dB under full scale: edges of several saws that
/// fall together reach half of that.
const FLOOR: f64 = 0.03;

/// The frames of one channel at which something clicks.
fn clicks(channel: &[f32]) -> Vec<usize> {
    let mut d: Vec<f64> = channel.iter().map(|x| f64::from(*x)).collect();
    for _ in 0..ORDER {
        for i in 0..d.len() - 1 {
            d[i] = d[i + 1] - d[i];
        }
        d.pop();
    }
    let mut energy = vec![0.0];
    for x in &d {
        energy.push(energy.last().unwrap() + x * x);
    }
    let rms = |from: usize, to: usize| ((energy[to] - energy[from]) / (to - from) as f64).sqrt();
    (WINDOW..d.len() - WINDOW)
        .filter(|&i| {
            let around = rms(i - WINDOW, i - GAP).max(rms(i + GAP, i + WINDOW));
            d[i].abs() > THRESHOLD * (around + FLOOR)
        })
        .collect()
}

fn left(samples: &[f32]) -> Vec<f32> {
    samples.iter().step_by(2).copied().collect()
}

fn assert_no_click(samples: &[f32], what: &str) {
    for channel in [0, 1] {
        let samples: Vec<f32> = samples[channel..].iter().step_by(2).copied().collect();
        let found = clicks(&samples);
        assert!(found.is_empty(), "{what}: channel {channel} clicks at frames {found:?}");
    }
}

fn seconds(n: usize) -> Vec<f32> {
    vec![0.0; n * SAMPLE_RATE as usize * CHANNELS]
}

#[test]
fn a_planted_step_of_two_hundredths_is_found() {
    let mut out = seconds(60);
    Station::new(2, &Change::default()).render(&mut out, 4410);
    let music = left(&out);
    assert!(clicks(&music).is_empty());
    for second in (5..55).step_by(5) {
        let at = second * SAMPLE_RATE as usize + 17 * second;
        let mut planted = music[at - 4096..at + 4096].to_vec();
        planted[4096..].iter_mut().for_each(|sample| *sample += 0.02);
        let found = clicks(&planted);
        assert!(found.iter().any(|frame| frame.abs_diff(4096) < 2 * ORDER), "{second} s");
    }
}

#[test]
fn no_control_clicks_in_an_hour_however_it_is_moved() {
    let mut station = Station::new(21, &Change::default());
    let mut rng = Rng::at(21, 0, 0);
    let mut out = seconds(60);
    for minute in 0..60 {
        let mut rest = &mut out[..];
        while !rest.is_empty() {
            let longest = 1 << rng.below(11);
            let frames = 64 * (1 + rng.below(longest) as usize);
            let (now, later) = rest.split_at_mut(rest.len().min(frames * CHANNELS));
            let plan = station.plan_for(&random_change(&mut rng));
            drop(station.engine.adopt(plan));
            station.engine.render(now);
            rest = later;
        }
        assert!(out.iter().all(|sample| sample.is_finite()));
        assert_no_click(&out, &format!("minute {minute}"));
    }
}

#[test]
fn notes_on_off_and_stolen_do_not_click() {
    // Three times as many notes as there are voices, of all lengths, from the first frame on.
    let mut rng = Rng::at(4, 0, 0);
    let mut notes: Vec<Note> = (0..900)
        .map(|id| {
            let part = [Part::Pad, Part::Melody, Part::Bass][rng.below(3) as usize];
            let start = if id < 20 { 0 } else { u64::from(rng.below(8 * TICKS_PER_BAR as u32)) };
            let longest = 1 << (4 + rng.below(9));
            let ticks = 1 + u64::from(rng.below(longest));
            let pitch = 30 + rng.below(60) as u8;
            Note { id, part, pitch, start, ticks, velocity: 1 + rng.below(127) as u8 }
        })
        .collect();
    notes.sort_by_key(|note| (note.start, note.id));
    let section = Section { name: "test", index: 0, tension: 0.5 };
    let phrase = Phrase { index: 0, start: 0, bars: 8, section, chords: Vec::new(), notes };
    let controls = Controls::default();
    let plan = Plan { frame: 0, controls, phrases: vec![Arc::new(phrase)] };
    let mut engine = Engine::new(4, Box::new(plan));
    let mut out = seconds(36);
    engine.render(&mut out);
    assert_no_click(&out, "stealing");
    assert_eq!(engine.sounding_voices(), 0, "every voice comes to rest");
}
