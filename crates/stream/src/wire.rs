//! Every message of `/ws/stream`, as JSON. The tables are in `docs/protocol.md`.
//!
//! Audio is not here: it is built around its data, see [`crate::packet`].

use aeolian_score::control::change::FieldError;
use aeolian_score::{Change, Mode, Part};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::packet::Format;
use crate::station::State;
use crate::{CHUNK_FRAMES, message::Message, opus};
use aeolian_synth::{CHANNELS, SAMPLE_RATE};

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;

/// The first message to a listener.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "welcome")]
pub struct Welcome {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// Name and version of the server.
    pub server: String,
    /// Names this connection in the server's log.
    pub client_id: String,
    /// The station's name.
    pub station: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// Samples a frame.
    pub channels: usize,
    /// `pcm_s16le` or `opus`.
    pub encoding: &'static str,
    /// Frames a chunk.
    pub chunk_frames: usize,
    /// All controls, the revision, and the frame from which they hold.
    pub state: State,
    /// The first frame of the first chunk to come.
    pub frame: u64,
    /// For people.
    pub message: String,
    /// With `opus`: what its decoder needs to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opus: Option<OpusWelcome>,
}

/// What a decoder of Opus needs to know.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OpusWelcome {
    /// The rate that the packets are meant for.
    pub sample_rate: u32,
    /// The length of each of a packet's frames.
    pub frame_ms: u32,
    /// Frames at `sample_rate` by which what is decoded lies behind the packet's `frame`.
    pub pre_skip: u16,
}

impl Welcome {
    /// The welcome to one listener.
    #[must_use]
    pub fn new(
        server: String,
        client_id: String,
        station: &str,
        format: Format,
        state: State,
        frame: u64,
    ) -> Self {
        Self {
            protocol: PROTOCOL,
            server,
            client_id,
            message: format!("You hear {station}."),
            station: station.to_owned(),
            sample_rate: SAMPLE_RATE,
            channels: CHANNELS,
            encoding: format.encoding(),
            chunk_frames: CHUNK_FRAMES,
            state,
            frame,
            opus: (format == Format::Opus).then_some(OpusWelcome {
                sample_rate: opus::SAMPLE_RATE,
                frame_ms: 20,
                pre_skip: opus::PRE_SKIP,
            }),
        }
    }
}

/// The state of a station after a change, or when one that waited takes hold, to every listener.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "state")]
pub struct StateMessage {
    /// All controls, the revision, and the frame from which they hold.
    #[serde(flatten)]
    pub state: State,
}

/// The answer to a control, to its sender.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "ack")]
pub struct Ack {
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The revision that the control made.
    pub revision: u64,
    /// The frame from which it holds.
    pub frame: u64,
    /// All controls.
    pub state: State,
}

/// What sounds in the bar that starts at `frame`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "score")]
pub struct Score {
    /// The frame at which the bar starts.
    pub frame: u64,
    /// Counts phrases from the station's birth.
    pub phrase: u64,
    /// Counts bars from the station's birth.
    pub bar: u64,
    /// Beats in the bar.
    pub beats: u64,
    /// Beats a minute as the bar starts.
    pub bpm: f64,
    /// The tonic.
    pub key: Option<&'static str>,
    /// The mode.
    pub mode: Option<Mode>,
    /// What the harmony is as the bar starts.
    pub chord: Option<ScoreChord>,
    /// The section of the form.
    pub section: &'static str,
    /// The notes that start in the bar, percussion and swells too, in order of frames.
    pub notes: Vec<ScoreNote>,
}

/// A chord in words.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreChord {
    /// Roman numeral.
    pub numeral: String,
    /// Names of its notes, root first.
    pub notes: Vec<&'static str>,
}

/// A note in frames.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ScoreNote {
    /// Which part plays it.
    pub part: Part,
    /// MIDI note number; for percussion the General MIDI drum key.
    pub pitch: u8,
    /// The frame at which it starts.
    pub frame: u64,
    /// How long it is held.
    pub frames: u64,
    /// 1 to 127.
    pub velocity: u8,
}

/// How the station fares, each second.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "type", rename = "status")]
pub struct StatusMessage {
    /// Chunks rendered and not yet released.
    pub buffer_chunks: usize,
    /// How many listen.
    pub listeners: usize,
    /// Time to render over time rendered.
    pub render_load: f64,
}

/// The answer to a ping.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "pong")]
pub struct Pong {
    /// As it was sent.
    pub t: Value,
}

/// What was wrong with a message.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(tag = "type", rename = "error")]
pub struct ErrorMessage {
    /// For programs: such as `bad_json`, `bad_control`, `unknown_type`, `rate_limit`.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The first field that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}

impl From<&ErrorMessage> for Message {
    fn from(error: &ErrorMessage) -> Self {
        Message::json(error)
    }
}

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
        let value: Value = serde_json::from_str(text).map_err(|error| ErrorMessage {
            code: "bad_json",
            message: format!("the message is not JSON: {error}"),
            ..ErrorMessage::default()
        })?;
        let Value::Object(mut object) = value else {
            return Err(ErrorMessage {
                code: "bad_json",
                message: FieldError::new("the message", &value, MESSAGE_ALLOWED).to_string(),
                ..ErrorMessage::default()
            });
        };
        let id = match object.remove("id") {
            Some(id) if id.to_string().len() > ECHO_BYTES_MAX => {
                return Err(refused(
                    "bad_message",
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
                    return Err(refused(
                        "bad_message",
                        &[FieldError::new("t", &t, ECHO_ALLOWED)],
                        id,
                    ));
                }
                Ok(Self::Ping { t })
            }
            Some("report") => Report::from_json(&object)
                .map(Self::Report)
                .map_err(|errors| refused("bad_report", &errors, id)),
            _ => {
                let given = kind.unwrap_or_default();
                let error = FieldError::new("type", &given, TYPES_ALLOWED);
                Err(refused("unknown_type", &[error], id))
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
            Err(errors) => Err(bad_control(&errors, id)),
        }
    }
}

/// The answer to a message with fields that were refused.
fn refused(code: &'static str, errors: &[FieldError], id: Option<Value>) -> ErrorMessage {
    let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let field = errors.first().map(|error| error.field.clone());
    ErrorMessage { code, message: messages.join("; "), field, id }
}

/// The answer to a control with fields that were refused.
#[must_use]
pub fn bad_control(errors: &[FieldError], id: Option<Value>) -> ErrorMessage {
    refused("bad_control", errors, id)
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
            assert_eq!((error.code, error.field.as_deref()), (code, field), "{text}");
            assert_eq!(error.message, message, "{text}");
        }
    }
}
