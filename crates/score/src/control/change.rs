//! A change of controls, as a listener asks for it: any subset, taken whole or refused whole.

use core::fmt;

use serde_json::{Map, Value};

use super::Controls;
use super::preset::{PRESETS_ALLOWED, Preset};
use super::value::{Bpm, Level};
use crate::key::{KEYS_ALLOWED, KeyName, MODES_ALLOWED, Mode};
use crate::part::{PARTS_ALLOWED, Part};

/// When a change takes hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// As soon as each control can.
    #[default]
    Now,
    /// All of it at the next bar.
    Bar,
    /// All of it at the next phrase.
    Phrase,
}

/// One field that was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name; a part's gain is `parts.pad`.
    pub field: String,
    /// What was given, as JSON, cut short where it is long; [`NOT_GIVEN`] where nothing was.
    pub given: String,
    /// What would be taken.
    pub allowed: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, given, allowed } = self;
        let refused = if given == NOT_GIVEN { "" } else { " is not allowed" };
        write!(f, "{field}: {given}{refused}; allowed is {allowed}")
    }
}

impl std::error::Error for FieldError {}

/// What stands for the value of a field that is missing; no JSON reads so.
pub const NOT_GIVEN: &str = "not given";

/// The longest value, in bytes of JSON, that is quoted whole.
const GIVEN_BYTES_MAX: usize = 80;

impl FieldError {
    /// What was given for a field, and what would be taken.
    #[must_use]
    pub fn new(field: &str, given: &Value, allowed: &str) -> Self {
        let mut text = given.to_string();
        if text.len() > GIVEN_BYTES_MAX {
            let cut = (0..=GIVEN_BYTES_MAX).rev().find(|i| text.is_char_boundary(*i));
            text.truncate(cut.unwrap_or(0));
            text.push('…');
        }
        Self { field: field.to_owned(), given: text, allowed: allowed.to_owned() }
    }

    /// A field that must be given, and was not.
    #[must_use]
    pub fn missing(field: &str, allowed: &str) -> Self {
        let (field, allowed) = (field.to_owned(), allowed.to_owned());
        Self { field, given: NOT_GIVEN.to_owned(), allowed }
    }
}

/// A valid change of any of the controls. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Tonic, and mode where named.
    pub key: Option<KeyName>,
    /// Mode.
    pub mode: Option<Mode>,
    /// Tempo.
    pub bpm: Option<Bpm>,
    /// Intensity.
    pub intensity: Option<Level>,
    /// Brightness.
    pub brightness: Option<Level>,
    /// Space.
    pub space: Option<Level>,
    /// Wander.
    pub wander: Option<Level>,
    /// Gains, in the order of [`Part::ALL`].
    pub parts: [Option<Level>; Part::COUNT],
    /// Sets several of the above; what stands beside it wins.
    pub preset: Option<Preset>,
    /// When it takes hold.
    pub apply: Apply,
}

const NUMBER_0_TO_1: &str = "a number from 0 to 1";
const NUMBER_60_TO_120: &str = "a number from 60 to 120";
const FIELDS: &str = "key, mode, bpm, intensity, brightness, space, wander, parts, preset, apply";

/// Reads fields out of JSON and gathers every error.
struct Reader {
    errors: Vec<FieldError>,
}

impl Reader {
    fn refuse(&mut self, field: &str, given: &Value, allowed: &str) {
        self.errors.push(FieldError::new(field, given, allowed));
    }

    fn read<T>(
        &mut self,
        field: &str,
        value: &Value,
        allowed: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(value);
        if parsed.is_none() {
            self.refuse(field, value, allowed);
        }
        parsed
    }

    fn level(&mut self, field: &str, value: &Value) -> Option<Level> {
        self.read(field, value, NUMBER_0_TO_1, |v| v.as_f64().and_then(Level::new))
    }
}

fn text<T: core::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str().and_then(|text| text.parse().ok())
}

fn key_name(value: &Value) -> Option<KeyName> {
    match value {
        // To JSON Schema 60.0 is an integer, and some writers write one so.
        Value::Number(number) => {
            let note = number.as_f64().filter(|note| (0.0..=127.0).contains(note))?;
            (note % 1.0 == 0.0).then(|| (note as u8).to_string().parse().ok()).flatten()
        }
        _ => text(value),
    }
}

fn apply_when(value: &Value) -> Option<Apply> {
    match value.as_str()? {
        "now" => Some(Apply::Now),
        "bar" => Some(Apply::Bar),
        "phrase" => Some(Apply::Phrase),
        _ => None,
    }
}

impl Change {
    /// Reads a change from a JSON object whose members are the controls of the contract.
    ///
    /// # Errors
    /// Every wrong field: unknown, of the wrong type, or out of range. Then nothing is taken.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut reader = Reader { errors: Vec::new() };
        let mut change = Self::default();
        for (field, value) in object {
            match field.as_str() {
                "key" => change.key = reader.read(field, value, KEYS_ALLOWED, key_name),
                "mode" => change.mode = reader.read(field, value, MODES_ALLOWED, text),
                "bpm" => {
                    change.bpm = reader
                        .read(field, value, NUMBER_60_TO_120, |v| v.as_f64().and_then(Bpm::new));
                }
                "intensity" => change.intensity = reader.level(field, value),
                "brightness" => change.brightness = reader.level(field, value),
                "space" => change.space = reader.level(field, value),
                "wander" => change.wander = reader.level(field, value),
                "parts" => change.parts = Self::read_parts(&mut reader, value),
                "preset" => change.preset = reader.read(field, value, PRESETS_ALLOWED, text),
                "apply" => {
                    let when = reader.read(field, value, "now, bar, phrase", apply_when);
                    change.apply = when.unwrap_or_default();
                }
                _ => reader.refuse(field, value, &format!("one of the fields {FIELDS}")),
            }
        }
        if let (Some(KeyName { mode: Some(named), .. }), Some(mode)) = (change.key, change.mode)
            && named != mode
        {
            let given = object.get("mode").unwrap_or(&Value::Null);
            reader.refuse("mode", given, &format!("{named}, which key names, or no mode at all"));
        }
        if reader.errors.is_empty() { Ok(change) } else { Err(reader.errors) }
    }

    fn read_parts(reader: &mut Reader, value: &Value) -> [Option<Level>; Part::COUNT] {
        let mut gains = [None; Part::COUNT];
        let Some(object) = value.as_object() else {
            reader.refuse("parts", value, "an object of part names and gains from 0 to 1");
            return gains;
        };
        for (name, gain) in object {
            let field = format!("parts.{name}");
            match name.parse::<Part>() {
                Ok(part) => gains[part.index()] = reader.level(&field, gain),
                Err(_) => reader.refuse(&field, gain, PARTS_ALLOWED),
            }
        }
        gains
    }

    /// Whether it asks for nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { apply: self.apply, ..Self::default() }
    }

    /// The controls that hold once this change has taken hold everywhere.
    #[must_use]
    pub fn applied_to(&self, controls: &Controls) -> Controls {
        let mut new = self.preset.map_or(*controls, |preset| preset.apply(controls));
        if let Some(name) = self.key {
            new.key.tonic = name.tonic;
            new.key.mode = name.mode.unwrap_or(new.key.mode);
        }
        new.key.mode = self.mode.unwrap_or(new.key.mode);
        new.bpm = self.bpm.unwrap_or(new.bpm);
        new.intensity = self.intensity.unwrap_or(new.intensity);
        new.brightness = self.brightness.unwrap_or(new.brightness);
        new.space = self.space.unwrap_or(new.space);
        new.wander = self.wander.unwrap_or(new.wander);
        for (gain, asked) in new.parts.0.iter_mut().zip(self.parts) {
            *gain = asked.unwrap_or(*gain);
        }
        if self.preset.is_none() && new != *controls {
            new.preset = None;
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Change, Vec<FieldError>> {
        let value: Value = serde_json::from_str(json).unwrap();
        Change::from_json(value.as_object().unwrap())
    }

    #[test]
    fn any_subset_is_taken() {
        let change = read(r#"{"key":"F# dorian","bpm":72.5,"parts":{"bass":0}}"#).unwrap();
        let controls = change.applied_to(&Controls::default());
        assert_eq!(controls.key.to_string(), "F# dorian");
        assert_eq!(controls.bpm.get(), 72.5);
        assert_eq!(controls.parts.get(Part::Bass), Level::ZERO);
        assert_eq!(controls.parts.get(Part::Pad), Level::FULL);
        assert!(read("{}").unwrap().is_empty());
    }

    #[test]
    fn every_wrong_field_is_named_with_what_was_given_and_what_is_allowed() {
        let errors = read(
            r#"{"key":"H","mode":7,"bpm":300,"intensity":"loud","parts":{"pad":2,"drums":1},"x":1}"#,
        )
        .unwrap_err();
        let mut fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["bpm", "intensity", "key", "mode", "parts.drums", "parts.pad", "x"]);
        let bpm = errors.iter().find(|e| e.field == "bpm").unwrap();
        assert_eq!(bpm.to_string(), "bpm: 300 is not allowed; allowed is a number from 60 to 120");
        let part = errors.iter().find(|e| e.field == "parts.drums").unwrap();
        assert_eq!(part.allowed, "one of pad, melody, bass, percussion, texture");
    }

    #[test]
    fn key_and_mode_must_not_contradict_each_other() {
        assert!(read(r#"{"key":"A minor","mode":"aeolian"}"#).is_ok());
        let errors = read(r#"{"key":"A minor","mode":"dorian"}"#).unwrap_err();
        assert_eq!(errors[0].field, "mode");
    }

    #[test]
    fn a_note_number_may_be_written_with_a_point() {
        assert_eq!(read(r#"{"key":60.0}"#).unwrap(), read(r#"{"key":60}"#).unwrap());
        for bad in ["60.5", "-1", "128", "1e300"] {
            assert_eq!(read(&format!(r#"{{"key":{bad}}}"#)).unwrap_err()[0].field, "key", "{bad}");
        }
    }

    #[test]
    fn a_tonic_alone_keeps_the_mode() {
        let change = read(r#"{"key":"Bb"}"#).unwrap();
        assert_eq!(change.applied_to(&Controls::default()).key.to_string(), "Bb minor");
    }

    #[test]
    fn a_preset_is_forgotten_once_a_control_is_moved() {
        let set = read(r#"{"preset":"sleep"}"#).unwrap().applied_to(&Controls::default());
        assert_eq!(set.preset, Some(Preset::Sleep));
        let same = read(r#"{"bpm":60}"#).unwrap().applied_to(&set);
        assert_eq!(same.preset, Some(Preset::Sleep));
        let moved = read(r#"{"bpm":61}"#).unwrap().applied_to(&set);
        assert_eq!(moved.preset, None);
    }

    #[test]
    fn a_long_value_is_cut_in_its_error() {
        let json = format!(r#"{{"key":"{}"}}"#, "é".repeat(1000));
        let errors = read(&json).unwrap_err();
        assert!(errors[0].given.len() < 100);
    }
}
