//! Every message to a listener but audio, as JSON.

use aeolian_codec::{Codec, opus};
use aeolian_hub::{News, Vitals};
use aeolian_piece::bars::{Bar, BarNote};
use aeolian_piece::{CHANNELS, CHUNK_FRAMES, SAMPLE_RATE, State};
use aeolian_score::Mode;
use aeolian_score::control::change::FieldError;
use serde::Serialize;
use serde_json::Value;

use crate::{Code, Format, PROTOCOL};

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
        let codec = format.codec();
        Self {
            protocol: PROTOCOL,
            server,
            client_id,
            message: format!("You hear {station}."),
            station: station.to_owned(),
            sample_rate: SAMPLE_RATE,
            channels: CHANNELS,
            encoding: codec.row().encoding,
            chunk_frames: CHUNK_FRAMES,
            state,
            frame,
            opus: (codec == Codec::Opus).then_some(OpusWelcome {
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
struct StateMessage {
    /// All controls, the revision, and the frame from which they hold.
    #[serde(flatten)]
    state: State,
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

/// What sounds in a bar, to every listener.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "score")]
struct ScoreMessage<'a> {
    frame: u64,
    phrase: u64,
    bar: u64,
    beats: u64,
    bpm: f64,
    key: Option<&'static str>,
    mode: Option<Mode>,
    chord: Option<ScoreChord<'a>>,
    section: &'static str,
    notes: &'a [BarNote],
}

/// A chord in words.
#[derive(Clone, Debug, Serialize)]
struct ScoreChord<'a> {
    numeral: &'a str,
    notes: &'a [&'static str],
}

impl<'a> From<&'a Bar> for ScoreMessage<'a> {
    fn from(bar: &'a Bar) -> Self {
        let chord = bar.chord.as_ref();
        Self {
            frame: bar.frame,
            phrase: bar.phrase,
            bar: bar.bar,
            beats: bar.beats,
            bpm: bar.bpm,
            key: chord.map(|chord| chord.key.tonic_name()),
            mode: chord.map(|chord| chord.key.mode),
            chord: chord.map(|chord| ScoreChord { numeral: &chord.numeral, notes: &chord.notes }),
            section: bar.section,
            notes: &bar.notes,
        }
    }
}

/// How the station fares, each second, to every listener.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "type", rename = "status")]
struct StatusMessage {
    /// Chunks rendered and not yet released.
    buffer_chunks: usize,
    /// How many listen.
    listeners: usize,
    /// Time to render over time rendered.
    render_load: f64,
}

impl From<Vitals> for StatusMessage {
    fn from(Vitals { buffer_chunks, listeners, render_load }: Vitals) -> Self {
        Self { buffer_chunks, listeners, render_load }
    }
}

/// A piece of news as the JSON text of its message.
///
/// # Errors
/// None in practice: every value in it has a JSON form.
pub fn write_news(out: &mut Vec<u8>, news: &News) -> serde_json::Result<()> {
    match news {
        News::State(state) => serde_json::to_writer(out, &StateMessage { state: *state }),
        News::Bar(bar) => serde_json::to_writer(out, &ScoreMessage::from(&**bar)),
        News::Vitals(vitals) => serde_json::to_writer(out, &StatusMessage::from(*vitals)),
    }
}

/// The answer to a ping.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "pong")]
pub struct Pong {
    /// As it was sent.
    pub t: Value,
}

/// What was wrong with a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename = "error")]
pub struct ErrorMessage {
    /// For programs.
    pub code: Code,
    /// For people.
    pub message: String,
    /// The first field that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}

impl ErrorMessage {
    /// An error that is about no field, and answers no `id`.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, id: None }
    }

    /// The answer to a message with fields that were refused.
    #[must_use]
    pub fn refused(code: Code, errors: &[FieldError], id: Option<Value>) -> Self {
        let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let field = errors.first().map(|error| error.field.clone());
        Self { code, message: messages.join("; "), field, id }
    }
}
