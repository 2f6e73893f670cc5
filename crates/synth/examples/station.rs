//! Renders a station to a 32-bit float WAV file without the layers above: for work on the sound.
//!
//! `cargo run --release -p aeolian-synth --example station -- OUT.wav [SECONDS] [SEED] [CONTROLS]`, where CONTROLS is
//! JSON such as `{"preset":"night"}`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use aeolian_score::{Change, Composer, Controls};
use aeolian_synth::{CHANNELS, Engine, Plan, SAMPLE_RATE};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text = |i: usize, default: &'static str| args.get(i).map_or(default, String::as_str);
    let seconds: usize = text(1, "60").parse()?;
    let seed: u64 = text(2, "1").parse()?;
    let json: serde_json::Value = serde_json::from_str(text(3, "{}"))?;
    let change = Change::from_json(json.as_object().ok_or("controls are an object")?)
        .map_err(|errors| format!("{errors:?}"))?;
    let controls = change.applied_to(&Controls::default());

    let mut composer = Composer::new(seed);
    let mut phrases =
        vec![Arc::new(composer.compose(&controls)), Arc::new(composer.compose(&controls))];
    let mut engine =
        Engine::new(seed, Box::new(Plan { frame: 0, span: 0, controls, phrases: phrases.clone() }));
    let mut out = vec![0.0f32; seconds * SAMPLE_RATE as usize * CHANNELS];
    let begin = Instant::now();
    let mut most = 0;
    for block in out.chunks_mut(4410 * CHANNELS) {
        if engine.transport().next_tick() >= phrases[0].end() {
            phrases.remove(0);
            phrases.push(Arc::new(composer.compose(&controls)));
            let plan = Plan {
                frame: engine.frame(),
                span: engine.span(),
                controls,
                phrases: phrases.clone(),
            };
            drop(engine.adopt(Box::new(plan)));
        }
        engine.render(block);
        most = most.max(engine.sounding_voices());
    }
    let speed = seconds as f64 / begin.elapsed().as_secs_f64();
    println!("{speed:.0} times real time, up to {most} voices");

    let spec = hound::WavSpec {
        channels: CHANNELS as u16,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut wav = hound::WavWriter::create(text(0, "out.wav"), spec)?;
    for sample in out {
        wav.write_sample(sample)?;
    }
    wav.finalize()?;
    Ok(())
}
