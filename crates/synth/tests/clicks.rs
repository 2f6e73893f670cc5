//! No click, ever. A click is a step; a step has as much energy at the top of the spectrum as anywhere, where music has next to
//! none. So the detectors look at the top of the spectrum, and ask how far a sample stands out of what is
//! before and after it.
//!
//! There are two tops. At the sample rate are the breath of noise, the levels and the limiter: the twelfth difference
//! weighs the highest frequencies. All else runs at half the rate, and what clicks there leaves nothing above; but every
//! other frame that comes out is one of its frames, and between 10 and 11 kHz these are empty, as long as no
//! breath of noise is heard.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

mod station;

use aeolian_score::phrase::{Section, SectionName};
use aeolian_score::rng::Rng;
use aeolian_score::time::TICKS_PER_BAR;
use aeolian_score::{Change, Controls, Note, Part, Phrase};
use aeolian_synth::{CHANNELS, Engine, Plan, SAMPLE_RATE};
use station::{Station, change, random_change};
use std::sync::Arc;

/// What a step is found by.
struct Detector {
    /// Samples around one that are looked at, and those of them that do not count as its surroundings.
    window: usize,
    gap: usize,
    /// How far it must stand out.
    threshold: f64,
    /// What is added to the surroundings, so that nothing inaudible counts.
    floor: f64,
}

/// Differences taken at the sample rate.
const ORDER: usize = 12;
/// Music stays below 9.5; a step of 0.02 reaches 17. Edges of several saws that fall together reach half
/// of the floor, a step of 0.0008.
const WHOLE: Detector = Detector { window: 512, gap: 16, threshold: 12.0, floor: 0.03 };
/// Music stays below 12; a step of 0.02 reaches 40.
const HALF: Detector = Detector { window: 512, gap: 64, threshold: 18.0, floor: 1e-5 };

impl Detector {
    /// The places of a signal without its music that stand out.
    fn find(&self, d: &[f64]) -> Vec<usize> {
        let Self { window, gap, threshold, floor } = *self;
        let mut energy = vec![0.0];
        for x in d {
            energy.push(energy.last().unwrap() + x * x);
        }
        let rms =
            |from: usize, to: usize| ((energy[to] - energy[from]) / (to - from) as f64).sqrt();
        (window..d.len() - window)
            .filter(|&i| {
                let around = rms(i - window, i - gap).max(rms(i + gap, i + window));
                d[i].abs() > threshold * (around + floor)
            })
            .collect()
    }
}

/// The frames of one channel at which something clicks at the sample rate.
fn clicks(channel: &[f32]) -> Vec<usize> {
    let mut d: Vec<f64> = channel.iter().map(|x| f64::from(*x)).collect();
    for _ in 0..ORDER {
        for i in 0..d.len() - 1 {
            d[i] = d[i + 1] - d[i];
        }
        d.pop();
    }
    WHOLE.find(&d)
}

/// The frames of every other frame of one channel at which something clicks at half the rate.
fn half_rate_clicks(half: &[f32]) -> Vec<usize> {
    // A Butterworth high-pass of order eight at 10.3 kHz, as four state-variable filters.
    let g = libm::tan(std::f64::consts::PI * 10_300.0 / 22_050.0);
    let mut d: Vec<f64> = half.iter().map(|x| f64::from(*x)).collect();
    for pole in [1.0, 3.0, 5.0, 7.0] {
        let k = 2.0 * libm::sin(std::f64::consts::PI * pole / 16.0);
        let a = 1.0 / (1.0 + g * (g + k));
        let (mut s1, mut s2) = (0.0, 0.0);
        for x in &mut d {
            let band = a * (s1 + g * (*x - s2));
            let low = s2 + g * band;
            (s1, s2) = (2.0 * band - s1, 2.0 * low - s2);
            *x -= k * band + low;
        }
    }
    HALF.find(&d)
}

fn every_other(channel: &[f32]) -> Vec<f32> {
    channel.iter().step_by(2).copied().collect()
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

fn assert_no_half_rate_click(samples: &[f32], what: &str) {
    for channel in [0, 1] {
        let half: Vec<f32> = samples[channel..].iter().step_by(4).copied().collect();
        let found = half_rate_clicks(&half);
        assert!(found.is_empty(), "{what}: channel {channel} clicks at half frames {found:?}");
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
fn a_planted_step_of_two_hundredths_is_found_at_half_the_rate() {
    let mut out = seconds(60);
    Station::new(2, &change(NO_TEXTURE)).render(&mut out, 4410);
    let music = every_other(&left(&out));
    assert!(half_rate_clicks(&music[4096..]).is_empty());
    for i in 1..200 {
        let at = 4096 + 6017 * i;
        let mut planted = music[at - 2048..at + 2048].to_vec();
        planted[2048..].iter_mut().for_each(|sample| *sample += 0.02);
        let found = half_rate_clicks(&planted);
        assert!(found.iter().any(|frame| frame.abs_diff(2048) < 64), "half frame {at}");
    }
}

/// Without the breath of noise, which hides what clicks at half the rate.
const NO_TEXTURE: &str = r#"{"parts":{"texture":0}}"#;

/// An hour of music whose controls are moved all the time, with one of them held; `check` hears each
/// minute.
fn an_hour_of_abuse(held: &str, check: impl Fn(&[f32], &str)) {
    let mut station = Station::new(21, &change(held));
    let mut rng = Rng::at(21, 0, 0);
    let mut out = seconds(60);
    for minute in 0..60 {
        let mut rest = &mut out[..];
        while !rest.is_empty() {
            let longest = 1 << rng.below(11);
            let frames = 64 * (1 + rng.below(longest) as usize);
            let (now, later) = rest.split_at_mut(rest.len().min(frames * CHANNELS));
            drop(station.plan_for(&random_change(&mut rng)));
            let plan = station.plan_for(&change(held));
            drop(station.engine.adopt(plan));
            station.engine.render(now);
            rest = later;
        }
        assert!(out.iter().all(|sample| sample.is_finite()));
        check(&out, &format!("minute {minute}"));
    }
}

#[test]
fn no_control_clicks_in_an_hour_however_it_is_moved() {
    an_hour_of_abuse("{}", assert_no_click);
}

#[test]
fn no_control_clicks_at_half_the_rate_in_an_hour_however_it_is_moved() {
    an_hour_of_abuse(NO_TEXTURE, assert_no_half_rate_click);
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
    let section = Section { name: SectionName::Drift, index: 0, tension: 0.5 };
    let phrase = Phrase { index: 0, start: 0, bars: 8, section, chords: Vec::new(), notes };
    let controls = change(NO_TEXTURE).applied_to(&Controls::default());
    let plan = Plan { frame: 0, span: 0, controls, phrases: vec![Arc::new(phrase)] };
    let mut engine = Engine::new(4, Box::new(plan));
    let mut out = seconds(36);
    engine.render(&mut out);
    assert_no_click(&out, "stealing");
    assert_no_half_rate_click(&out, "stealing");
    assert_eq!(engine.sounding_voices(), 0, "every voice comes to rest");
}
