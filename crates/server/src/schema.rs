//! What the calls take and answer, for the OpenAPI document.
//!
//! Names and ranges come from the same constants that requests are checked by.

use std::borrow::Cow;

use aeolian_score::control::preset::Preset;
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

/// The controls as members of an object.
fn controls() -> ObjectBuilder {
    let parts = Part::ALL
        .iter()
        .fold(any(Type::Object), |object, part| object.property(part.name(), number(0.0, 1.0)));
    any(Type::Object)
        .property("bpm", number(60.0, 120.0))
        .property("intensity", number(0.0, 1.0))
        .property("brightness", number(0.0, 1.0))
        .property("space", number(0.0, 1.0))
        .property("wander", number(0.0, 1.0))
        .property("parts", parts.additional_properties(Some(AdditionalProperties::FreeForm(false))))
}

/// A request's controls: any subset. Either the key names the mode, or `mode` does.
fn change() -> Schema {
    let tonic = "^[A-G][#b]?";
    let named = format!("{tonic}(m| ({}))?$", mode_names().join("|"));
    let mode = one_of(mode_names().into_iter());
    let by_key = change_with(named);
    let by_mode = change_with(format!("{tonic}$")).property("mode", mode);
    Schema::AnyOf(AnyOfBuilder::new().item(by_key).item(by_mode).build())
}

/// A request's controls without `mode`.
fn change_with(key_pattern: String) -> ObjectBuilder {
    controls()
        .property(
            "key",
            ObjectBuilder::new()
                .schema_type(SchemaType::Array(vec![Type::String, Type::Integer]))
                .pattern(Some(key_pattern))
                .minimum(Some(0.0))
                .maximum(Some(127.0)),
        )
        .property("preset", one_of(Preset::ALL.iter().map(|preset| preset.name())))
        .property("apply", one_of(["now", "bar", "phrase"].into_iter()))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// A station's state.
fn state() -> ObjectBuilder {
    let object = controls()
        .property("key", text())
        .property("mode", one_of(Mode::ALL.iter().map(|mode| mode.name())))
        .property("preset", or_null(Type::String))
        .property("revision", count())
        .property("frame", count());
    [
        "key",
        "mode",
        "bpm",
        "intensity",
        "brightness",
        "space",
        "wander",
        "parts",
        "revision",
        "frame",
    ]
    .into_iter()
    .fold(object, ObjectBuilder::required)
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
