//! The configuration file of `aeolian serve`. Flags and environment win over it.

use std::fs;
use std::path::{Path, PathBuf};

use aeolian_server::Secret;
use anyhow::{Context, anyhow};
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use crate::cli::{AccessArgs, Usage};
use crate::controls::ControlArgs;
use crate::limits::LimitsTable;
use crate::tls::TlsArgs;
use aeolian_score::Change;

/// What `aeolian.toml` may hold. Every line may be absent.
#[derive(Debug, Default)]
pub struct File {
    /// `listen`: address and port.
    pub listen: Option<String>,
    /// `seed`: a whole number.
    pub seed: Option<u64>,
    /// Tokens, hosts and origins.
    pub access: AccessArgs,
    /// `tls_cert` and `tls_key`: files.
    pub tls: TlsArgs,
    /// `[limits]`: what clients may use up.
    pub limits: LimitsTable,
    /// `key`, `mode`, `bpm`, `intensity`, `wander`, `preset`, `chords`.
    pub controls: ControlArgs,
}

/// The file as it is written. Controls keep their place, so that an error can name the line.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: Option<String>,
    seed: Option<u64>,
    #[serde(default, deserialize_with = "secret")]
    listen_token: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    control_token: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    admin_token: Option<Secret>,
    #[serde(default)]
    open_control: bool,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    allowed_origins: Vec<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    #[serde(default)]
    limits: LimitsTable,
    key: Option<Spanned<toml::Value>>,
    mode: Option<Spanned<toml::Value>>,
    bpm: Option<Spanned<toml::Value>>,
    intensity: Option<Spanned<toml::Value>>,
    wander: Option<Spanned<toml::Value>>,
    preset: Option<Spanned<toml::Value>>,
    chords: Option<PathBuf>,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    let text = String::deserialize(from)?;
    Secret::new(&text).map(Some).map_err(serde::de::Error::custom)
}

impl File {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, has a line that is not known, or a value that is not
    /// allowed; the line is named.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        Self::parse(&text).map_err(|error| Usage(format!("{name}: {error:#}")).into())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let written: Written = toml::from_str(text)?;
        let take = |field: &str, given: Option<Spanned<toml::Value>>| -> anyhow::Result<_> {
            let Some(given) = given else { return Ok(None) };
            let line = text[..given.span().start].lines().count().max(1);
            let value = serde_json::to_value(given.into_inner()).unwrap_or(Value::Null);
            let object = Map::from_iter([(field.to_owned(), value.clone())]);
            Change::from_json(&object)
                .map_err(|e| anyhow!(Usage(format!("line {line}: {}", e[0]))))?;
            Ok(Some(value))
        };
        Ok(Self {
            listen: written.listen,
            seed: written.seed,
            access: AccessArgs {
                listen_token: written.listen_token,
                control_token: written.control_token,
                admin_token: written.admin_token,
                open_control: written.open_control,
                allowed_hosts: written.allowed_hosts,
                allowed_origins: written.allowed_origins,
            },
            tls: TlsArgs { tls_cert: written.tls_cert, tls_key: written.tls_key },
            limits: written.limits,
            controls: ControlArgs {
                key: take("key", written.key)?,
                mode: take("mode", written.mode)?,
                bpm: take("bpm", written.bpm)?,
                intensity: take("intensity", written.intensity)?,
                wander: take("wander", written.wander)?,
                preset: take("preset", written.preset)?,
                chords: written.chords,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_is_understood() {
        let file = File::parse("listen = \"127.0.0.1:0\"\nbpm = 72\nkey = \"Am\"\n").unwrap();
        assert_eq!(file.listen.unwrap(), "127.0.0.1:0");
        assert_eq!(file.controls.change().unwrap().bpm.unwrap().get(), 72.0);
    }

    #[test]
    fn a_bad_value_is_refused_with_its_line() {
        let error = File::parse("seed = 7\n\nbpm = 300\n").unwrap_err().to_string();
        assert_eq!(error, "line 3: bpm: 300 is not allowed; allowed is a number from 60 to 120");
    }

    #[test]
    fn a_typo_is_refused_with_its_line_and_what_would_be_known() {
        let error = File::parse("seed = 7\nbmp = 70\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("bmp") && error.contains("`bpm`"));
    }
}
