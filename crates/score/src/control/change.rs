//! A change of controls, as a listener asks for it: any subset, taken whole or refused whole.

use serde_json::{Map, Value};

pub use super::apply::Apply;
use super::preset::Preset;
use super::refusal::Refusals;
pub use super::refusal::{FieldError, NOT_GIVEN};
use super::row::Row;
use super::table::{Change, Controls, REACH, ROWS, Reach};
use crate::key::KeyName;

/// What the members of a change may be called.
fn fields_allowed() -> String {
    let names: Vec<_> = ROWS.iter().map(|row| row.name).chain([Apply::FIELD]).collect();
    format!("one of the fields {}", names.join(", "))
}

impl Change {
    /// Reads a change from a JSON object whose members are the controls of the contract.
    ///
    /// # Errors
    /// Every wrong field: unknown, of the wrong type, or out of range. Then nothing is taken.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut refusals = Refusals::default();
        let mut change = Self::default();
        for (field, value) in object {
            match ROWS.iter().position(|row| row.name == field) {
                Some(row) => (REACH[row].read)(&mut refusals, value, &mut change),
                None if field == Apply::FIELD => change.apply = Apply::read(&mut refusals, value),
                None => refusals.add(field, value, &fields_allowed()),
            }
        }
        if let (Some(KeyName { mode: Some(named), .. }), Some(mode)) = (change.key, change.mode)
            && named != mode
        {
            let given = object.get("mode").unwrap_or(&Value::Null);
            refusals.add("mode", given, &format!("{named}, which key names, or no mode at all"));
        }
        if refusals.0.is_empty() { Ok(change) } else { Err(refusals.0) }
    }

    /// The JSON that [`Change::from_json`] reads the same change from, as the control log has it.
    /// [`Change::apply`] is left out.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let member =
            |(row, reach): (&Row, &Reach)| Some((row.name.to_owned(), (reach.written)(self)?));
        ROWS.iter().zip(REACH).filter_map(member).collect()
    }

    /// What a preset sets.
    fn of(preset: Preset) -> Self {
        // A test reads every preset.
        Self::from_json(&preset.sets()).unwrap_or_default()
    }

    /// Whether it asks for nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { apply: self.apply, ..Self::NOTHING }
    }

    /// The controls that hold once this change has taken hold everywhere.
    #[must_use]
    pub fn applied_to(&self, controls: &Controls) -> Controls {
        let mut new = self.preset.map_or(*controls, |preset| Self::of(preset).applied_to(controls));
        if let Some(KeyName { mode: Some(named), .. }) = self.key {
            new.mode = named;
        }
        for reach in REACH {
            (reach.put)(self, &mut new);
        }
        if self.preset.is_none() && new != *controls {
            new.preset = None;
        }
        new
    }
}

impl From<&Controls> for Change {
    /// The change that leads to these controls from the default ones. Its key names the mode.
    fn from(controls: &Controls) -> Self {
        let mut change = Self::NOTHING;
        for reach in REACH {
            (reach.ask)(controls, &mut change);
        }
        let mode = change.mode.take();
        change.key = change.key.map(|key| KeyName { mode, ..key });
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::value::Level;
    use crate::part::Part;

    fn read(json: &str) -> Result<Change, Vec<FieldError>> {
        let value: Value = serde_json::from_str(json).unwrap();
        Change::from_json(value.as_object().unwrap())
    }

    #[test]
    fn any_subset_is_taken() {
        let change = read(r#"{"key":"F# dorian","bpm":72.5,"parts":{"bass":0}}"#).unwrap();
        let controls = change.applied_to(&Controls::default());
        assert_eq!(controls.home().to_string(), "F# dorian");
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
        assert_eq!(change.applied_to(&Controls::default()).home().to_string(), "Bb minor");
    }

    #[test]
    fn a_preset_is_forgotten_once_a_control_is_moved() {
        let set = read(r#"{"preset":"sleep"}"#).unwrap().applied_to(&Controls::default());
        let sleep = "sleep".parse().ok();
        assert!(sleep.is_some() && set.preset == sleep);
        let same = read(r#"{"bpm":60}"#).unwrap().applied_to(&set);
        assert_eq!(same.preset, sleep);
        let moved = read(r#"{"bpm":61}"#).unwrap().applied_to(&set);
        assert_eq!(moved.preset, None);
    }
}
