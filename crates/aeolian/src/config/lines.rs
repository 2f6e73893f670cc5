//! A TOML file as a list of settings, each with its whole name and the line it stands on.

use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

use crate::cli::Usage;

/// One setting.
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// Its name, with those of the tables around it: `stations.garden.bpm`.
    pub name: String,
    /// What it is set to.
    pub value: Value,
    /// Counts from 1.
    pub line: usize,
}

impl Setting {
    /// The refusal of this setting, in the one style of the whole program.
    pub fn refused(&self, allowed: &str) -> String {
        let Self { name, value, line } = self;
        format!("line {line}: {name}: {value} is not allowed; allowed is {allowed}")
    }
}

/// Reads every setting of a file.
///
/// # Errors
/// When it is no TOML.
pub fn read(text: &str) -> Result<Vec<Setting>, Usage> {
    let table = DeTable::parse(text).map_err(|error| Usage(error.to_string()))?;
    let mut settings = Vec::new();
    gather(text, "", table.get_ref(), &mut settings);
    settings.sort_by_key(|setting| setting.line);
    Ok(settings)
}

fn gather(text: &str, prefix: &str, table: &DeTable<'_>, settings: &mut Vec<Setting>) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            // The gains of the parts are one value; an empty table is a setting, perhaps misspelt.
            DeValue::Table(inner) if !inner.is_empty() && key.get_ref() != "parts" => {
                gather(text, &format!("{name}."), inner, settings);
            }
            other => {
                let line = 1 + text[..key.span().start].matches('\n').count();
                settings.push(Setting { name, value: to_json(other), line });
            }
        }
    }
}

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
            .map_or_else(|_| Value::from(digits.as_str()), Value::from),
        DeValue::Float(digits) => {
            let number = digits.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or_else(|| Value::from(digits.as_str()), Value::from)
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
        let setting = |name: &str, value, line| Setting { name: name.to_owned(), value, line };
        assert_eq!(
            settings,
            [
                setting("seed", Value::from(16), 1),
                setting("stations.garden.bpm", Value::from(66.5), 4),
                setting("stations.garden.parts", serde_json::json!([true, "x"]), 5),
            ]
        );
    }

    #[test]
    fn what_is_no_toml_is_refused_by_line() {
        assert!(read("seed = 7\nbpm = = 3\n").unwrap_err().to_string().contains("line 2"));
    }
}
