//! What a swarm shall do, and the bounds it keeps: it is no weapon.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use aeolian_wire::Format;
use clap::Parser;

/// Connections from one address that a server takes by default, less a few for who looks at it.
const LISTENERS_PER_SOURCE: usize = 500;

/// Many listeners at once, on this machine, which check what they hear.
///
/// Prints a table, or JSON. Exit code 1 where anybody missed a chunk or heard something else
/// than the others.
#[derive(Clone, Debug, Parser)]
#[command(name = "swarm", version, max_term_width = 100)]
pub struct Options {
    /// The server: a loopback address and a port, such as 127.0.0.1:8000
    #[arg(value_parser = loopback)]
    pub server: SocketAddr,
    /// The server's process, to read its CPU time and memory
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,
    /// How many listeners, 1 to 50000
    #[arg(long, short = 'n', default_value_t = 100, value_parser = count(1, 50_000))]
    pub listeners: usize,
    /// Their formats, in turns: json, pcm or opus
    #[arg(long, value_delimiter = ',', default_value = "json")]
    pub format: Vec<Format>,
    /// The station
    #[arg(long, default_value = "main", value_parser = station)]
    pub station: String,
    /// How many of them stop reading when the measurement begins
    #[arg(long, default_value_t = 0, value_parser = count(0, 50_000))]
    pub stalled: usize,
    /// How many listeners have each chunk whole, and compare it
    #[arg(long, default_value_t = 16, value_parser = count(0, 1_000))]
    pub sample: usize,
    /// Listeners that join in a second, 1 to 5000
    #[arg(long, default_value_t = 500, value_parser = count(1, 5_000))]
    pub rate: usize,
    /// Seconds with one listener alone before the others come, to know what the music itself costs
    #[arg(long, default_value_t = 3, value_parser = count(0, 60))]
    pub alone_s: usize,
    /// Seconds between the last to join and the measurement
    #[arg(long, default_value_t = 3, value_parser = count(0, 60))]
    pub settle_s: usize,
    /// Seconds of the measurement, 1 to 600
    #[arg(long, default_value_t = 20, value_parser = count(1, 600))]
    pub measure_s: usize,
    /// Addresses to come from (127.0.0.1 and up); as many as 500 listeners each need if not given
    #[arg(long, value_parser = count(1, 250))]
    pub sources: Option<usize>,
    /// Threads that listen, 1 to 16
    #[arg(long, default_value_t = 1, value_parser = count(1, 16))]
    pub threads: usize,
    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,
    /// Write the JSON to this file too
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback());
    address.ok_or_else(|| {
        "allowed is a loopback address and a port, such as 127.0.0.1:8000".to_owned()
    })
}

fn station(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !text.is_empty() && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("allowed are letters, digits, -, _ and .".to_owned())
    }
}

fn count(min: usize, max: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| {
        let count = text.parse().ok().filter(|count| (min..=max).contains(count));
        count.ok_or_else(|| format!("allowed is a number from {min} to {max}"))
    }
}

/// What one listener shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerPlan {
    /// When it connects, after the start.
    pub at: Duration,
    /// Where it comes from; the port is open.
    pub source: SocketAddr,
    /// How it asks for its audio.
    pub format: Format,
    /// Whether it looks at each chunk whole.
    pub sampled: bool,
    /// Whether it stops reading when the measurement begins.
    pub stalls: bool,
}

impl Options {
    /// What every listener shall do, in order of time. The first one comes alone.
    pub fn plans(&self) -> Vec<ListenerPlan> {
        let alone = Duration::from_secs(self.alone_s as u64);
        let sources = self.sources.unwrap_or(self.listeners.div_ceil(LISTENERS_PER_SOURCE));
        (0..self.listeners)
            .map(|i| ListenerPlan {
                at: if i == 0 {
                    Duration::ZERO
                } else {
                    alone + Duration::from_secs_f64(i as f64 / self.rate as f64)
                },
                source: source(self.server.ip(), i % sources),
                format: self.format[i % self.format.len()],
                sampled: i < self.sample,
                // The last to come, so that the sample goes on listening.
                stalls: i >= self.listeners.saturating_sub(self.stalled),
            })
            .collect()
    }
}

/// A loopback address of the server's family. IPv6 has only one.
fn source(server: IpAddr, i: usize) -> SocketAddr {
    let ip = match server {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(127, 0, 0, (i % 250 + 1) as u8)),
        IpAddr::V6(_) => server,
    };
    SocketAddr::new(ip, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(args: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["swarm"], args].concat())
    }

    #[test]
    fn the_definition_of_the_flags_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn other_machines_are_left_in_peace() {
        for bad in ["192.168.1.7:8000", "8.8.8.8:80", "example.org:80", "localhost", "0.0.0.0:80"] {
            assert!(parse(&[bad]).unwrap_err().to_string().contains("loopback"), "{bad}");
        }
        assert!(parse(&["127.0.0.1:8000"]).is_ok());
        assert!(parse(&["[::1]:8000"]).is_ok());
    }

    #[test]
    fn a_swarm_has_bounds() {
        for bad in [["-n", "50001"], ["-n", "0"], ["--measure-s", "601"], ["--rate", "5001"]] {
            assert!(parse(&[&["127.0.0.1:8000"], &bad[..]].concat()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn listeners_come_in_turns_and_from_as_many_addresses_as_are_needed() {
        let options =
            parse(&["127.0.0.1:8000", "-n", "1000", "--format", "json,pcm", "--stalled", "100"]);
        let plans = options.unwrap().plans();
        assert_eq!(plans.len(), 1_000);
        assert!(plans.is_sorted_by_key(|plan| plan.at));
        assert_eq!(plans.iter().filter(|plan| plan.format == Format::Pcm).count(), 500);
        assert_eq!(plans.iter().filter(|plan| plan.stalls).count(), 100);
        assert!(plans.iter().all(|plan| !(plan.sampled && plan.stalls)));
        let second = source("127.0.0.1".parse().unwrap(), 1);
        assert_eq!(plans.iter().filter(|plan| plan.source == second).count(), 500);
    }
}
