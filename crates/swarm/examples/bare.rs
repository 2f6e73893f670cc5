//! The yardstick of a server's cost: a bare loop that sends the same bytes to as many sockets, ten times a
//! second, and does nothing else.
//!
//! `cargo run --release -p aeolian-swarm --example bare -- LISTENERS BYTES [SECONDS]`. A chunk takes 1 640 bytes in
//! `opus`, 17 700 in `pcm`, 23 700 in `json`. What a send costs is the kernel's and the machine's: it differs by a
//! factor of two from one machine to the next, so a server's figure says little without this one beside it.
#![allow(clippy::print_stdout)]

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{fs, thread};

use aeolian_swarm::arrival::{self, Receiver};
use aeolian_swarm::laps;
use anyhow::{Context, Result, bail, ensure};

/// What is sent to everybody in one go is sent this often.
const PERIOD: Duration = Duration::from_millis(100);
const WAVES_PER_S: usize = 10;
/// Files that are open beside the sockets, at most.
const FILES_BESIDE: usize = 50;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = args
        .iter()
        .map(|arg| arg.parse().with_context(|| format!("{arg:?} is no number")))
        .collect::<Result<_>>()?;
    let (listeners, bytes, seconds) = match *numbers.as_slice() {
        [listeners, bytes] => (listeners, bytes, 10),
        [listeners, bytes, seconds] => (listeners, bytes, seconds),
        _ => bail!("give listeners, bytes and, if you like, seconds"),
    };
    ensure!(listeners > 0 && bytes > 0 && seconds > 0, "all three are at least 1");
    let files =
        rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of files")?;
    let most = (files as usize).saturating_sub(FILES_BESIDE) / 2;
    ensure!(listeners <= most, "at most {most} listeners: {files} files may be open, two for each");
    let (mut senders, receivers) = pairs(listeners)?;
    let done = AtomicBool::new(false);
    let waves = thread::scope(|scope| {
        let receiving = scope.spawn(|| receive(&receivers, &done));
        let waves = send(&mut senders, &vec![7; bytes], seconds * WAVES_PER_S);
        done.store(true, Relaxed);
        receiving.join().unwrap_or_else(|_| bail!("the receiver failed"))?;
        waves
    })?;
    println!("{listeners} sockets, {bytes} bytes each, {} waves", waves.len());
    println!("                             mean  median   least");
    let [mean, median, least] = summary(waves.iter().map(|wave| wave.cpu))
        .map(|time| time.as_secs_f64() * 1e6 * WAVES_PER_S as f64 / listeners as f64);
    println!("CPU µs a listener-second  {mean:>7.1} {median:>7.1} {least:>7.1}");
    let [mean, median, least] =
        summary(waves.iter().map(|wave| wave.wall)).map(|time| time.as_secs_f64() * 1e3);
    println!("a wave takes, in ms       {mean:>7.1} {median:>7.1} {least:>7.1}");
    Ok(())
}

/// The mean of all, the median and the least.
fn summary(times: impl Iterator<Item = Duration>) -> [Duration; 3] {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    [times.iter().sum::<Duration>() / count, times[times.len() / 2], times[0]]
}

/// Connected sockets, the senders' ends and the receivers'.
fn pairs(count: usize) -> Result<(Vec<TcpStream>, Vec<TcpStream>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen")?;
    let address = listener.local_addr()?;
    let (mut senders, mut receivers) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let receiver = TcpStream::connect(address).context("cannot connect")?;
        let (sender, _) = listener.accept().context("cannot accept")?;
        sender.set_nodelay(true)?;
        sender.set_nonblocking(true)?;
        receiver.set_nonblocking(true)?;
        arrival::stamp(&receiver).context("cannot have arrivals timed")?;
        senders.push(sender);
        receivers.push(receiver);
    }
    Ok((senders, receivers))
}

/// What sending to everybody took.
struct Wave {
    cpu: Duration,
    wall: Duration,
}

fn send(senders: &mut [TcpStream], bytes: &[u8], waves: usize) -> Result<Vec<Wave>> {
    let mut taken = Vec::with_capacity(waves);
    // The first second is not counted.
    for wave in 0..WAVES_PER_S + waves {
        let (begun, cpu) = (Instant::now(), thread_cpu()?);
        for sender in &mut *senders {
            let sent = sender.write(bytes).context("a receiver does not keep up")?;
            ensure!(sent == bytes.len(), "a receiver does not keep up");
        }
        let (cpu, wall) = (thread_cpu()? - cpu, begun.elapsed());
        if wave >= WAVES_PER_S {
            taken.push(Wave { cpu, wall });
        }
        thread::sleep(PERIOD.saturating_sub(begun.elapsed()));
    }
    Ok(taken)
}

/// CPU time of this thread, by Linux.
fn thread_cpu() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").context("this is no Linux")?;
    let first = stat.split(' ').next().context("Linux says nothing")?;
    Ok(Duration::from_nanos(first.parse()?))
}

/// Reads what comes.
fn receive(receivers: &[TcpStream], done: &AtomicBool) -> Result<()> {
    let mut reader = Receiver::default();
    while !done.load(Relaxed) {
        thread::sleep(laps::EVERY);
        for part in receivers.chunks(laps::PART) {
            for i in laps::readable(part.iter().enumerate())? {
                match reader.read(&part[i]) {
                    Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error.into()),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}
