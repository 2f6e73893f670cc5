//! How long composing takes: a phrase, a revision, and the slowest phrase of a day.
//!
//! `cargo bench -p aeolian-score`. The aims: a phrase of 8 bars under 200 µs, none over 2 ms.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aeolian_score::control::value::{Bpm, Level};
use aeolian_score::{Composer, Controls, Mode};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

fn steered(mode: Mode, intensity: f64) -> Controls {
    let mut controls = Controls { bpm: Bpm::MIN, ..Controls::default() };
    controls.mode = mode;
    controls.intensity = Level::new(intensity).unwrap_or(controls.intensity);
    controls
}

fn phrase(c: &mut Criterion) {
    for intensity in [0.0, 0.5, 1.0] {
        let controls = steered(Mode::Minor, intensity);
        let mut composer = Composer::new(1);
        c.bench_function(&format!("compose at intensity {intensity}"), |b| {
            b.iter(|| black_box(composer.compose(&controls)));
        });
    }
    let controls = steered(Mode::Minor, 0.5);
    let after = steered(Mode::Lydian, 0.8);
    let before = Composer::new(1);
    let phrase = before.clone().compose(&controls);
    let from = (phrase.start + phrase.end()) / 2;
    c.bench_function("revise half a phrase into another key", |b| {
        let revise = |mut composer: Composer| composer.revise(&phrase, from, &after);
        b.iter_batched(|| before.clone(), revise, BatchSize::SmallInput);
    });
}

/// The slowest phrase of a day in each mode, found by composing each five times and taking the
/// fastest, so that what other programs do on the machine does not count.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn worst(c: &mut Criterion) {
    let mut worst = (Duration::ZERO, Composer::new(0), Controls::default());
    for (seed, mode) in Mode::ALL.into_iter().enumerate() {
        let controls = steered(mode, 1.0);
        let mut composer = Composer::new(seed as u64);
        for _ in 0..2700 {
            let took = (0..5).map(|_| {
                let mut again = composer.clone();
                let start = Instant::now();
                black_box(again.compose(&controls));
                start.elapsed()
            });
            let took = took.min().unwrap_or_default();
            if took > worst.0 {
                worst = (took, composer.clone(), controls);
            }
            composer.compose(&controls);
        }
    }
    let (_, before, controls) = worst;
    c.bench_function("slowest phrase of a day in every mode", |b| {
        let compose = |mut composer: Composer| composer.compose(&controls);
        b.iter_batched(|| before.clone(), compose, BatchSize::SmallInput);
    });
}

criterion_group!(benches, phrase, worst);
criterion_main!(benches);
