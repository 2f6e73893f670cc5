//! The controls as flags and environment variables, one for each row of the table of controls. What
//! is allowed is decided in one place, [`Change::from_json`].

use std::fs;
use std::path::{Path, PathBuf};

use aeolian_score::Change;
use aeolian_score::control::ROWS;
use aeolian_score::control::change::FieldError;
use aeolian_score::control::row::Row;
use aeolian_score::control::values::Values;
use aeolian_score::harmony::ChordTables;
use anyhow::Context;
use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value};

use crate::usage::Usage;

/// A control as text, checked on its own; still JSON, because how it combines with the others is
/// checked when all of them are known.
fn checked(row: &Row, text: &str) -> Result<Value, String> {
    let number = || text.parse().ok().and_then(serde_json::Number::from_f64).map(Value::from);
    let is_number = matches!(row.values, Values::Number { .. });
    let value = is_number.then(number).flatten().unwrap_or_else(|| Value::from(text));
    let object = Map::from_iter([(row.name.to_owned(), value.clone())]);
    Change::from_json(&object).map_err(|errors| {
        errors.iter().map(|error| format!("allowed is {}", error.allowed)).collect::<String>()
    })?;
    Ok(value)
}

/// The controls that one text can set.
fn flags() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(|row| !matches!(row.values, Values::Parts))
}

/// The flag of a control, and the variable of the environment that stands for it.
fn flag(row: &'static Row) -> Arg {
    let signed = matches!(row.values, Values::Number { .. } | Values::Key);
    let shout = row.name.to_uppercase();
    Arg::new(row.name)
        .long(row.name.replace('_', "-"))
        .env(format!("AEOLIAN_{shout}"))
        .value_name(shout)
        .value_parser(ValueParser::new(move |text: &str| checked(row, text)))
        .allow_hyphen_values(signed)
        .help(row.help())
        .help_heading(HEADING)
}

const HEADING: &str = "Music";

/// The controls that are given.
#[derive(Clone, Debug, Default)]
pub struct Given(Map<String, Value>);

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let given = |row: &Row| {
            let value = matches.get_one::<Value>(row.name)?;
            Some((row.name.to_owned(), value.clone()))
        };
        self.0.extend(flags().filter_map(given));
        Ok(())
    }
}

/// What the music starts with.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = HEADING)]
pub struct ControlArgs {
    /// The controls.
    #[command(flatten)]
    pub given: Given,
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
        Change::from_json(&self.given.0).map_err(|errors| Usage(join(&errors)))
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

/// The chord tables of a file, which is called `shown` where they are refused.
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

    fn given(name: &str, text: &str) -> Result<Value, String> {
        checked(ROWS.iter().find(|row| row.name == name).unwrap(), text)
    }

    #[test]
    fn a_flag_is_refused_with_what_is_allowed() {
        assert_eq!(given("bpm", "300").unwrap_err(), "allowed is a number from 60 to 120");
        assert!(given("bpm", "inf").unwrap_err().contains("60 to 120"));
        assert!(given("intensity", "loud").is_err());
        assert!(given("key", "H").unwrap_err().contains("A minor"));
        assert!(given("key", "60").is_ok());
        assert!(given("mode", "aeolian").is_ok());
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused() {
        let command = ControlArgs::augment_args(Command::new("aeolian"));
        let flags = ["aeolian", "--key", "A minor", "--mode", "dorian"];
        let args = ControlArgs::from_arg_matches(&command.get_matches_from(flags)).unwrap();
        assert!(args.change().unwrap_err().to_string().starts_with("mode: "));
    }
}
