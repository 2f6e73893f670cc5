//! How many seconds of audio the engine renders in a second of one core: `cargo bench -p aeolian-synth`.
//!
//! Each iteration renders one second, so `thrpt` in elements a second is that number.
#![allow(missing_docs, clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

#[path = "../tests/station/mod.rs"]
mod station;

use aeolian_score::Change;
use aeolian_synth::{CHANNELS, Engine, Isa, SAMPLE_RATE, load};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use station::Station;

fn engine(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group.throughput(Throughput::Elements(1)).sample_size(40);
    let mut second = vec![0.0f32; SAMPLE_RATE as usize * CHANNELS];
    for isa in Isa::available() {
        let mut engine = Engine::with_isa(1, Box::new(load::worst_case(100_000)), isa);
        group.bench_function(format!("worst case, {isa:?}"), |b| {
            b.iter(|| engine.render(&mut second));
        });
        let mut station = Station::with_isa(1, &Change::default(), isa);
        group.bench_function(format!("default station, {isa:?}"), |b| {
            b.iter(|| station.render(&mut second, 4410));
        });
    }
    // What falls silent becomes no slower: nothing denormal is computed with.
    let mut station = Station::new(1, &Change::default());
    station.render(&mut vec![0.0; 60 * second.len()], 4410);
    let silence = r#"{"parts":{"pad":0,"melody":0,"bass":0,"percussion":0,"texture":0}}"#;
    let plan = station.plan_for(&station::change(silence));
    drop(station.engine.adopt(plan));
    group.bench_function("falling silent", |b| {
        b.iter(|| station.render(&mut second, 4410));
    });
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
