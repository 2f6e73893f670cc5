//! What a change may ask of a control: how it is read from JSON, written, and put in its place.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::gains::{PartGains, SomeGains};
use super::preset::Preset;
use super::refusal::Refusals;
use super::value::{Bpm, Level};
use super::values::Values;
use crate::key::{Key, KeyName, Mode, PitchClass};
use crate::part::{PARTS_ALLOWED, Part};

/// What a change may ask of a control whose state is a `Held`.
pub(super) trait Asked<Held>: Copy + Sized {
    /// Which values are taken.
    const VALUES: Values;

    /// The value of a member of a change; none where it asks for nothing, or is refused.
    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self>;

    /// The JSON that it is read from.
    fn written(self) -> Value;

    /// Does what is asked.
    fn put(self, held: &mut Held);

    /// Asks for what is held; nothing where nothing can be asked for.
    fn of(held: Held) -> Option<Self>;

    /// What is held, as the wire shows it where `home` is the key that was asked for.
    fn shown(held: Held, home: Key) -> impl Serialize;
}

fn text<T: core::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str().and_then(|text| text.parse().ok())
}

impl Asked<Level> for Level {
    const VALUES: Values = Values::SHARE;

    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self> {
        let read = value.as_f64().and_then(Level::new);
        refusals.or_refuse(read, field, value, Self::VALUES)
    }

    fn written(self) -> Value {
        json!(f64::from(self.get()))
    }

    fn put(self, held: &mut Level) {
        *held = self;
    }

    fn of(held: Level) -> Option<Self> {
        Some(held)
    }

    fn shown(held: Level, _: Key) -> impl Serialize {
        held
    }
}

impl Asked<Bpm> for Bpm {
    const VALUES: Values =
        Values::Number { lowest: 60.0, highest: 120.0, step: 1.0, decimals: 1, unit: "bpm" };

    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self> {
        let read = value.as_f64().and_then(Bpm::new);
        refusals.or_refuse(read, field, value, Self::VALUES)
    }

    fn written(self) -> Value {
        json!(self)
    }

    fn put(self, held: &mut Bpm) {
        *held = self;
    }

    fn of(held: Bpm) -> Option<Self> {
        Some(held)
    }

    fn shown(held: Bpm, _: Key) -> impl Serialize {
        held
    }
}

/// The key on a MIDI note. To JSON Schema 60.0 is an integer, and some writers write one so.
fn of_note(note: f64) -> Option<KeyName> {
    let is_note = (0.0..=127.0).contains(&note) && note % 1.0 == 0.0;
    is_note.then(|| KeyName::of(PitchClass::new(note as u8)))
}

/// The tonic alone is put in its place: the mode that a key may name belongs to another row, and
/// a change sees to it.
impl Asked<PitchClass> for KeyName {
    const VALUES: Values = Values::Key;

    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self> {
        let read = value.as_f64().map_or_else(|| text(value), of_note);
        refusals.or_refuse(read, field, value, Self::VALUES)
    }

    fn written(self) -> Value {
        json!(self.to_string())
    }

    fn put(self, held: &mut PitchClass) {
        *held = self.tonic;
    }

    fn of(held: PitchClass) -> Option<Self> {
        Some(KeyName::of(held))
    }

    fn shown(_: PitchClass, home: Key) -> impl Serialize {
        home.tonic_name()
    }
}

impl Asked<Mode> for Mode {
    const VALUES: Values = Values::Mode;

    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self> {
        let read = text(value);
        refusals.or_refuse(read, field, value, Self::VALUES)
    }

    fn written(self) -> Value {
        json!(self)
    }

    fn put(self, held: &mut Mode) {
        *held = self;
    }

    fn of(held: Mode) -> Option<Self> {
        Some(held)
    }

    fn shown(held: Mode, _: Key) -> impl Serialize {
        held
    }
}

impl Asked<PartGains> for SomeGains {
    const VALUES: Values = Values::Parts;

    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self> {
        let object = refusals.or_refuse(value.as_object(), field, value, Self::VALUES)?;
        let mut gains = Vec::new();
        for (name, gain) in object {
            let field = format!("{field}.{name}");
            match name.parse::<Part>() {
                Ok(part) => {
                    gains.extend(Level::read(refusals, &field, gain).map(|gain| (part, gain)));
                }
                Err(_) => refusals.add(&field, gain, PARTS_ALLOWED),
            }
        }
        Self::new(gains)
    }

    fn written(self) -> Value {
        let gains = self.iter().map(|(part, gain)| (part.name().to_owned(), gain.written()));
        Value::Object(gains.collect::<Map<_, _>>())
    }

    fn put(self, held: &mut PartGains) {
        for (part, gain) in self.iter() {
            held.0[part.index()] = gain;
        }
    }

    fn of(held: PartGains) -> Option<Self> {
        Self::new(Part::ALL.map(|part| (part, held.get(part))))
    }

    fn shown(held: PartGains, _: Key) -> impl Serialize {
        held
    }
}

/// Its name alone is put in its place: what it sets belongs to other rows, and [`super::Change`]
/// sees to it.
impl Asked<Option<Preset>> for Preset {
    const VALUES: Values = Values::Preset;

    fn read(refusals: &mut Refusals, field: &str, value: &Value) -> Option<Self> {
        let read = text(value);
        refusals.or_refuse(read, field, value, Self::VALUES)
    }

    fn written(self) -> Value {
        json!(self)
    }

    fn put(self, held: &mut Option<Preset>) {
        *held = Some(self);
    }

    fn of(held: Option<Preset>) -> Option<Self> {
        held
    }

    fn shown(held: Option<Preset>, _: Key) -> impl Serialize {
        held
    }
}
