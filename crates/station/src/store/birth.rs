//! `station.json`: what a station was born with, and how far it has come.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use aeolian_score::harmony::ChordTables;
use aeolian_score::{Change, Controls, ENGINE_VERSION};
use serde::Deserialize;
use serde_json::{Value, json};

use super::checkpoint::{Origin, StoredCheckpoint, engine_of};
use crate::error::Error;

/// What a station was born with, and the frame that it had reached when that was noted last.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Birth {
    /// What its music comes from.
    pub seed: u64,
    /// The controls that it started with.
    pub controls: Controls,
    /// The frame that it had reached.
    pub frame: u64,
    /// The version of the program that it was born under, for people; none where it was not noted.
    pub version: Option<String>,
    /// The engine version that it was born under; none where it was not noted.
    pub engine: Option<u32>,
    /// A fingerprint of its chord tables; none where it was not noted.
    pub chords: Option<String>,
    /// From where it can be taken up; none where it is composed again from its birth.
    pub(super) checkpoint: Option<StoredCheckpoint>,
}

impl Birth {
    /// A station that is born now.
    #[must_use]
    pub fn new(seed: u64, controls: Controls, chords: &ChordTables) -> Self {
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        let (engine, chords) = (Some(ENGINE_VERSION), Some(fingerprint(chords)));
        Self { seed, controls, frame: 0, version, engine, chords, checkpoint: None }
    }

    /// Where the checkpoints come from of a station that is born now.
    pub(super) fn origin(&self) -> Origin {
        Origin { engine: self.engine, chords: self.chords.clone() }
    }

    /// Why a station that was born as this one plays other music than it would have, when it goes on
    /// under the engine and with the tables of `now`. None where it does not, or where that is not
    /// known.
    pub(super) fn strays_from(&self, now: &Self) -> Option<String> {
        let mut reasons = Vec::new();
        if let Some(then) = self.engine.filter(|then| Some(*then) != now.engine) {
            reasons.push(format!("it was born under engine version {then}"));
        }
        if self.chords.is_some() && self.chords != now.chords {
            reasons.push("it was born with other chord tables".to_owned());
        }
        (!reasons.is_empty()).then(|| reasons.join(", and "))
    }

    /// Reads a file; none where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| Error::kept(path, error))?,
        };
        Self::from_json(&text).map(Some).map_err(|reason| Error::kept(path, reason))
    }

    /// Replaces a file as a whole: whoever reads it finds the old one or the new one.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let part = path.with_extension("part");
        let mut file = File::create(&part)?;
        writeln!(file, "{}", self.to_json())?;
        file.sync_data()?;
        fs::rename(part, path)
    }

    fn to_json(&self) -> Value {
        let controls = Change::from(&self.controls).to_json();
        let mut value = json!({ "seed": self.seed, "controls": controls, "frame": self.frame });
        for (field, text) in [("version", &self.version), ("chords", &self.chords)] {
            if let Some(text) = text {
                value[field] = json!(text);
            }
        }
        if let Some(engine) = self.engine {
            value["engine"] = json!(engine);
        }
        if let Some(checkpoint) = &self.checkpoint {
            value["checkpoint"] = json!(checkpoint);
        }
        value
    }

    fn from_json(text: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let number = |field: &str| {
            let number = value.get(field).and_then(Value::as_u64);
            number.ok_or_else(|| format!("{field} must be a whole number"))
        };
        let controls = value.get("controls").and_then(Value::as_object);
        let controls = controls.ok_or("controls must be an object")?;
        let change = Change::from_json(controls).map_err(|errors| {
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        })?;
        let controls = change.applied_to(&Controls::default());
        let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        let version = text("version");
        let engine = value.get("engine").and_then(Value::as_u64).and_then(|it| it.try_into().ok());
        Ok(Self {
            seed: number("seed")?,
            controls,
            frame: number("frame")?,
            engine: engine.or_else(|| engine_of(version.as_deref()?)),
            version,
            chords: text("chords"),
            // Where it cannot be read, the station is composed again from its birth.
            checkpoint: value
                .get("checkpoint")
                .and_then(|it| StoredCheckpoint::deserialize(it).ok()),
        })
    }
}

/// Tells tables that are not the same apart (FNV-1a, 64 bits, of all that they hold).
fn fingerprint(chords: &ChordTables) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = format!("{chords:?}").bytes().fold(0xcbf2_9ce4_8422_2325, step);
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_comes_back_from_its_file_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("station.json");
        assert_eq!(Birth::read(&path).unwrap(), None);
        for asked in [
            r#"{}"#,
            r#"{"preset":"night"}"#,
            r#"{"preset":"night","bpm":71.234567}"#,
            r#"{"key":"F# dorian","space":0.123456789,"parts":{"bass":0.3}}"#,
        ] {
            let asked: Value = serde_json::from_str(asked).unwrap();
            let change = Change::from_json(asked.as_object().unwrap()).unwrap();
            let controls = change.applied_to(&Controls::default());
            let mut birth = Birth::new(u64::MAX, controls, &ChordTables::built_in());
            birth.frame = 441_000;
            birth.write(&path).unwrap();
            assert_eq!(Birth::read(&path).unwrap(), Some(birth), "{asked}");
        }
    }

    #[test]
    fn a_station_that_would_play_other_music_than_it_was_born_with_says_why() {
        let born = |tables: &ChordTables| Birth::new(7, Controls::default(), tables);
        let now = born(&ChordTables::built_in());
        assert_eq!(now.strays_from(&born(&ChordTables::built_in())), None);
        let other = ChordTables::from_toml(
            "mode = \"minor\"\nstart = { i = 1.0 }\n[next]\ni = { IV = 1.0 }\nIV = { i = 1.0 }\n",
        );
        let mut then = born(&other.unwrap());
        assert_eq!(then.strays_from(&now).unwrap(), "it was born with other chord tables");
        then.engine = Some(0);
        let both = "it was born under engine version 0, and it was born with other chord tables";
        assert_eq!(then.strays_from(&now).unwrap(), both);
    }

    #[test]
    fn a_station_of_0_3_0_goes_on_and_says_that_its_music_is_of_another_engine() {
        let text = include_bytes!("../../tests/fixtures/0.3.0/station.json");
        let (birth, chords) = (Birth::from_json(text).unwrap(), ChordTables::built_in());
        assert_eq!((birth.version.as_deref(), birth.engine), (Some("0.3.0"), Some(1)));
        let now = Birth::new(birth.seed, birth.controls, &chords);
        let reason = birth.strays_from(&now).unwrap();
        assert_eq!(reason, "it was born under engine version 1");
        let checkpoint = birth.checkpoint.unwrap();
        assert!(!checkpoint.is_from(&now.origin()));
        assert!(checkpoint.is_from(&Origin { engine: Some(1), ..now.origin() }));
        assert!(checkpoint.read(birth.seed, &chords).is_ok());
    }

    #[test]
    fn a_birth_from_before_versions_were_noted_is_read_and_kept_as_it_is() {
        let text = r#"{"seed":1,"controls":{},"frame":44100}"#;
        let birth = Birth::from_json(text.as_bytes()).unwrap();
        let now = Birth::new(1, Controls::default(), &ChordTables::built_in());
        assert_eq!(birth.strays_from(&now), None);
        let again = Birth::from_json(birth.to_json().to_string().as_bytes()).unwrap();
        assert_eq!((again.version, again.engine, again.chords), (None, None, None));
    }

    #[test]
    fn a_file_that_is_no_birth_is_refused_by_its_path_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("station.json");
        for (text, reason) in [
            ("", "EOF"),
            (r#"{"controls":{},"frame":0}"#, "seed must be a whole number"),
            (r#"{"seed":1,"controls":{"bpm":300},"frame":0}"#, "bpm: 300 is not allowed"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Birth::read(&path).unwrap_err().to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }
}
