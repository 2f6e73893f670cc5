//! What came out, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;

use aeolian_wire::Format;
use serde::Serialize;

use crate::options::Options;
use crate::tally::Tally;

/// What was measured beside what listeners heard.
#[derive(Debug)]
pub struct Measured {
    /// Listeners that the server had taken when the measurement began.
    pub listening: usize,
    /// The server's process, where it is known.
    pub server: Option<ServerUsage>,
    /// Cores that the swarm itself kept busy.
    pub own_cores: f64,
    /// Underruns of the station meanwhile, where the server tells.
    pub underruns: Option<u64>,
    /// Seconds until the server was rid of all stalled listeners, where it was.
    pub stalled_gone_s: Option<f64>,
}

/// What the server's process used.
#[derive(Clone, Debug, Serialize)]
pub struct ServerUsage {
    /// Cores kept busy with everybody.
    pub cores: f64,
    /// Cores kept busy with one listener.
    pub cores_alone: f64,
    /// Memory at the end.
    pub resident_bytes: u64,
    /// Memory with one listener.
    pub resident_bytes_alone: u64,
    /// The kernel's memory for all TCP sockets of the machine, both ends, at the end.
    pub tcp_bytes: u64,
    /// The same with one listener.
    pub tcp_bytes_alone: u64,
}

/// Lateness against the pacing grid in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Late {
    /// Half of all chunks.
    pub p50_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// 999 of 1 000.
    pub p999_ms: f64,
    /// The worst.
    pub max_ms: f64,
}

/// What listeners of one format, or all, heard.
#[derive(Clone, Debug, Serialize)]
pub struct Heard {
    /// Listeners at the end.
    pub listeners: u64,
    /// Chunks that came.
    pub chunks: u64,
    /// Chunks missing without a word.
    pub lost: u64,
    /// Chunks left out with a `discontinuity`.
    pub skipped: u64,
    /// Chunks twice or in the wrong order.
    pub disordered: u64,
    /// `discontinuity` marks.
    pub discontinuities: u64,
    /// Chunks looked at whole.
    pub sampled: u64,
    /// Of these, not what others heard.
    pub different: u64,
    /// Listeners more than five chunks behind at the end.
    pub behind: u64,
    /// How late chunks were.
    pub late: Late,
    /// Sessions that ended early, by why.
    pub ends: BTreeMap<String, u64>,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// Whether everybody who was to listen got every chunk, and the same.
    pub clean: bool,
    /// Listeners asked for.
    pub wanted: usize,
    /// Listeners when the measurement began.
    pub listening: usize,
    /// Seconds of the measurement.
    pub measure_s: usize,
    /// What was heard, by format, and together as `all`.
    pub heard: BTreeMap<String, Heard>,
    /// What the server's process used.
    pub server: Option<ServerUsage>,
    /// CPU of the server for a second of one listener, in microseconds: all of it.
    pub us_per_listener_s: Option<f64>,
    /// The same without what the station costs with one listener.
    pub us_per_listener_s_net: Option<f64>,
    /// The server's memory for a listener in bytes, beside the kernel's.
    pub resident_bytes_per_listener: Option<f64>,
    /// The kernel's memory for a listener in bytes, both ends of the connection.
    pub tcp_bytes_per_listener: Option<f64>,
    /// Cores that the swarm kept busy. Near the number of its threads it measures itself.
    pub swarm_cores: f64,
    /// Underruns of the station meanwhile.
    pub underruns: Option<u64>,
    /// Listeners that stopped reading.
    pub stalled: usize,
    /// Seconds until the server was rid of them all.
    pub stalled_gone_s: Option<f64>,
}

impl Heard {
    fn new(tally: &Tally) -> Self {
        let ms = |us: u64| us as f64 / 1e3;
        let late = &tally.late_us;
        Self {
            listeners: tally.listeners,
            chunks: tally.chunks,
            lost: tally.lost,
            skipped: tally.skipped,
            disordered: tally.disordered,
            discontinuities: tally.discontinuities,
            sampled: tally.sampled,
            different: tally.different,
            behind: tally.behind,
            late: Late {
                p50_ms: ms(late.value_at_quantile(0.5)),
                p99_ms: ms(late.value_at_quantile(0.99)),
                p999_ms: ms(late.value_at_quantile(0.999)),
                max_ms: ms(late.max()),
            },
            ends: tally.ends.iter().map(|(end, count)| (end.describe(), *count)).collect(),
        }
    }
}

impl RunReport {
    /// Puts together what was heard and measured.
    pub fn new(options: &Options, formats: &BTreeMap<Format, Tally>, measured: Measured) -> Self {
        let mut all = Tally::default();
        formats.values().for_each(|tally| all.add(tally));
        let by_name = formats.iter().map(|(f, tally)| (f.name().to_owned(), Heard::new(tally)));
        let mut heard: BTreeMap<_, _> = by_name.collect();
        heard.insert("all".to_owned(), Heard::new(&all));
        let server = measured.server;
        let count = measured.listening.max(1) as f64;
        let others = (measured.listening.max(2) - 1) as f64;
        let each = |now: u64, alone: u64| (now as f64 - alone as f64) / others;
        let server_ref = server.as_ref();
        Self {
            clean: all.is_clean() && measured.listening == options.listeners,
            wanted: options.listeners,
            listening: measured.listening,
            measure_s: options.measure_s,
            heard,
            us_per_listener_s: server_ref.map(|s| s.cores * 1e6 / count),
            us_per_listener_s_net: server_ref.map(|s| (s.cores - s.cores_alone) * 1e6 / others),
            resident_bytes_per_listener: server_ref
                .map(|s| each(s.resident_bytes, s.resident_bytes_alone)),
            tcp_bytes_per_listener: server_ref.map(|s| each(s.tcp_bytes, s.tcp_bytes_alone)),
            server,
            swarm_cores: measured.own_cores,
            underruns: measured.underruns,
            stalled: options.stalled,
            stalled_gone_s: measured.stalled_gone_s,
        }
    }
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} of {} listeners, {} s, {}",
            self.listening,
            self.wanted,
            self.measure_s,
            if self.clean {
                "everybody heard everything"
            } else {
                "NOT everybody heard everything"
            }
        )?;
        writeln!(
            f,
            "\nformat listeners    chunks  lost skipped disorder differ behind  p50 ms  p99 ms p99.9 ms  max ms"
        )?;
        for (name, heard) in &self.heard {
            let Heard {
                listeners, chunks, lost, skipped, disordered, different, behind, late, ..
            } = heard;
            let Late { p50_ms, p99_ms, p999_ms, max_ms } = late;
            writeln!(
                f,
                "{name:<6} {listeners:>9} {chunks:>9} {lost:>5} {skipped:>7} {disordered:>8} {different:>6} {behind:>6} {p50_ms:>7.1} {p99_ms:>7.1} {p999_ms:>8.1} {max_ms:>7.1}"
            )?;
        }
        for (end, count) in &self.heard["all"].ends {
            writeln!(f, "{count} {end}")?;
        }
        writeln!(f)?;
        let mut line = |name: &str, value: Option<String>| match value {
            Some(value) => writeln!(f, "{name:<38} {value}"),
            None => Ok(()),
        };
        let tenths = |value: Option<f64>, unit| value.map(|value| format!("{value:.1} {unit}"));
        let kib = |bytes: Option<f64>| tenths(bytes.map(|bytes| bytes / 1024.0), "KiB");
        let percent = |cores: f64| tenths(Some(cores * 100.0), "% of a core");
        line("server, CPU a listener-second", tenths(self.us_per_listener_s, "µs"))?;
        line("the same without the station", tenths(self.us_per_listener_s_net, "µs"))?;
        line("server, CPU", self.server.as_ref().and_then(|s| percent(s.cores)))?;
        line(
            "server, CPU with one listener",
            self.server.as_ref().and_then(|s| percent(s.cores_alone)),
        )?;
        line("server, memory a listener", kib(self.resident_bytes_per_listener))?;
        line("kernel, memory a listener, both ends", kib(self.tcp_bytes_per_listener))?;
        line("swarm, CPU", percent(self.swarm_cores))?;
        line("underruns", self.underruns.map(|count| count.to_string()))?;
        if self.stalled > 0 {
            let gone = tenths(self.stalled_gone_s, "s").unwrap_or("not in this time".to_owned());
            line("stalled listeners", Some(self.stalled.to_string()))?;
            line("until the last of them was closed", Some(gone))?;
        }
        Ok(())
    }
}
