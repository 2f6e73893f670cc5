//! `[limits]` of the configuration file: what clients may use up.

use std::time::Duration;

use aeolian_server::Limits;
use aeolian_stream::registry::STATIONS_MAX;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug)]
struct Within<const MIN: u32, const MAX: u32>(u32);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let given = i64::deserialize(from)?;
        let allowed = u32::try_from(given).ok().filter(|n| (MIN..=MAX).contains(n));
        allowed.map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "{given} is not allowed; allowed is a whole number from {MIN} to {MAX}"
            ))
        })
    }
}

impl<const MIN: u32, const MAX: u32> Within<MIN, MAX> {
    fn count(self) -> usize {
        self.0 as usize
    }

    fn seconds(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

/// The table as it is written. What each line means is said in [`Limits`].
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsTable {
    listeners: Option<Within<1, 1_000_000>>,
    connections_per_ip: Option<Within<0, 1_000_000>>,
    handshakes: Option<Within<1, 1_000_000>>,
    stations: Option<Within<1, 10_000>>,
    message_bytes: Option<Within<256, 1_048_576>>,
    messages_per_s: Option<Within<1, 10_000>>,
    body_bytes: Option<Within<256, 1_048_576>>,
    header_bytes: Option<Within<8_192, 1_048_576>>,
    header_timeout_s: Option<Within<1, 600>>,
    stall_timeout_s: Option<Within<1, 600>>,
    drain_timeout_s: Option<Within<0, 600>>,
}

impl LimitsTable {
    /// How many stations there may be.
    pub fn stations(&self) -> usize {
        self.stations.map_or(STATIONS_MAX, Within::count)
    }

    /// The server's limits, with its defaults where nothing is written.
    pub fn limits(&self) -> Limits {
        let d = Limits::default();
        Limits {
            listeners: self.listeners.map_or(d.listeners, Within::count),
            connections_per_ip: self.connections_per_ip.map_or(d.connections_per_ip, Within::count),
            handshakes: self.handshakes.map_or(d.handshakes, Within::count),
            message_bytes: self.message_bytes.map_or(d.message_bytes, Within::count),
            messages_per_s: self.messages_per_s.map_or(d.messages_per_s, |n| n.0),
            body_bytes: self.body_bytes.map_or(d.body_bytes, Within::count),
            header_bytes: self.header_bytes.map_or(d.header_bytes, Within::count),
            header_timeout: self.header_timeout_s.map_or(d.header_timeout, Within::seconds),
            stall_timeout: self.stall_timeout_s.map_or(d.stall_timeout, Within::seconds),
            drain_timeout: self.drain_timeout_s.map_or(d.drain_timeout, Within::seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<LimitsTable, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn what_is_not_written_stays_as_it_is() {
        assert_eq!(parse("").unwrap().limits(), Limits::default());
        let limits = parse("listeners = 20000\nstall_timeout_s = 9").unwrap().limits();
        let stall_timeout = Duration::from_secs(9);
        assert_eq!(limits, Limits { listeners: 20_000, stall_timeout, ..Limits::default() });
    }

    #[test]
    fn a_limit_out_of_range_is_refused_with_its_line() {
        for bad in ["listeners = 0", "header_bytes = 100", "stall_timeout_s = -1"] {
            let error = parse(&format!("handshakes = 8\n{bad}")).unwrap_err().to_string();
            assert!(error.contains("line 2") && error.contains(bad), "{error}");
            assert!(error.contains("allowed is a whole number from"), "{error}");
        }
        assert!(parse("listener = 5").unwrap_err().to_string().contains("`listeners`"));
    }
}
