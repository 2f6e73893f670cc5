//! The configuration file of `aeolian serve`. Flags and environment win over it.

mod limits;
mod lines;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aeolian_score::{Change, Controls};
use aeolian_server::{Limits, Secret};
use anyhow::Context;
use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::cli::{AccessArgs, LogFormat, Usage};
use crate::controls::join;
use crate::tls::TlsArgs;
use lines::Setting;

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
}

/// What a station starts with.
#[derive(Debug, Default, PartialEq)]
pub struct Start {
    /// `seed`: a whole number.
    pub seed: Option<u64>,
    /// `chords`: a file of chord tables.
    pub chords: Option<PathBuf>,
    /// `key`, `mode`, `bpm` and the other controls. Each is valid by itself.
    pub controls: Map<String, Value>,
}

const NAMES: &str = "listen, data_dir, log_format, seed, key, mode, bpm, intensity, brightness, space, wander, parts, \
                     preset, chords, tls_cert, tls_key, listen_token, control_token, admin_token, open_control, \
                     allowed_hosts, allowed_origins, limits.…, stations.NAME.…";

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or [`Usage`] that names every line that is not known or allowed.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        Ok(Self::parse(&text).map_err(|error| Usage(format!("{name}: {error}")))?)
    }

    fn parse(text: &str) -> Result<Self, Usage> {
        let mut file = Self::default();
        let mut errors = Vec::new();
        for setting in lines::read(text)? {
            errors.extend(file.set(&setting).err());
        }
        let starts = file.stations.iter().map(|(name, start)| (format!("stations.{name}"), start));
        for (table, start) in starts.chain([("the file".to_owned(), &file.main)]) {
            if let Err(contradictions) = Change::from_json(&start.controls) {
                errors.extend(contradictions.iter().map(|error| format!("{table}: {error}")));
            }
        }
        if errors.is_empty() { Ok(file) } else { Err(Usage(errors.join("\n  "))) }
    }

    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        let Setting { name, value, .. } = setting;
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| setting.refused("a text"));
        let secret = || {
            Secret::new(value.as_str().unwrap_or_default())
                .map(|secret| Some(secret.into()))
                .map_err(|error| format!("line {}: {name}: {error}", setting.line))
        };
        match name.as_str() {
            "listen" => self.listen = Some(text()?),
            "data_dir" => self.data_dir = Some(text()?.into()),
            "log_format" => {
                let known = LogFormat::from_str(value.as_str().unwrap_or_default(), false);
                self.log_format = Some(known.map_err(|_| setting.refused("text, json"))?);
            }
            "tls_cert" => self.tls.tls_cert = Some(text()?.into()),
            "tls_key" => self.tls.tls_key = Some(text()?.into()),
            "listen_token" => self.access.listen_token = secret()?,
            "control_token" => self.access.control_token = secret()?,
            "admin_token" => self.access.admin_token = secret()?,
            "open_control" => {
                let on = value.as_bool().ok_or_else(|| setting.refused("true, false"))?;
                self.access.open_control = Some(on);
            }
            "allowed_hosts" => self.access.allowed_hosts = texts(setting)?,
            "allowed_origins" => self.access.allowed_origins = texts(setting)?,
            "limits" | "stations" if is_empty_table(value) => {}
            other => match other.split('.').collect::<Vec<_>>()[..] {
                ["stations", station] if is_empty_table(value) => {
                    self.stations.entry(station.to_owned()).or_default();
                }
                [field] => self.main.set(field, setting)?,
                ["limits", "stations"] => {
                    self.stations_max = Some(limits::count(setting, 1..=10_000)?);
                }
                ["limits", field] => limits::set(&mut self.limits, field, setting)?,
                ["stations", station, field] => {
                    self.stations.entry(station.to_owned()).or_default().set(field, setting)?;
                }
                _ => return Err(unknown(setting)),
            },
        }
        Ok(())
    }
}

impl Start {
    /// The controls it starts with: the defaults, changed as the file says.
    ///
    /// # Errors
    /// [`Usage`] where the file's controls contradict each other, which [`File::read`] has ruled out.
    pub fn controls(&self) -> Result<Controls, Usage> {
        let change = Change::from_json(&self.controls).map_err(|errors| Usage(join(&errors)))?;
        Ok(change.applied_to(&Controls::default()))
    }

    fn set(&mut self, field: &str, setting: &Setting) -> Result<(), String> {
        let value = &setting.value;
        if field == "seed" {
            let seed = value.as_u64();
            self.seed = Some(seed.ok_or_else(|| setting.refused("a whole number from 0"))?);
            return Ok(());
        }
        if field == "chords" {
            let path = value.as_str().map(PathBuf::from);
            self.chords = Some(path.ok_or_else(|| setting.refused("the name of a file"))?);
            return Ok(());
        }
        if field == "apply" {
            return Err(unknown(setting));
        }
        let control = Map::from_iter([(field.to_owned(), value.clone())]);
        match Change::from_json(&control) {
            Ok(_) => self.controls.extend(control),
            Err(errors) if errors.iter().all(|error| error.allowed.contains("the fields")) => {
                return Err(unknown(setting));
            }
            Err(errors) => {
                let allowed = errors.first().map_or("", |error| error.allowed.as_str());
                return Err(setting.refused(allowed));
            }
        }
        Ok(())
    }
}

fn is_empty_table(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn texts(setting: &Setting) -> Result<Vec<String>, String> {
    let items = setting.value.as_array().map(|items| items.iter().map(|i| i.as_str()));
    let texts: Option<Vec<_>> = items.and_then(Iterator::collect);
    let texts = texts.ok_or_else(|| setting.refused("a list of texts"))?;
    Ok(texts.into_iter().map(str::to_owned).collect())
}

fn unknown(setting: &Setting) -> String {
    format!("line {}: {}: there is no such setting; there are {NAMES}", setting.line, setting.name)
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
