//! The controls as flags and environment variables. What is allowed is decided in one place,
//! [`Change::from_json`].

use std::fs;
use std::path::{Path, PathBuf};

use aeolian_score::Change;
use aeolian_score::control::change::FieldError;
use aeolian_score::harmony::ChordTables;
use anyhow::Context;
use clap::Args;
use serde_json::{Map, Value};

use crate::usage::Usage;

/// A control as text, checked on its own; still text, because how it combines with the others is
/// checked when all of them are known.
fn checked(field: &'static str) -> impl Fn(&str) -> Result<Value, String> + Clone {
    move |text| {
        let value = text.parse::<f64>().ok().filter(|_| field != "key").map_or_else(
            || Value::from(text),
            |number| serde_json::Number::from_f64(number).map_or(Value::from(text), Value::from),
        );
        let object = Map::from_iter([(field.to_owned(), value.clone())]);
        Change::from_json(&object).map_err(|errors| {
            errors.iter().map(|error| format!("allowed is {}", error.allowed)).collect::<String>()
        })?;
        Ok(value)
    }
}

/// What the music starts with.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Music")]
pub struct ControlArgs {
    /// Tonic, alone or with its mode: A, F#, "Bb major", Am; or a MIDI note number
    #[arg(long, env = "AEOLIAN_KEY", value_parser = checked("key"), allow_hyphen_values = true)]
    pub key: Option<Value>,
    /// major, dorian, phrygian, lydian, mixolydian, minor, harmonic_minor or locrian
    #[arg(long, env = "AEOLIAN_MODE", value_parser = checked("mode"))]
    pub mode: Option<Value>,
    /// Beats a minute, 60 to 120
    #[arg(long, env = "AEOLIAN_BPM", value_parser = checked("bpm"), allow_hyphen_values = true)]
    pub bpm: Option<Value>,
    /// How much happens, 0 to 1
    #[arg(long, env = "AEOLIAN_INTENSITY", value_parser = checked("intensity"), allow_hyphen_values = true)]
    pub intensity: Option<Value>,
    /// How much treble, 0 to 1
    #[arg(long, env = "AEOLIAN_BRIGHTNESS", value_parser = checked("brightness"), allow_hyphen_values = true)]
    pub brightness: Option<Value>,
    /// From dry to vast, 0 to 1
    #[arg(long, env = "AEOLIAN_SPACE", value_parser = checked("space"), allow_hyphen_values = true)]
    pub space: Option<Value>,
    /// How readily the music visits neighbouring keys, 0 to 1
    #[arg(long, env = "AEOLIAN_WANDER", value_parser = checked("wander"), allow_hyphen_values = true)]
    pub wander: Option<Value>,
    /// focus, meditation, sleep, bright, drift or night; the other flags win over it
    #[arg(long, env = "AEOLIAN_PRESET", value_parser = checked("preset"))]
    pub preset: Option<Value>,
    /// Chord tables of your own: a TOML file, for the modes that it names
    #[arg(long, env = "AEOLIAN_CHORDS", value_name = "FILE")]
    pub chords: Option<PathBuf>,
}

impl ControlArgs {
    /// The change that these make.
    ///
    /// # Errors
    /// [`Usage`] when they contradict each other.
    pub fn change(&self) -> Result<Change, Usage> {
        let named = [
            ("key", &self.key),
            ("mode", &self.mode),
            ("bpm", &self.bpm),
            ("intensity", &self.intensity),
            ("brightness", &self.brightness),
            ("space", &self.space),
            ("wander", &self.wander),
            ("preset", &self.preset),
        ];
        let object = named
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), value.clone()?)))
            .collect();
        Change::from_json(&object).map_err(|errors| Usage(join(&errors)))
    }

    /// The chord tables that are asked for, if any are.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no valid tables.
    pub fn chord_tables(&self) -> anyhow::Result<Option<ChordTables>> {
        let read = |path: &Path| chord_tables(path, &format!("--chords {}", path.display()));
        self.chords.as_deref().map(read).transpose()
    }
}

/// The chord tables of a file, which is called `shown` where they are no good.
///
/// # Errors
/// When the file cannot be read, or holds no valid tables.
pub fn chord_tables(path: &Path, shown: &str) -> anyhow::Result<ChordTables> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the chord tables {}", path.display()))?;
    ChordTables::from_toml(&text).map_err(|error| Usage(format!("{shown}: {error}")).into())
}

/// Refusals as one text.
pub fn join(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A seed for who asked for none: short enough to be noted down and typed again.
pub fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()) >> 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_refused_with_what_is_allowed() {
        assert_eq!(checked("bpm")("300").unwrap_err(), "allowed is a number from 60 to 120");
        assert!(checked("bpm")("inf").unwrap_err().contains("60 to 120"));
        assert!(checked("intensity")("loud").is_err());
        assert!(checked("key")("H").unwrap_err().contains("A minor"));
        assert!(checked("key")("60").is_ok());
        assert!(checked("mode")("aeolian").is_ok());
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused() {
        let args = ControlArgs {
            key: Some("A minor".into()),
            mode: Some("dorian".into()),
            ..ControlArgs::default()
        };
        assert!(args.change().unwrap_err().to_string().starts_with("mode: "));
    }
}
