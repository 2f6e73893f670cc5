//! What the calls take and answer, for the OpenAPI document.
//!
//! Names and ranges come from the same constants that requests are checked by.

use std::borrow::Cow;

use aeolian_score::control::ROWS;
use aeolian_score::control::change::Apply;
use aeolian_score::control::row::Row;
use aeolian_score::control::values::Values;
use aeolian_score::{Mode, Part};
use aeolian_wire::Format;
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ArrayBuilder, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::Problem;

fn any(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

fn text() -> ObjectBuilder {
    any(Type::String)
}

fn number(min: f64, max: f64) -> ObjectBuilder {
    any(Type::Number).minimum(Some(min)).maximum(Some(max))
}

fn count() -> ObjectBuilder {
    any(Type::Integer).minimum(Some(0.0))
}

/// Any of 64 bits. The bound itself is no seed: unlike the greatest seed, every JSON reader has it exactly.
fn seed() -> ObjectBuilder {
    count().exclusive_maximum(Some(18_446_744_073_709_551_616.0))
}

fn or_null(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Array(vec![kind, Type::Null]))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> ObjectBuilder {
    text().enum_values(Some(names.map(str::to_owned)))
}

/// What a mode may be called, as the documentation has it; the server is more lenient.
fn mode_names() -> Vec<&'static str> {
    Mode::ALL.iter().map(|mode| mode.name()).chain(["ionian", "aeolian"]).collect()
}

/// The levels of parts.
fn levels() -> ObjectBuilder {
    let level = |object: ObjectBuilder, part: &Part| object.property(part.name(), number(0.0, 1.0));
    let levels = Part::ALL.iter().fold(any(Type::Object), level);
    levels.additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// What a request may give for a control; none for a mode that `tonic`, a pattern, names already.
fn asked(values: Values, tonic: &str, tonic_names_mode: bool) -> Option<ObjectBuilder> {
    match values {
        Values::Number { lowest, highest, .. } => Some(number(lowest, highest)),
        Values::Key => {
            let kinds = SchemaType::Array(vec![Type::String, Type::Integer]);
            let key = ObjectBuilder::new().schema_type(kinds).pattern(Some(tonic));
            Some(key.minimum(Some(0.0)).maximum(Some(127.0)))
        }
        Values::Mode => (!tonic_names_mode).then(|| one_of(mode_names().into_iter())),
        Values::Parts => Some(levels()),
        Values::Preset => Some(one_of(values.choices().iter().map(|choice| choice.name))),
    }
}

/// How a state shows a control.
fn shown(values: Values) -> ObjectBuilder {
    match values {
        Values::Number { lowest, highest, .. } => number(lowest, highest),
        Values::Key => text(),
        Values::Mode => one_of(Mode::ALL.iter().map(|mode| mode.name())),
        Values::Parts => levels(),
        Values::Preset => or_null(Type::String),
    }
}

/// A request's controls: any subset. Either the key names the mode, or the mode stands by itself.
fn change() -> Schema {
    let tonic = "^[A-G][#b]?";
    let named = format!("{tonic}(m| ({}))?$", mode_names().join("|"));
    let by_key = change_with(&named, true);
    let by_mode = change_with(&format!("{tonic}$"), false);
    Schema::AnyOf(AnyOfBuilder::new().item(by_key).item(by_mode).build())
}

fn change_with(tonic: &str, tonic_names_mode: bool) -> ObjectBuilder {
    let control =
        |object: ObjectBuilder, row: &Row| match asked(row.values, tonic, tonic_names_mode) {
            Some(schema) => object.property(row.name, schema),
            None => object,
        };
    ROWS.iter()
        .fold(any(Type::Object), control)
        .property(Apply::FIELD, one_of(Apply::ALL.into_iter().map(Apply::name)))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// A station's state. A control that may be null need not be there.
fn state() -> ObjectBuilder {
    let control = |object: ObjectBuilder, row: &Row| {
        let object = object.property(row.name, shown(row.values));
        if row.default_value().is_null() { object } else { object.required(row.name) }
    };
    ["revision", "frame"]
        .into_iter()
        .fold(ROWS.iter().fold(any(Type::Object), control), |object, name| {
            object.property(name, count()).required(name)
        })
}

/// A row of the table of controls. More members say how a page shows it.
fn row() -> ObjectBuilder {
    let choice = any(Type::Object)
        .property("name", text())
        .property("also", text())
        .property("label", text())
        .required("name")
        .required("label");
    let kinds = ["number", "tonic", "choice", "levels", "presets"];
    let values = any(Type::Object)
        .property("kind", one_of(kinds.into_iter()))
        .property("lowest", any(Type::Number))
        .property("highest", any(Type::Number))
        .property("step", any(Type::Number))
        .property("decimals", count())
        .property("unit", text())
        .property("choices", ArrayBuilder::new().items(choice))
        .property("order", text())
        .required("kind");
    let holds = ["at_once", "ramp", "next_beat", "next_bar"];
    whole([
        ("name", one_of(ROWS.iter().map(|row| row.name)).into()),
        ("label", text().into()),
        ("about", text().into()),
        ("values", values.into()),
        ("default", ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()),
        ("holds", one_of(holds.into_iter()).into()),
        ("in_presets", any(Type::Boolean).into()),
        ("moved", text().into()),
        ("slider", or_null(Type::Object).into()),
        ("shortcut", or_null(Type::Object).into()),
    ])
}

/// A named set of controls.
fn preset() -> ObjectBuilder {
    whole([
        ("name", text().into()),
        ("label", text().into()),
        ("about", text().into()),
        ("sets", any(Type::Object).into()),
    ])
}

/// An object whose members are all there.
fn whole<const N: usize>(members: [(&str, RefOr<Schema>); N]) -> ObjectBuilder {
    members.into_iter().fold(any(Type::Object), |object, (name, schema)| {
        object.property(name, schema).required(name)
    })
}

/// Gives a schema a name and its content.
macro_rules! schema {
    ($(#[$doc:meta])* $name:ident, $schema:expr) => {
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

schema!(
    /// The body of `POST /api/control`.
    Change,
    change()
);

schema!(
    /// The answer to it.
    Controlled,
    whole([
        ("revision", count().into()),
        ("frame", count().into()),
        ("state", state().into()),
    ])
);

schema!(
    /// The answer of `GET /api/controls`.
    Controls,
    whole([
        ("controls", ArrayBuilder::new().items(row()).into()),
        ("presets", ArrayBuilder::new().items(preset()).into()),
    ])
);

schema!(
    /// The body of `POST /api/stations`.
    NewStation,
    any(Type::Object)
        .property("name", text().pattern(Some("^[a-z0-9_-]{1,64}$")))
        .property("seed", seed())
        .property("controls", change())
        .required("name")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
);

schema!(
    /// A station in a list.
    Station,
    whole([
        ("name", text().into()),
        ("seed", seed().into()),
        ("listeners", count().into()),
        ("state", state().into()),
    ])
);

schema!(
    /// The answer of `GET /api/status`.
    Status,
    whole([
        ("status", one_of(["ok", "degraded"].into_iter()).into()),
        ("version", text().into()),
        ("uptime_s", count().into()),
        ("station", text().into()),
        ("state", state().into()),
        ("frame", count().into()),
        ("listeners", count().into()),
        ("buffer_chunks", count().into()),
        ("buffer_ms", any(Type::Number).into()),
        ("render_load", any(Type::Number).into()),
        ("engine", any(Type::Object).into()),
        ("underruns", count().into()),
        ("now_playing", or_null(Type::Object).into()),
    ])
);

schema!(
    /// The answer of `GET /api/score`.
    Score,
    whole([
        ("station", text().into()),
        ("phrases", ArrayBuilder::new().items(any(Type::Object)).into()),
    ])
);

schema!(
    /// How a listener wants its audio.
    AudioFormat,
    one_of(Format::all().map(Format::name))
);

schema!(
    /// Every metric by its name.
    Metrics,
    any(Type::Object)
);

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        let error =
            whole([("field", text().into()), ("given", text().into()), ("allowed", text().into())]);
        whole([
            ("type", text().into()),
            ("title", text().into()),
            ("status", count().into()),
            ("detail", text().into()),
        ])
        .property("errors", ArrayBuilder::new().items(error))
        .into()
    }
}

impl ToSchema for Problem {}
