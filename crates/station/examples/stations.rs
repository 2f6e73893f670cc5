//! Measures a process full of stations: how late controls come to the wire, whether anybody starves,
//! what it costs in time and memory.
//!
//!     cargo run --release -p aeolian-station --example stations -- \
//!         [--stations 200] [--asleep 0] [--codec pcm|opus|flac] [--seconds 20] \
//!         [--steer true|false] [--apart-ms 5]
//!
//! Each station that is awake has one listener and gets a control about twice a second. Linux only:
//! time and memory come from /proc.

#![allow(clippy::print_stdout, reason = "it prints what it measures")]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is not the render side"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use aeolian_codec::Codec;
use aeolian_hub::Event;
use aeolian_score::Change;
use aeolian_score::control::value::{Bpm, Level};
use aeolian_score::rng::Rng;
use aeolian_station::stats::BUCKETS_MS;
use aeolian_station::{Config, Registry};

type Failure = Box<dyn std::error::Error>;

struct Options {
    stations: usize,
    asleep: usize,
    codec: Codec,
    seconds: u64,
    /// Stations take controls.
    steer: bool,
    /// Between one listener's joining, which wakes a station, and the next one's.
    apart: Duration,
}

fn options() -> Result<Options, Failure> {
    let mut options = Options {
        stations: 200,
        asleep: 0,
        codec: Codec::Pcm,
        seconds: 20,
        steer: true,
        apart: Duration::from_millis(5),
    };
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or("each flag takes a value")?;
        match flag.as_str() {
            "--stations" => options.stations = value.parse()?,
            "--asleep" => options.asleep = value.parse()?,
            "--codec" => options.codec = value.parse()?,
            "--seconds" => options.seconds = value.parse()?,
            "--steer" => options.steer = value.parse()?,
            "--apart-ms" => options.apart = Duration::from_millis(value.parse()?),
            _ => return Err(format!("no such flag: {flag}").into()),
        }
    }
    Ok(options)
}

/// Seconds of processor time that this process has used.
fn cpu_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("no fields")?;
    let ticks =
        fields.split(' ').skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

/// Resident memory in KiB.
fn resident_kib() -> Result<f64, Failure> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = statm.split(' ').nth(1).ok_or("no second field")?.parse()?;
    Ok(pages * 4.0)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let options = options()?;
    let count = options.stations + options.asleep;
    let before_kib = resident_kib()?;
    let made = Instant::now();
    let registry = Registry::start(Config::new("main", 0), count + 1)?;
    let mut stations = Vec::new();
    for i in 0..count {
        stations.push(registry.make(Config::new(format!("s{i}"), i as u64))?);
    }
    let asleep_kib = resident_kib()?;
    println!(
        "{count} stations made in {:.1} s, {:.0} KiB each asleep",
        made.elapsed().as_secs_f64(),
        (asleep_kib - before_kib) / count.max(1) as f64
    );
    let (chunks, gaps) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let heard = &stations[..options.stations];
    for station in heard {
        let (chunks, gaps) = (chunks.clone(), gaps.clone());
        let mut listener = station.join(options.codec, 400);
        tokio::spawn(async move {
            loop {
                match listener.next().await {
                    Event::Audio(_) => chunks.fetch_add(1, Relaxed),
                    Event::News(_) => 0,
                    Event::Evicted | Event::Ended => break gaps.fetch_add(1, Relaxed),
                };
            }
        });
        tokio::time::sleep(options.apart).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (start, start_cpu, start_chunks) = (Instant::now(), cpu_seconds()?, chunks.load(Relaxed));
    if options.steer {
        for (i, station) in heard.iter().cloned().enumerate() {
            tokio::spawn(async move {
                let mut rng = Rng::at(i as u64, 1, 1);
                loop {
                    let wait = Duration::from_micros(u64::from(rng.below(1_000_000)));
                    tokio::time::sleep(wait).await;
                    let change = Change {
                        bpm: Bpm::new(60.0 + f64::from(rng.below(60))),
                        intensity: Level::new(f64::from(rng.unit())),
                        ..Change::default()
                    };
                    if station.control(change).await.is_err() {
                        break;
                    }
                }
            });
        }
    }
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds()? - start_cpu;
    println!(
        "{} awake, {} asleep, {}: {:.1} % of a core, {:.0} KiB a station",
        options.stations,
        options.asleep,
        options.codec.name(),
        100.0 * cpu / seconds,
        (resident_kib()? - before_kib) / count.max(1) as f64
    );
    let due = seconds * 10.0 * options.stations as f64;
    let given = chunks.load(Relaxed) - start_chunks;
    println!("{given} chunks heard of {due:.0} due, {} listeners lost", gaps.load(Relaxed));
    let sum = |f: fn(&aeolian_station::Stats) -> u64| -> u64 {
        heard.iter().map(|station| f(station.stats())).sum()
    };
    println!(
        "underruns {}, overruns {}, reanchored {}, lagged {}, controls {}",
        sum(|s| s.underruns.get()),
        sum(|s| s.overruns.get()),
        sum(|s| s.reanchors.get()),
        sum(|s| s.hub.lagged.get()),
        sum(|s| s.controls.get()),
    );
    let rendered = sum(|s| s.rendered.get()).max(1);
    println!(
        "render: {:.0} us a chunk, at most {:.1} ms",
        sum(|s| s.render_ns.get()) as f64 / rendered as f64 / 1e3,
        heard.iter().map(|s| s.stats().render_ns_max.get()).max().unwrap_or(0) as f64 / 1e6
    );
    let mut buckets = [0; BUCKETS_MS.len() + 1];
    for station in heard {
        for (sum, count) in buckets.iter_mut().zip(station.stats().control_to_wire.counts()) {
            *sum += count;
        }
    }
    println!("control to wire, counts up to {BUCKETS_MS:?} ms and above: {buckets:?}");
    registry.stop();
    Ok(())
}
