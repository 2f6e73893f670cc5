//! How long one chunk takes to become 16 bits, JSON, Opus and FLAC: `cargo bench -p aeolian-stream`.

use std::hint::black_box;

use aeolian_score::Controls;
use aeolian_stream::packet::{Format, Packet};
use aeolian_stream::{CHUNK_SAMPLES, Offline, flac, opus, pcm};
use criterion::{Criterion, criterion_group, criterion_main};

fn encode(criterion: &mut Criterion) {
    let mut music = vec![0.0; CHUNK_SAMPLES * 100];
    Offline::new(7, Controls::default()).render(&mut music);
    let music = &music[CHUNK_SAMPLES * 99..];
    let mut samples = [0; CHUNK_SAMPLES];
    criterion.bench_function("pcm::to_s16", |b| {
        b.iter(|| pcm::to_s16(7, 0, black_box(music), black_box(&mut samples)));
    });
    criterion.bench_function("packet/pcm", |b| {
        b.iter(|| Packet::new(1, 1, false, black_box(&samples), Vec::new()));
    });
    let packet = Packet::new(1, 1, false, &samples, Vec::new());
    criterion.bench_function("packet/json", |b| {
        b.iter(|| black_box(&packet).audio_after_gap(Format::Json));
    });
    let Ok(mut coder) = flac::Coder::new() else { return };
    criterion.bench_function("packet/flac", |b| {
        b.iter(|| coder.encode(1, black_box(&samples)).map(<[u8]>::len).unwrap_or(0));
    });
    let Ok(mut coder) = opus::Coder::new() else { return };
    criterion.bench_function("packet/opus", |b| {
        b.iter(|| coder.encode(black_box(&samples)).map(<[u8]>::len).unwrap_or(0));
    });
}

criterion_group!(benches, encode);
criterion_main!(benches);
