//! A TOML file as a list of settings, each with its whole name and the line it stands on.

use std::fmt;

use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

use crate::usage::Usage;

/// One setting.
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// Its name, with those of the tables around it: `stations`, `garden`, `bpm`.
    pub path: Vec<String>,
    /// What it is set to. A number that JSON cannot hold is null.
    pub value: Value,
    /// What stands in the file, where it is a number.
    number: Option<String>,
    /// Counts from 1.
    pub line: usize,
    /// The line that begins the table around it, of those in `[stations.NAME]` the outer one; its
    /// own where there is none.
    pub table_line: usize,
}

/// The longest value, in characters, that a refusal shows whole.
const GIVEN_CHARS_MAX: usize = 80;

impl Setting {
    /// A table, which begins at `line`.
    pub fn table(path: &[&str], line: usize) -> Self {
        let path = path.iter().map(|&name| name.to_owned()).collect();
        Self { path, value: Value::Null, number: None, line, table_line: line }
    }

    /// Its whole name, as TOML writes it: `stations.garden.bpm`.
    pub fn name(&self) -> String {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let quoted = |name: &String| match name.is_empty() || !name.chars().all(bare) {
            true => format!("{name:?}"),
            false => name.clone(),
        };
        self.path.iter().map(quoted).collect::<Vec<_>>().join(".")
    }

    /// What is wrong with this setting, behind its line and name.
    pub fn wrong(&self, reason: impl fmt::Display) -> Wrong {
        Wrong { line: self.line, text: format!("{}: {reason}", self.name()) }
    }

    /// The refusal of this setting, in the one style of the whole program.
    pub fn refused(&self, allowed: impl fmt::Display) -> Wrong {
        let given = self.number.clone().unwrap_or_else(|| self.value.to_string());
        let mut shown: String = given.chars().take(GIVEN_CHARS_MAX).collect();
        if shown.len() < given.len() {
            shown.push('…');
        }
        self.wrong(format_args!("{shown} is not allowed; allowed is {allowed}"))
    }
}

/// What is wrong with a line.
#[derive(Debug)]
pub struct Wrong {
    /// Counts from 1.
    pub line: usize,
    /// The setting's name and what is wrong with it.
    pub text: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

/// Reads every setting of a file.
///
/// # Errors
/// When it is no TOML.
pub fn read(text: &str) -> Result<Vec<Setting>, Usage> {
    let table = DeTable::parse(text).map_err(|error| Usage(error.to_string()))?;
    let mut settings = Vec::new();
    gather(text, &[], None, table.get_ref(), &mut settings);
    settings.sort_by_key(|setting| setting.line);
    Ok(settings)
}

fn gather(
    text: &str,
    tables: &[String],
    table_line: Option<usize>,
    table: &DeTable<'_>,
    settings: &mut Vec<Setting>,
) {
    for (key, value) in table {
        let path = [tables, &[key.get_ref().to_string()]].concat();
        let line = 1 + text[..key.span().start].matches('\n').count();
        match value.get_ref() {
            // An empty table is a setting, perhaps misspelt.
            DeValue::Table(inner) if !inner.is_empty() => {
                let outer = table_line.filter(|_| tables.len() >= 2);
                gather(text, &path, Some(outer.unwrap_or(line)), inner, settings);
            }
            other => {
                let is_number = matches!(other, DeValue::Integer(_) | DeValue::Float(_));
                let number = is_number.then(|| text[value.span()].to_owned());
                let table_line = table_line.unwrap_or(line);
                settings.push(Setting { path, value: to_json(other), number, line, table_line });
            }
        }
    }
}

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(integer) => {
            let (digits, radix) = (integer.as_str(), integer.radix());
            i64::from_str_radix(digits, radix)
                .map(Value::from)
                .or_else(|_| u64::from_str_radix(digits, radix).map(Value::from))
                .unwrap_or_default()
        }
        DeValue::Float(digits) => {
            let number = digits.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or(Value::Null, Value::from)
        }
        DeValue::Boolean(on) => Value::from(*on),
        DeValue::Datetime(moment) => Value::from(moment.to_string()),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(k, v)| (k.get_ref().to_string(), to_json(v.get_ref()))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_whole_name_and_line() {
        let text = "seed = 0x10\n\n[stations.garden]\nbpm = 66.5\nparts = [true, \"x\"]\n";
        let settings = read(text).unwrap();
        let seen: Vec<_> =
            settings.iter().map(|s| (s.name(), s.value.clone(), s.line, s.table_line)).collect();
        let setting = |name: &str, value, line, table| (name.to_owned(), value, line, table);
        assert_eq!(
            seen,
            [
                setting("seed", Value::from(16), 1, 1),
                setting("stations.garden.bpm", Value::from(66.5), 4, 3),
                setting("stations.garden.parts", serde_json::json!([true, "x"]), 5, 3),
            ]
        );
    }

    #[test]
    fn a_refusal_shows_a_number_as_it_stands_there_and_a_long_value_cut() {
        let text = format!("a = 0xffff_ffff_ffff_ffff_ff\nb = inf\nc = \"{}\"", "é".repeat(99));
        let settings = read(&text).unwrap();
        let refused = |i: usize| settings[i].refused("x").to_string();
        assert_eq!(refused(0), "line 1: a: 0xffff_ffff_ffff_ffff_ff is not allowed; allowed is x");
        assert_eq!(refused(1), "line 2: b: inf is not allowed; allowed is x");
        assert!(refused(2).contains("éé… is not allowed"), "{}", refused(2));
        assert_eq!((&settings[0].value, &settings[1].value), (&Value::Null, &Value::Null));
    }

    #[test]
    fn what_is_no_toml_is_refused_by_line() {
        assert!(read("seed = 7\nbpm = = 3\n").unwrap_err().to_string().contains("line 2"));
    }
}
