//! What a listener may send, as JSON.

use aeolian_score::Change;
use aeolian_score::control::change::FieldError;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Code;
use crate::server::ErrorMessage;

/// What a listener may send.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Asks for a change.
    Control {
        /// Comes back in the answer.
        id: Option<Value>,
        /// The change.
        change: Box<Change>,
    },
    /// Asks for a pong.
    Ping {
        /// Comes back in the answer.
        t: Value,
    },
    /// How playback goes.
    Report(Report),
}

/// How playback goes at a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Sound in the jitter buffer, in milliseconds.
    pub buffer_ms: f64,
    /// How often it has starved since it began.
    pub underruns: u64,
    /// The playout rate, 1 = as recorded.
    pub rate: f64,
}

impl Report {
    /// What is left out is 0; fields of other names are passed over.
    fn from_json(object: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut number = |field: &str| {
            let given = object.get(field)?;
            let number = given.as_f64();
            if number.is_none() {
                errors.push(FieldError::new(field, given, "a number"));
            }
            number
        };
        let buffer_ms = number("buffer_ms").unwrap_or_default();
        let rate = number("rate").unwrap_or_default();
        let underruns = object.get("underruns").map_or(Some(0), Value::as_u64);
        if let (None, Some(given)) = (underruns, object.get("underruns")) {
            errors.push(FieldError::new("underruns", given, "a whole number from 0 on"));
        }
        let report = Self { buffer_ms, underruns: underruns.unwrap_or_default(), rate };
        if errors.is_empty() { Ok(report) } else { Err(errors) }
    }
}

/// The longest `id` or `t` that is sent back, in bytes of JSON.
const ECHO_BYTES_MAX: usize = 128;

const ECHO_ALLOWED: &str = "at most 128 bytes of JSON";

const TYPES_ALLOWED: &str = "control, ping, report";

const MESSAGE_ALLOWED: &str = "a JSON object";

impl ClientMessage {
    /// Reads a text message.
    ///
    /// # Errors
    /// The message to answer with.
    pub fn parse(text: &str) -> Result<Self, ErrorMessage> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            ErrorMessage::new(Code::BadJson, format!("the message is not JSON: {error}"))
        })?;
        let Value::Object(mut object) = value else {
            let error = FieldError::new("the message", &value, MESSAGE_ALLOWED);
            return Err(ErrorMessage::new(Code::BadJson, error.to_string()));
        };
        let id = match object.remove("id") {
            Some(id) if id.to_string().len() > ECHO_BYTES_MAX => {
                return Err(ErrorMessage::refused(
                    Code::BadMessage,
                    &[FieldError::new("id", &id, ECHO_ALLOWED)],
                    None,
                ));
            }
            id => id,
        };
        let kind = object.remove("type");
        match kind.as_ref().and_then(Value::as_str) {
            Some("control") => Self::control(object, id),
            Some("ping") => {
                let t = object.remove("t").unwrap_or(Value::Null);
                if t.to_string().len() > ECHO_BYTES_MAX {
                    return Err(ErrorMessage::refused(
                        Code::BadMessage,
                        &[FieldError::new("t", &t, ECHO_ALLOWED)],
                        id,
                    ));
                }
                Ok(Self::Ping { t })
            }
            Some("report") => Report::from_json(&object)
                .map(Self::Report)
                .map_err(|errors| ErrorMessage::refused(Code::BadReport, &errors, id)),
            _ => {
                let given = kind.unwrap_or_default();
                let error = FieldError::new("type", &given, TYPES_ALLOWED);
                Err(ErrorMessage::refused(Code::UnknownType, &[error], id))
            }
        }
    }

    /// The `id` of a message that is not taken, as far as it may be sent back. Of all else it only
    /// looks at where it ends.
    #[must_use]
    pub fn id_of(text: &str) -> Option<Value> {
        #[derive(Deserialize)]
        struct OnlyId {
            #[serde(default, deserialize_with = "some")]
            id: Option<Value>,
        }
        fn some<'de, D: Deserializer<'de>>(id: D) -> Result<Option<Value>, D::Error> {
            Value::deserialize(id).map(Some)
        }
        // An array would be read as the fields in order.
        let is_object = text.trim_start().starts_with('{');
        let OnlyId { id } = serde_json::from_str(text).ok().filter(|_| is_object)?;
        id.filter(|id| id.to_string().len() <= ECHO_BYTES_MAX)
    }

    fn control(object: Map<String, Value>, id: Option<Value>) -> Result<Self, ErrorMessage> {
        match Change::from_json(&object) {
            Ok(change) => Ok(Self::Control { id, change: Box::new(change) }),
            Err(errors) => Err(ErrorMessage::refused(Code::BadControl, &errors, id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_message_that_is_not_taken_is_found_wherever_it_stands() {
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(ECHO_BYTES_MAX));
        for (text, id) in [
            (r#"{"type":"control","id":7,"bpm":80}"#, Some(Value::from(7))),
            (r#"{"parts":{"id":1},"id":"a\"b"}"#, Some(Value::from("a\"b"))),
            (r#"{"id":null}"#, Some(Value::Null)),
            (r#"{"type":"control","parts":{"id":1}}"#, None),
            (r#"{"id":7"#, None),
            ("[1]", None),
            (&long, None),
        ] {
            assert_eq!(ClientMessage::id_of(text), id, "{text}");
        }
    }

    #[test]
    fn a_message_that_is_refused_is_told_the_field_what_was_given_and_what_is_allowed() {
        let long = "x".repeat(ECHO_BYTES_MAX);
        for (text, code, field, message) in [
            ("[1]", "bad_json", None, "the message: [1] is not allowed; allowed is a JSON object"),
            (
                r#"{"type":"dance"}"#,
                "unknown_type",
                Some("type"),
                r#"type: "dance" is not allowed; allowed is control, ping, report"#,
            ),
            (
                r#"{"type":"report","buffer_ms":"much","underruns":-1,"rate":null}"#,
                "bad_report",
                Some("buffer_ms"),
                r#"buffer_ms: "much" is not allowed; allowed is a number; rate: null is not allowed; allowed is a number; underruns: -1 is not allowed; allowed is a whole number from 0 on"#,
            ),
            (
                &format!(r#"{{"type":"ping","t":"{long}"}}"#),
                "bad_message",
                Some("t"),
                &format!("t: \"{}… is not allowed; allowed is {ECHO_ALLOWED}", &long[..79]),
            ),
        ] {
            let error = ClientMessage::parse(text).unwrap_err();
            assert_eq!((error.code.name(), error.field.as_deref()), (code, field), "{text}");
            assert_eq!(error.message, message, "{text}");
        }
    }
}
