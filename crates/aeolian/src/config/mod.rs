//! The configuration file of `aeolian serve`. Flags and environment win over it.

mod lines;

mod limits;
mod names;

mod start;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use aeolian_score::Change;
use aeolian_server::{Hosts, Limits, Secret};
use aeolian_station::registry::STATIONS_MAX;
use anyhow::Context;
use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::access::AccessArgs;
use crate::cli::LogFormat;
use crate::tls::TlsArgs;
use crate::usage::{ADDRESSES_ALLOWED, Usage};
use lines::{Setting, Wrong};
pub use start::Start;

/// What `aeolian.toml` may hold. Every line may be absent.
#[derive(Debug, Default)]
pub struct File {
    /// `listen`: address and port.
    pub listen: Option<String>,
    /// `data_dir`: a folder in which stations are kept.
    pub data_dir: Option<PathBuf>,
    /// `log_format`: `text` or `json`.
    pub log_format: Option<LogFormat>,
    /// `tls_cert` and `tls_key`: files.
    pub tls: TlsArgs,
    /// Tokens, hosts and origins.
    pub access: AccessArgs,
    /// What clients may use up.
    pub limits: Limits,
    /// `limits.stations`: how many stations there may be, `main` counted.
    pub stations_max: Option<usize>,
    /// The station `main`: what stands outside every table.
    pub main: Start,
    /// `[stations.NAME]`: stations beside it.
    pub stations: BTreeMap<String, Start>,
    /// What the file is called.
    name: String,
    /// The line of each setting by its whole name.
    lines: BTreeMap<String, usize>,
}

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or [`Usage`] that names every line that is not known or allowed.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        let file = Self::parse(&text).map_err(|error| Usage(format!("{name}: {error}")))?;
        Ok(Self { name: name.to_string(), ..file })
    }

    /// Where a setting stands, to be named where it is refused together with others:
    /// `aeolian.toml: line 3: listen`.
    pub fn place(&self, setting: &str) -> Option<String> {
        let line = self.lines.get(setting)?;
        Some(format!("{}: line {line}: {setting}", self.name))
    }

    fn parse(text: &str) -> Result<Self, Usage> {
        let mut file = Self::default();
        let mut wrong = Vec::new();
        for setting in lines::read(text)? {
            file.lines.insert(setting.name(), setting.line);
            wrong.extend(file.set(&setting).err());
        }
        file.check_controls(&mut wrong);
        file.check_stations(&mut wrong);
        wrong.sort_by_key(|wrong| wrong.line);
        let texts: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        if texts.is_empty() { Ok(file) } else { Err(Usage(texts.join("\n  "))) }
    }

    /// Controls may contradict each other though each is valid by itself.
    fn check_controls(&self, wrong: &mut Vec<Wrong>) {
        let tables = self.stations.iter().map(|(name, start)| (format!("stations.{name}."), start));
        for (table, start) in tables.chain([(String::new(), &self.main)]) {
            for error in Change::from_json(&start.controls).err().unwrap_or_default() {
                let line = self.lines.get(&format!("{table}{}", error.field));
                let line = line.copied().unwrap_or(start.line);
                wrong.push(Wrong { line, text: format!("{table}{error}") });
            }
        }
    }

    /// The names of the stations, and how many they are.
    fn check_stations(&self, wrong: &mut Vec<Wrong>) {
        let mut stations: Vec<_> = self.stations.iter().collect();
        stations.sort_by_key(|(_, start)| start.line);
        let allowed = self.stations_max.unwrap_or(STATIONS_MAX);
        let mut count = 1;
        for (name, start) in stations {
            let table = Setting::table(&["stations", name], start.line);
            if let Some(reason) = start::wrong_name(name) {
                wrong.push(table.wrong(reason));
                continue;
            }
            count += 1;
            if count == allowed + 1 {
                wrong.push(table.wrong(format_args!(
                    "this is a station more than the {allowed} that limits.stations allows, main \
                     counted"
                )));
            }
        }
    }

    fn set(&mut self, setting: &Setting) -> Result<(), Wrong> {
        let value = &setting.value;
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| setting.refused("a text"));
        let secret = || {
            let secret = Secret::new(value.as_str().unwrap_or_default());
            secret.map(|secret| Some(secret.into())).map_err(|error| setting.wrong(error))
        };
        match setting.path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["listen"] => {
                let listen = text()?;
                if !is_address(&listen) {
                    return Err(setting.refused(ADDRESSES_ALLOWED));
                }
                self.listen = Some(listen);
            }
            ["data_dir"] => self.data_dir = Some(text()?.into()),
            ["log_format"] => {
                let known = LogFormat::from_str(value.as_str().unwrap_or_default(), false);
                self.log_format = Some(known.map_err(|_| setting.refused("text, json"))?);
            }
            ["tls_cert"] => self.tls.tls_cert = Some(text()?.into()),
            ["tls_key"] => self.tls.tls_key = Some(text()?.into()),
            ["listen_token"] => self.access.listen_token = secret()?,
            ["control_token"] => self.access.control_token = secret()?,
            ["admin_token"] => self.access.admin_token = secret()?,
            ["open_control"] => {
                let on = value.as_bool().ok_or_else(|| setting.refused("true, false"))?;
                self.access.open_control = Some(on);
            }
            ["allowed_hosts"] => self.access.allowed_hosts = texts(setting, Hosts::host)?,
            ["allowed_origins"] => self.access.allowed_origins = texts(setting, Hosts::origin)?,
            ["limits" | "stations"] if is_empty_table(value) => {}
            ["limits", "stations"] => {
                self.stations_max = Some(limits::count(setting, 1..=10_000)?);
            }
            ["limits", field] => limits::set(&mut self.limits, field, setting)?,
            ["stations", station] if is_empty_table(value) => {
                self.station(station, setting.line);
            }
            ["stations", station, control, member] if start::has_members(control) => {
                let station = self.station(station, setting.table_line);
                station.set_member(control, member, setting)?;
            }
            ["stations", station, field] => {
                self.station(station, setting.table_line).set(field, setting)?;
            }
            [control, member] if start::has_members(control) => {
                self.main.set_member(control, member, setting)?;
            }
            [field] => self.main.set(field, setting)?,
            _ => return Err(names::unknown(setting)),
        }
        Ok(())
    }

    /// The station of this name, of which a table begins at `line`.
    fn station(&mut self, name: &str, line: usize) -> &mut Start {
        let start = self.stations.entry(name.to_owned());
        start.or_insert_with(|| Start { line, ..Start::default() })
    }
}

fn is_empty_table(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// Whether it has the form of an address and a port. Whether there is such a host is asked later.
fn is_address(text: &str) -> bool {
    let named = |(host, port): (&str, &str)| {
        !host.is_empty() && !host.contains(':') && port.parse::<u16>().is_ok()
    };
    text.parse::<SocketAddr>().is_ok() || text.rsplit_once(':').is_some_and(named)
}

/// A list of texts, each as `read` takes it.
fn texts<E: std::fmt::Display>(
    setting: &Setting,
    read: impl Fn(&str) -> Result<String, E>,
) -> Result<Vec<String>, Wrong> {
    let items = setting.value.as_array().map(|items| items.iter().map(|i| i.as_str()));
    let texts: Option<Vec<_>> = items.and_then(Iterator::collect);
    let texts = texts.ok_or_else(|| setting.refused("a list of texts"))?;
    let read = |text: &str| {
        let refuse = |error| setting.wrong(format_args!("{text:?} is not allowed; {error}"));
        read(text).map_err(refuse)
    };
    texts.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        File::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_good_file_is_understood() {
        let file = File::parse(
            "listen = \"127.0.0.1:0\"\nlog_format = \"json\"\nbpm = 72\nkey = \"Am\"\ncontrol_token = \"a-long-secret\"\n\
             [limits]\nlisteners = 50\nheader_timeout_s = 2.5\n\
             [stations.garden]\nseed = 3\nspace = 0.9\nparts = { pad = 0.5 }\n",
        )
        .unwrap();
        assert_eq!(file.listen.as_deref(), Some("127.0.0.1:0"));
        assert_eq!(file.log_format, Some(LogFormat::Json));
        assert_eq!(file.main.controls["bpm"], 72);
        assert!(file.access.control_token.is_some());
        assert_eq!(file.limits.listeners, 50);
        assert_eq!(file.limits.header_timeout.as_millis(), 2_500);
        assert_eq!(file.stations["garden"].seed, Some(3));
        assert_eq!(file.stations["garden"].controls["parts"]["pad"], 0.5);
    }

    #[test]
    fn every_bad_line_is_refused_with_what_is_allowed() {
        let text =
            refusal("seed = -7\nbpm = 300\nlog_format = \"xml\"\n[limits]\nlisteners = \"many\"\n");
        assert!(text.contains("line 1: seed: -7 is not allowed"), "{text}");
        let bpm = "line 2: bpm: 300 is not allowed; allowed is a number from 60 to 120";
        assert!(text.contains(bpm), "{text}");
        let format = "line 3: log_format: \"xml\" is not allowed; allowed is text, json";
        assert!(text.contains(format), "{text}");
        assert!(text.contains("line 5: limits.listeners: \"many\" is not allowed"), "{text}");
    }

    #[test]
    fn a_typo_is_refused_with_its_line_and_what_would_be_known() {
        for (text, name) in [
            ("seed = 7\nbmp = 70\n", "bmp"),
            ("\n[limit]\n", "limit"),
            ("[stations.garden]\nbmp = 70\n", "stations.garden.bmp"),
            ("[limits]\nlistener = 70\n", "limits.listener"),
            ("[a.b.c]\nd = 70\n", "a.b.c.d"),
        ] {
            let error = refusal(text);
            assert!(error.contains(&format!(": {name}: there is no such setting")), "{error}");
        }
        assert!(refusal("seed = 7\nbmp = 70\n").starts_with("line 2: "));
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        assert!(refusal("key = \"A minor\"\nmode = \"dorian\"\n").contains("mode"));
    }

    #[test]
    fn a_refusal_never_shows_a_token() {
        let error = refusal("control_token = \"short\"\n");
        assert!(error.contains("line 1: control_token") && !error.contains("short"), "{error}");
    }
}
