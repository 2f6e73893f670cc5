//! What a process uses, from Linux's `/proc`.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};

/// Nanoseconds of CPU time in a tick of `/proc/PID/stat`: Linux fixes 100 ticks a second for it.
const TICK_NS: u64 = 10_000_000;

/// A process that can be asked what it uses.
#[derive(Clone, Debug)]
pub struct Process {
    folder: PathBuf,
}

/// CPU time used up to a moment.
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    at: Instant,
    used_ns: u64,
}

impl Process {
    /// The process with this number.
    ///
    /// # Errors
    /// There is none, or this is no Linux.
    pub fn new(pid: u32) -> Result<Self> {
        let folder = PathBuf::from(format!("/proc/{pid}"));
        fs::metadata(&folder).with_context(|| format!("no process {pid} in /proc"))?;
        Ok(Self { folder })
    }

    /// This process.
    ///
    /// # Errors
    /// As [`Process::new`].
    pub fn own() -> Result<Self> {
        Self::new(std::process::id())
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// CPU time used so far, by all its threads.
    ///
    /// In ticks of 10 ms: the one count that keeps the time of threads that have ended.
    ///
    /// # Errors
    /// The process has ended.
    pub fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu { at: Instant::now(), used_ns: ticks_ns(&self.read("stat")?)? })
    }

    /// Memory in bytes.
    ///
    /// # Errors
    /// The process has ended.
    pub fn resident_bytes(&self) -> Result<u64> {
        resident_bytes(&self.read("status")?)
    }
}

impl Cpu {
    /// Cores kept busy since `earlier`: CPU seconds a second.
    pub fn cores_since(self, earlier: Self) -> f64 {
        let wall_ns = self.at.duration_since(earlier.at).as_nanos() as f64;
        self.used_ns.saturating_sub(earlier.used_ns) as f64 / wall_ns.max(1.0)
    }
}

/// `utime` and `stime` of `/proc/PID/stat`; the name before them may hold spaces and brackets.
fn ticks_ns(stat: &str) -> Result<u64> {
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields);
    let mut times = fields.context("/proc/PID/stat has another shape")?.split(' ').skip(11).take(2);
    let ticks = times.try_fold(0, |sum, field| field.parse::<u64>().map(|ticks| sum + ticks))?;
    Ok(ticks * TICK_NS)
}

fn resident_bytes(status: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.context("/proc/PID/status has no VmRSS")?.parse::<u64>()? * 1_024)
}

/// Memory that the kernel holds for all TCP sockets of this machine, in bytes.
///
/// # Errors
/// This is no Linux.
pub fn tcp_bytes() -> Result<u64> {
    let text = fs::read_to_string("/proc/net/sockstat").context("cannot read sockstat")?;
    tcp_pages(&text).map(|pages| pages * 4_096)
}

fn tcp_pages(sockstat: &str) -> Result<u64> {
    let line = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"));
    let mut words =
        line.context("no TCP in sockstat")?.split(' ').skip_while(|word| *word != "mem");
    Ok(words.nth(1).context("no TCP memory in sockstat")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_is_understood() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 4 0 9 1 2 3";
        assert_eq!(ticks_ns(stat).unwrap(), 2_000_000_000);
        assert_eq!(resident_bytes("VmPeak:\t 9 kB\nVmRSS:\t    2048 kB\n").unwrap(), 2_097_152);
        let sockstat = "sockets: used 25\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 309\nUDP: mem 1\n";
        assert_eq!(tcp_pages(sockstat).unwrap(), 309);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_what_it_uses() {
        let own = Process::own().unwrap();
        let before = own.cpu().unwrap();
        let start = Instant::now();
        while own.cpu().unwrap().used_ns < before.used_ns + 2 * TICK_NS {
            assert!(start.elapsed().as_secs() < 60, "no time is counted");
        }
        assert!(own.cpu().unwrap().cores_since(before) > 0.0);
        assert!(own.resident_bytes().unwrap() > 100_000);
    }
}
