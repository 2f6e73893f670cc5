//! `docs/protocol.md` holds the table of controls as it is: a row there, a line in the document.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it reads the documents")]

use std::fs;
use std::path::Path;

use aeolian_score::control::ROWS;
use aeolian_score::control::row::Row;
use aeolian_score::control::values::Values;
use serde_json::Value;

/// The lines between which the table stands.
const BEGIN: &str = "<!-- controls: AEOLIAN_WRITE_DOCS=1 cargo test -p aeolian-score --test documents writes them -->";
const END: &str = "<!-- /controls -->";

fn code(text: impl std::fmt::Display) -> String {
    format!("`{text}`")
}

/// The JSON that a control is given as, and what may be in it.
fn value(values: Values) -> String {
    let names: Vec<_> = values.choices().iter().map(|choice| code(choice.name)).collect();
    let names = names.join(", ");
    match values {
        Values::Number { lowest, highest, .. } => format!("number, {lowest} to {highest}"),
        Values::Key => format!("string: a tonic such as {}", code("F#")),
        Values::Mode => format!("string: {names}"),
        Values::Parts => format!("object: the gain, 0 to 1, of {names}"),
        Values::Preset => format!("string or null: {names}"),
    }
}

/// A value for people: a whole number without a point.
fn short(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string())
}

fn default(row: &Row) -> String {
    match row.default_value() {
        Value::Object(members) => {
            let mut values: Vec<_> = members.values().map(short).collect();
            values.dedup();
            format!("{} each", values.join(", "))
        }
        value => code(short(&value)),
    }
}

fn table() -> String {
    let line = |row: &Row| {
        let (name, value) = (code(row.name), value(row.values));
        let (default, holds, about) = (default(row), row.holds.words(), row.about);
        format!("| {name} | {value} | {default} | {holds} | {about} |\n")
    };
    let head = "| field | type | default | a change takes hold | meaning |\n| --- | --- | --- | --- | --- |\n";
    ROWS.iter().map(line).fold(head.to_owned(), |table, line| table + &line)
}

#[test]
fn the_protocol_shows_every_control_as_its_row_has_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("AEOLIAN_WRITE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}\n{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(shown.trim_start(), table, "write it anew, as the line above the table says");
    }
}
