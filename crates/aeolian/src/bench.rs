//! `aeolian bench`: how fast this machine makes music, in one thread.
//!
//! The same work is done several times, in stretches of a few milliseconds, and each stretch counts
//! with its best time: what else the machine does only ever makes it slower.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use aeolian_codec::{Codec, pcm};
use aeolian_hub::Packet;
use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_MS, CHUNK_SAMPLES, Offline, SAMPLE_RATE};
use aeolian_score::Controls;
use aeolian_synth::{Engine, Isa, load};
use aeolian_wire::Format;
use aeolian_wire::audio::{write_binary, write_json};
use aeolian_wire::format::Carrier;
use serde_json::{Map, Value, json};

use crate::cli::{BenchArgs, BenchSubject};

/// Chunks in a second.
const CHUNKS_PER_S: u64 = SAMPLE_RATE as u64 / CHUNK_FRAMES as u64;
/// Runs, of which each stretch's best counts.
const RUNS: usize = 7;
/// Audio that is not measured, so that every part has begun.
const WARM_UP_S: usize = 20;
/// Audio in a run of one engine.
const RUN_S: usize = 60;
/// Bars that last as long as warm-up and run, and longer: none is shorter than two seconds.
const BARS: u32 = (WARM_UP_S + RUN_S) as u32 / 2 + 1;
/// Stations that take turns: more than a core's caches hold.
const STATIONS: u64 = 64;
/// Audio of each of them that is not measured.
const STATION_WARM_UP_S: u64 = 5;
/// Audio that each of them renders in a run.
const STATION_RUN_S: u64 = 3;
/// The typical station's seed.
const SEED: u64 = 7;

/// Measures what `args` ask for, and prints it.
///
/// # Errors
/// When standard output cannot be written or a chunk cannot be encoded.
pub fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let asked = |subject| args.subject.is_none_or(|only| only == subject);
    let figures = Figures {
        engine: asked(BenchSubject::Engine).then(engine),
        stations_per_core: asked(BenchSubject::Stations).then(stations_per_core),
        encode: asked(BenchSubject::Encode).then(encode).transpose()?,
    };
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", figures.to_json())?;
    } else {
        figures.print(&mut out)?;
    }
    Ok(())
}

/// What was measured.
struct Figures {
    engine: Option<EngineFigures>,
    /// Default stations that one core keeps playing, rendered and encoded.
    stations_per_core: Option<f64>,
    encode: Option<EncodeFigures>,
}

/// Seconds of audio per second.
struct EngineFigures {
    worst_case_x: f64,
    typical_x: f64,
}

/// What is encoded, and microseconds from a chunk of floating-point samples to its bytes.
type EncodeFigures = Vec<(&'static str, f64)>;

impl Figures {
    /// The figures in the shape that tools read; what was not measured is absent.
    fn to_json(&self) -> Value {
        let mut object = Map::new();
        if let Some(EngineFigures { worst_case_x, typical_x }) = &self.engine {
            let figures =
                json!({ "worst_case_x": round(*worst_case_x), "typical_x": round(*typical_x) });
            object.insert("engine".to_owned(), figures);
        }
        if let Some(stations) = self.stations_per_core {
            object.insert("stations_per_core".to_owned(), stations.floor().into());
        }
        if let Some(figures) = &self.encode {
            let figures =
                figures.iter().map(|(name, us)| (format!("{name}_us"), json!(round(*us))));
            object.insert("encode".to_owned(), Value::Object(figures.collect()));
        }
        Value::Object(object)
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        if cfg!(debug_assertions) {
            writeln!(out, "This is no release build: it is slower than it could be.")?;
        }
        if let Some(EngineFigures { worst_case_x, typical_x }) = &self.engine {
            let isa = Isa::detect();
            writeln!(out, "engine ({isa:?}), seconds of audio per second of one core")?;
            writeln!(
                out,
                "  worst case {worst_case_x:>8.0}   16 voices, both drums, texture, effects"
            )?;
            writeln!(out, "  typical    {typical_x:>8.0}   the default station")?;
        }
        if let Some(stations) = self.stations_per_core {
            writeln!(out, "stations, on one core")?;
            writeln!(
                out,
                "  playing    {stations:>8.0}   {STATIONS} in turn, rendered and encoded as json"
            )?;
        }
        if let Some(figures) = &self.encode {
            writeln!(
                out,
                "encode, microseconds from a rendered chunk of {CHUNK_MS} ms to its bytes"
            )?;
            for (name, us) in figures {
                writeln!(out, "  {name:<10} {us:>8.1}")?;
            }
        }
        Ok(())
    }
}

fn round(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

fn engine() -> EngineFigures {
    let worst_case = best_of(|| {
        let mut engine = Engine::new(SEED, Box::new(load::worst_case(BARS)));
        time_of_rendering(|samples| engine.render(samples))
    });
    let typical = best_of(|| {
        let mut station = Offline::new(SEED, Controls::default());
        time_of_rendering(|samples| station.render(samples))
    });
    let run_s = RUN_S as f64;
    EngineFigures {
        worst_case_x: run_s / worst_case.as_secs_f64(),
        typical_x: run_s / typical.as_secs_f64(),
    }
}

/// The time that each second of one run takes, after its warm-up.
fn time_of_rendering(mut render: impl FnMut(&mut [f32])) -> Vec<Duration> {
    let mut samples = vec![0.0; CHUNK_SAMPLES];
    let mut second = || {
        for _ in 0..CHUNKS_PER_S {
            render(&mut samples);
            black_box(&samples);
        }
    };
    (0..WARM_UP_S).for_each(|_| second());
    (0..RUN_S).map(|_| time_of(&mut second)).collect()
}

fn stations_per_core() -> f64 {
    let mut samples = vec![0.0; CHUNK_SAMPLES];
    let best = best_of(|| {
        let mut stations: Vec<_> =
            (0..STATIONS).map(|seed| Offline::new(seed, Controls::default())).collect();
        let mut round = |chunk| {
            for station in &mut stations {
                station.render(&mut samples);
                message(&samples, chunk, Format::Json);
            }
        };
        let warm_up = STATION_WARM_UP_S * CHUNKS_PER_S;
        (0..warm_up).for_each(&mut round);
        let run = warm_up..warm_up + STATION_RUN_S * CHUNKS_PER_S;
        run.map(|chunk| time_of(|| round(chunk))).collect()
    });
    (STATIONS * STATION_RUN_S) as f64 / best.as_secs_f64()
}

fn encode() -> anyhow::Result<EncodeFigures> {
    let mut station = Offline::new(SEED, Controls::default());
    let mut samples = vec![0.0; WARM_UP_S * SAMPLE_RATE as usize * CHANNELS];
    station.render(&mut samples);
    let us = |encode: &mut dyn FnMut(u64, &[f32])| {
        let best = best_of(|| {
            let chunks = (0..).zip(samples.chunks_exact(CHUNK_SAMPLES));
            chunks.map(|(chunk, samples)| time_of(|| encode(chunk, samples))).collect()
        });
        best.as_secs_f64() * 1e6 / (samples.len() / CHUNK_SAMPLES) as f64
    };
    let mut figures = Vec::new();
    for format in Format::all().filter(|format| format.codec() == Codec::Pcm) {
        let us = us(&mut |chunk, samples| message(samples, chunk, format));
        figures.push((format.name(), us));
    }
    for codec in Codec::all() {
        let Some(encoder) = codec.start() else { continue };
        let mut encoder = encoder?;
        let us = us(&mut |chunk, samples| {
            black_box(encoder.encode(chunk, &rounded(samples, chunk)).map(<[u8]>::len).ok());
        });
        figures.push((codec.name(), us));
    }
    Ok(figures)
}

/// Makes a chunk's message as a server does, once for all its listeners.
fn message(samples: &[f32], chunk: u64, format: Format) {
    let packet = Packet::new(chunk, 0, false, Box::new(rounded(samples, chunk)), Vec::new());
    let Some(audio) = packet.audio(format.codec()) else { return };
    let mut message = Vec::new();
    match format.row().carrier {
        Carrier::Text => write_json(&mut message, &packet, false, audio),
        Carrier::Binary => write_binary(&mut message, chunk, false, audio),
    }
    black_box(message);
}

fn rounded(samples: &[f32], chunk: u64) -> [i16; CHUNK_SAMPLES] {
    let mut rounded = [0; CHUNK_SAMPLES];
    pcm::to_s16(SEED, chunk * CHUNK_FRAMES as u64, samples, &mut rounded);
    rounded
}

fn time_of(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The sum of each stretch's best time over all runs.
fn best_of(mut run: impl FnMut() -> Vec<Duration>) -> Duration {
    let mut best = run();
    for _ in 1..RUNS {
        best.iter_mut().zip(run()).for_each(|(best, time)| *best = time.min(*best));
    }
    best.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_case_sounds_sixteen_voices_from_its_first_second_to_its_last() {
        let mut engine = Engine::new(SEED, Box::new(load::worst_case(BARS)));
        let mut second = vec![0.0; SAMPLE_RATE as usize * CHANNELS];
        for _ in 0..WARM_UP_S + RUN_S {
            engine.render(&mut second);
            assert_eq!(engine.sounding_voices(), 16);
        }
    }

    #[test]
    fn a_stretch_counts_with_its_best_run() {
        let mut runs = [[5, 1, 9], [2, 8, 9]].into_iter().cycle();
        let best = best_of(|| runs.next().unwrap().map(Duration::from_millis).to_vec());
        assert_eq!(best, Duration::from_millis(2 + 1 + 9));
    }

    #[test]
    fn figures_that_were_not_measured_are_absent() {
        let figures = Figures {
            engine: Some(EngineFigures { worst_case_x: 812.345, typical_x: 1_600.0 }),
            stations_per_core: None,
            encode: None,
        };
        let expected = json!({ "engine": { "worst_case_x": 812.3, "typical_x": 1_600.0 } });
        assert_eq!(figures.to_json(), expected);
    }
}
