//! How long one chunk takes to become 16 bits, then bytes of each codec: `cargo bench -p aeolian-codec`.

use std::hint::black_box;

use aeolian_codec::table::Making;
use aeolian_codec::{Codec, pcm};
use aeolian_piece::{CHUNK_SAMPLES, Offline};
use aeolian_score::Controls;
use criterion::{Criterion, criterion_group, criterion_main};

fn encode(criterion: &mut Criterion) {
    let mut music = vec![0.0; CHUNK_SAMPLES * 100];
    Offline::new(7, Controls::default()).render(&mut music);
    let music = &music[CHUNK_SAMPLES * 99..];
    let mut samples = [0; CHUNK_SAMPLES];
    criterion.bench_function("pcm::to_s16", |b| {
        b.iter(|| pcm::to_s16(7, 0, black_box(music), black_box(&mut samples)));
    });
    for codec in Codec::all() {
        let name = format!("packet/{}", codec.name());
        match codec.row().making {
            Making::AtOnce { make, .. } => {
                criterion.bench_function(&name, |b| b.iter(|| make(black_box(&samples))));
            }
            Making::InTurn { start, .. } => {
                let Ok(mut encoder) = start() else { continue };
                criterion.bench_function(&name, |b| {
                    b.iter(|| encoder.encode(1, black_box(&samples)).map_or(0, <[u8]>::len));
                });
            }
        }
    }
}

criterion_group!(benches, encode);
criterion_main!(benches);
