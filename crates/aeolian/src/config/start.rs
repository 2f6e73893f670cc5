//! What a station starts with: the settings of `main`, which stand outside every table, and those of
//! `[stations.NAME]`.

use std::path::Path;

use aeolian_score::control::ROWS;
use aeolian_score::control::change::Apply;
use aeolian_score::control::values::Values;
use aeolian_score::harmony::ChordTables;
use aeolian_score::{Change, Controls};
use aeolian_station::registry::{MAIN, NAME_BYTES_MAX};
use serde_json::{Map, Value, json};

use super::lines::{Setting, Wrong};
use super::names::unknown;
use crate::controls::{chord_tables, join};
use crate::usage::{SEEDS_ALLOWED, Usage};

/// What a station may be called, beside [`MAIN`]: the rule of the registry, so that a name is
/// refused with its line.
const NAMES_ALLOWED: &str = "1 to 64 of a–z, 0–9, hyphen and underscore";

/// Whether a setting is a control of which each member may stand on a line of its own.
pub fn has_members(name: &str) -> bool {
    ROWS.iter().any(|row| row.name == name && matches!(row.values, Values::Parts))
}

/// What a station starts with.
#[derive(Debug, Default)]
pub struct Start {
    /// The line where it begins.
    pub line: usize,
    /// `seed`: a whole number.
    pub seed: Option<u64>,
    /// `chords`: the tables of that file.
    pub chords: Option<ChordTables>,
    /// The controls by their names. Each is valid by itself.
    pub controls: Map<String, Value>,
}

impl Start {
    /// The controls it starts with: the defaults, changed as the file says.
    ///
    /// # Errors
    /// [`Usage`] where the file's controls contradict each other, which [`super::File::read`] has
    /// ruled out.
    pub fn controls(&self) -> Result<Controls, Usage> {
        let change = Change::from_json(&self.controls).map_err(|errors| Usage(join(&errors)))?;
        Ok(change.applied_to(&Controls::default()))
    }

    /// Takes a setting whose name within the station is `field`.
    ///
    /// # Errors
    /// When there is no such setting, or its value is not allowed.
    pub fn set(&mut self, field: &str, setting: &Setting) -> Result<(), Wrong> {
        let value = &setting.value;
        match field {
            "seed" => {
                self.seed = Some(value.as_u64().ok_or_else(|| setting.refused(SEEDS_ALLOWED))?);
            }
            "chords" => {
                let path = value.as_str().ok_or_else(|| setting.refused("the name of a file"))?;
                let tables = chord_tables(Path::new(path), path);
                self.chords =
                    Some(tables.map_err(|error| setting.wrong(format_args!("{error:#}")))?);
            }
            // When a change takes hold is no matter here.
            Apply::FIELD => return Err(unknown(setting)),
            _ => {
                let control = Map::from_iter([(field.to_owned(), value.clone())]);
                check(&control, setting)?;
                self.controls.extend(control);
            }
        }
        Ok(())
    }

    /// Takes one member of a control that has some.
    ///
    /// # Errors
    /// When there is no such member, or its value is not allowed.
    pub fn set_member(
        &mut self,
        control: &str,
        member: &str,
        setting: &Setting,
    ) -> Result<(), Wrong> {
        let member = (member.to_owned(), setting.value.clone());
        let alone = Value::Object(Map::from_iter([member.clone()]));
        check(&Map::from_iter([(control.to_owned(), alone)]), setting)?;
        let members = self.controls.entry(control).or_insert_with(|| json!({}));
        members.as_object_mut().map(|members| members.insert(member.0, member.1));
        Ok(())
    }
}

fn check(control: &Map<String, Value>, setting: &Setting) -> Result<(), Wrong> {
    match Change::from_json(control) {
        Ok(_) => Ok(()),
        Err(errors) if errors.iter().all(|error| error.allowed.contains("the fields")) => {
            Err(unknown(setting))
        }
        Err(errors) => {
            let allowed = errors.first().map_or("", |error| error.allowed.as_str());
            Err(setting.refused(allowed))
        }
    }
}

/// Why a station of the file cannot be called so.
pub fn wrong_name(name: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    if name == MAIN {
        Some("the settings of the station main stand outside every table".to_owned())
    } else if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(allowed) {
        Some(format!("no station can be called so; allowed is {NAMES_ALLOWED}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use aeolian_station::Config;
    use aeolian_station::registry::Registry;

    use super::*;

    #[test]
    fn a_name_is_refused_in_the_file_where_the_registry_would_refuse_it() {
        let registry = Registry::start(Config::new(MAIN, 1), 10).unwrap();
        let (longest, too_long) = ("n".repeat(64), "n".repeat(65));
        for name in ["garden", "a-b_7", "main", "", "Night", "a b", "ä", &longest, &too_long] {
            let made = registry.make(Config::new(name, 1));
            assert_eq!(wrong_name(name).is_none(), made.is_ok(), "{name:?}");
            if let Some(Err(refusal)) = (name != MAIN).then_some(made) {
                assert!(refusal.to_string().ends_with(NAMES_ALLOWED), "{refusal}");
            }
        }
    }
}
