//! The rows of the table for programs and for people: as JSON, and as a flag's help.

use serde::ser::{SerializeStruct, Serializer};
use serde_json::{Map, Value};

use super::row::Row;
use super::table::Controls;
use super::values::Values;

impl Row {
    /// Its default, as the wire writes it.
    #[must_use]
    pub fn default_value(&self) -> Value {
        let text = serde_json::to_string(&Controls::default()).unwrap_or_default();
        let state: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
        state.get(self.name).cloned().unwrap_or_default()
    }

    /// [`Row::about`] and its values in one line, as a flag's help has it: "How much happens (0 to 1)".
    #[must_use]
    pub fn help(&self) -> String {
        let about = self.about.trim_end_matches('.').replace('`', "");
        match (self.values, self.values.choices().as_slice()) {
            (Values::Number { lowest, highest, .. }, _) => {
                format!("{about} ({lowest} to {highest})")
            }
            (Values::Mode | Values::Preset, [names @ .., last]) => {
                let names: Vec<_> = names.iter().map(|choice| choice.name).collect();
                format!("{about} ({} or {})", names.join(", "), last.name)
            }
            _ => about,
        }
    }
}

impl serde::Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Row", 10)?;
        row.serialize_field("name", self.name)?;
        row.serialize_field("label", self.label)?;
        row.serialize_field("about", self.about)?;
        row.serialize_field("values", &self.values)?;
        row.serialize_field("default", &self.default_value())?;
        row.serialize_field("holds", &self.holds)?;
        row.serialize_field("in_presets", &self.in_presets)?;
        row.serialize_field("moved", self.moved)?;
        row.serialize_field("slider", &self.slider)?;
        row.serialize_field("shortcut", &self.shortcut)?;
        row.end()
    }
}
