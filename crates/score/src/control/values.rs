//! Which values a control takes.

use serde::ser::{SerializeMap, Serializer};

use super::preset::Preset;
use crate::key::{KEYS_ALLOWED, MODES_ALLOWED, Mode};
use crate::part::Part;

/// Which values a control takes, and so how it is read, written, shown and refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values {
    /// A number.
    Number {
        /// The lowest that is taken.
        lowest: f64,
        /// The highest that is taken.
        highest: f64,
        /// The step of a slider; what is between is taken too.
        step: f64,
        /// To how many decimals it is shown and shared.
        decimals: u32,
        /// What it counts, short; empty where it is a share of a whole.
        unit: &'static str,
    },
    /// A tonic, alone or with its mode, or the number of a MIDI note. Shown as the tonic, as the key
    /// spells it: by its name or by the other.
    Key,
    /// A mode's name.
    Mode,
    /// A level from 0 to 1 for each of some parts.
    Parts,
    /// A preset's name; shown as null where none holds.
    Preset,
}

/// A name that a control takes, or that one of its members bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    /// The name on the wire.
    pub name: &'static str,
    /// Another name that is taken for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<&'static str>,
    /// What people call it.
    pub label: &'static str,
}

impl Choice {
    const fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, also: None, label }
    }

    const fn or(self, also: &'static str) -> Self {
        Self { also: Some(also), ..self }
    }
}

/// The tonics round the circle of fifths, from the top, clockwise.
const CIRCLE_OF_FIFTHS: [Choice; 12] = [
    Choice::new("C", "C"),
    Choice::new("G", "G"),
    Choice::new("D", "D"),
    Choice::new("A", "A"),
    Choice::new("E", "E"),
    Choice::new("B", "B"),
    Choice::new("F#", "F♯").or("Gb"),
    Choice::new("Db", "D♭").or("C#"),
    Choice::new("Ab", "A♭").or("G#"),
    Choice::new("Eb", "E♭").or("D#"),
    Choice::new("Bb", "B♭").or("A#"),
    Choice::new("F", "F"),
];

impl Values {
    /// A share of a whole, from 0 to 1.
    pub const SHARE: Self =
        Self::Number { lowest: 0.0, highest: 1.0, step: 0.01, decimals: 2, unit: "" };

    /// The names that it takes, or its members' names, in the order in which people are shown them.
    /// Empty for a number; of a key the tonics alone.
    #[must_use]
    pub fn choices(self) -> Vec<Choice> {
        match self {
            Values::Number { .. } => Vec::new(),
            Values::Key => CIRCLE_OF_FIFTHS.to_vec(),
            Values::Mode => {
                let choice =
                    |it: Mode| Choice { also: it.also(), ..Choice::new(it.name(), it.label()) };
                Mode::FROM_BRIGHT_TO_DARK.map(choice).to_vec()
            }
            Values::Parts => Part::ALL.map(|it| Choice::new(it.name(), it.label())).to_vec(),
            Values::Preset => Preset::ALL.map(|it| Choice::new(it.name(), it.label())).to_vec(),
        }
    }

    /// How the names are ordered, where people are told.
    #[must_use]
    pub fn order(self) -> Option<&'static str> {
        (self == Values::Mode).then_some("from bright to dark")
    }

    /// What would be taken, as a refusal says it.
    #[must_use]
    pub fn allowed(self) -> String {
        match self {
            Values::Number { lowest, highest, .. } => {
                format!("a number from {lowest} to {highest}")
            }
            Values::Key => KEYS_ALLOWED.to_owned(),
            Values::Mode => MODES_ALLOWED.to_owned(),
            Values::Parts => "an object of part names and gains from 0 to 1".to_owned(),
            Values::Preset => Preset::ALL.map(Preset::name).join(", "),
        }
    }
}

/// `kind` says which they are; beside it a number has its range, and names their list.
impl serde::Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self {
            Values::Number { .. } => "number",
            Values::Key => "tonic",
            Values::Mode => "choice",
            Values::Parts => "levels",
            Values::Preset => "presets",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", kind)?;
        if let Values::Number { lowest, highest, step, decimals, unit } = self {
            map.serialize_entry("lowest", lowest)?;
            map.serialize_entry("highest", highest)?;
            map.serialize_entry("step", step)?;
            map.serialize_entry("decimals", decimals)?;
            map.serialize_entry("unit", unit)?;
        }
        let choices = self.choices();
        if !choices.is_empty() {
            map.serialize_entry("choices", &choices)?;
        }
        if let Some(order) = self.order() {
            map.serialize_entry("order", order)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyName;

    #[test]
    fn the_circle_goes_up_by_fifths_and_has_every_spelling_of_each_tonic() {
        let tonics = Values::Key.choices();
        for (tonic, next) in tonics.iter().zip(tonics.iter().cycle().skip(1)) {
            let class = |name: &str| name.parse::<KeyName>().unwrap().tonic;
            assert_eq!(class(next.name), class(tonic.name).up(7), "{}", next.name);
            for flats in [false, true] {
                let name = class(tonic.name).name(flats);
                assert!(name == tonic.name || Some(name) == tonic.also, "{name}");
            }
        }
    }
}
