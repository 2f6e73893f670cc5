//! A run: one listener alone, then all, then the measurement.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use aeolian_wire::Format;
use anyhow::{Context, Result, anyhow, ensure};

use crate::options::{ListenerPlan, Options};
use crate::process::{self, Process};
use crate::report::{Measured, RunReport, ServerUsage};
use crate::status::{self, StationCounts};
use crate::tally::Tally;
use crate::worker::{self, Swarm};

/// File descriptors for all but listeners.
const SPARE_FILES: u64 = 64;

/// The first half of a second of the one who is alone is not measured: it is the join burst.
const JOIN: Duration = Duration::from_millis(500);

/// Time for the last listeners to be taken, after which the run goes on without them.
const JOIN_MAX: Duration = Duration::from_secs(30);

/// How often it is looked at what is waited for.
const LOOK: Duration = Duration::from_millis(100);

/// Makes the run.
///
/// # Errors
/// The machine has too few file descriptors, the server's process is not there or ends.
pub fn run(options: &Options) -> Result<RunReport> {
    raise_file_limit(options.listeners)?;
    let server = options.pid.map(Process::new).transpose()?;
    let swarm = Swarm::new(options.server, &options.station);
    let plans = options.plans();
    // Listener i belongs to thread i modulo threads, so that all ramp at the same time.
    let part = |i: usize| plans.iter().skip(i).step_by(options.threads).copied().collect();
    let parts: Vec<Vec<ListenerPlan>> = (0..options.threads).map(part).collect();
    thread::scope(|scope| {
        let swarm = &swarm;
        let workers: Vec<_> =
            parts.iter().map(|part| scope.spawn(move || worker::run(swarm, part))).collect();
        let measured = measure(options, swarm, server.as_ref());
        swarm.stop.store(true, Relaxed);
        let mut formats = BTreeMap::<Format, Tally>::new();
        for worker in workers {
            for (format, tally) in worker.join().map_err(|_| anyhow!("a worker failed"))?? {
                formats.entry(format).or_default().add(&tally);
            }
        }
        measured.map(|measured| RunReport::new(options, &formats, measured))
    })
}

fn raise_file_limit(listeners: usize) -> Result<()> {
    let needed = listeners as u64 + SPARE_FILES;
    let got = rlimit::increase_nofile_limit(needed).context("cannot ask for file descriptors")?;
    ensure!(
        got >= needed,
        "{listeners} listeners need {needed} file descriptors; allowed are {got}"
    );
    Ok(())
}

fn measure(options: &Options, swarm: &Swarm, server: Option<&Process>) -> Result<Measured> {
    let own = Process::own()?;
    let alone = server.map(|server| alone(options, server)).transpose()?;
    await_all(options, swarm);
    thread::sleep(Duration::from_secs(options.settle_s as u64));
    let listening = swarm.joined.load(Relaxed) - swarm.left.load(Relaxed);
    let ask = || status::ask(options.server, &options.station).ok();
    let (before, cpu, own_cpu) = (ask(), server.map(Process::cpu).transpose()?, own.cpu()?);
    swarm.measuring.store(true, Relaxed);
    let stalled_gone_s = watch(options, listening, ask);
    let after_cpu = server.map(Process::cpu).transpose()?;
    let own_cores = own.cpu()?.cores_since(own_cpu);
    let usage = match (server, alone, cpu, after_cpu) {
        (Some(server), Some(alone), Some(before), Some(after)) => Some(ServerUsage {
            cores: after.cores_since(before),
            cores_alone: alone.cores,
            resident_bytes: server.resident_bytes()?,
            resident_bytes_alone: alone.resident_bytes,
            tcp_bytes: process::tcp_bytes()?,
            tcp_bytes_alone: alone.tcp_bytes,
        }),
        _ => None,
    };
    let underruns =
        before.zip(ask()).map(|(b, a): (StationCounts, StationCounts)| a.underruns - b.underruns);
    Ok(Measured { listening, server: usage, own_cores, underruns, stalled_gone_s })
}

struct Alone {
    cores: f64,
    resident_bytes: u64,
    tcp_bytes: u64,
}

/// What the server uses for one listener.
fn alone(options: &Options, server: &Process) -> Result<Alone> {
    let time = Duration::from_secs(options.alone_s as u64);
    thread::sleep(JOIN.min(time));
    let before = server.cpu()?;
    thread::sleep(time.saturating_sub(JOIN));
    let cores = if time > JOIN { server.cpu()?.cores_since(before) } else { 0.0 };
    let (resident_bytes, tcp_bytes) = (server.resident_bytes()?, process::tcp_bytes()?);
    Ok(Alone { cores, resident_bytes, tcp_bytes })
}

fn await_all(options: &Options, swarm: &Swarm) {
    let ramp = Duration::from_secs_f64(options.listeners as f64 / options.rate as f64);
    let give_up = Duration::from_secs(options.alone_s as u64) + ramp + JOIN_MAX;
    let settled = || swarm.joined.load(Relaxed) + swarm.failed.load(Relaxed);
    while settled() < options.listeners && swarm.start.elapsed() < give_up {
        thread::sleep(LOOK);
    }
}

/// Waits for the end of the measurement. Looks meanwhile when the server is rid of who stalled.
fn watch(
    options: &Options,
    listening: usize,
    ask: impl Fn() -> Option<StationCounts>,
) -> Option<f64> {
    let (start, time) = (Instant::now(), Duration::from_secs(options.measure_s as u64));
    let left = listening.saturating_sub(options.stalled) as u64;
    let mut gone_s = None;
    while let Some(rest) = time.checked_sub(start.elapsed()) {
        if options.stalled == 0 || gone_s.is_some() {
            thread::sleep(rest);
        } else if ask().is_some_and(|status| status.listeners <= left) {
            gone_s = Some(start.elapsed().as_secs_f64());
        } else {
            thread::sleep(LOOK.min(rest));
        }
    }
    gone_s
}
