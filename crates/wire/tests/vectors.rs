//! The vectors in `docs/vectors`, which the JavaScript tests decode too: what this crate builds is
//! what stands there, byte for byte, and what stands there is understood as it says.
//!
//! `AEOLIAN_WRITE_VECTORS=1 cargo test -p aeolian-wire --test vectors` writes what is built.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use std::sync::Arc;

use aeolian_codec::{Codec, Encoder, opus};
use aeolian_hub::{News, Packet, Vitals};
use aeolian_piece::bars::{Bar, BarChord, BarNote};
use aeolian_piece::{CHUNK_SAMPLES, SAMPLE_RATE, State, chunk_start};
use aeolian_score::control::Controls;
use aeolian_score::{Change, Part};
use aeolian_wire::audio::{HEADER_BYTES, write_binary, write_json};
use aeolian_wire::format::Carrier;
use aeolian_wire::server::{Ack, ErrorMessage, Pong, Welcome, write_news};
use aeolian_wire::{ClientMessage, Code, Format};
use base64_simd::STANDARD;
use opus_pure::{MAX_PACKET_SAMPLES, OpusDecoder};
use serde_json::{Value, json};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors").join(name)
}

/// Compares what was built with a file, or writes the file when asked to.
fn check(name: &str, built: &Value) {
    let text = format!("{}\n", serde_json::to_string_pretty(built).unwrap());
    if std::env::var_os("AEOLIAN_WRITE_VECTORS").is_some() {
        std::fs::write(path(name), text).unwrap();
    } else {
        let written = std::fs::read_to_string(path(name)).unwrap();
        assert!(written == text, "docs/vectors/{name} is not what is built");
    }
}

fn read(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path(name)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

fn change(json: &str) -> Change {
    let value: Value = serde_json::from_str(json).unwrap();
    Change::from_json(value.as_object().unwrap()).unwrap()
}

/// A chunk in a format, as the payload of its message.
fn payload(packet: &Packet, format: Format) -> Vec<u8> {
    let audio = packet.audio(format.codec()).unwrap();
    let (gap, mut payload) = (packet.discontinuity(), Vec::new());
    match format.row().carrier {
        Carrier::Text => write_json(&mut payload, packet, gap, audio),
        Carrier::Binary => write_binary(&mut payload, packet.chunk(), gap, audio),
    }
    payload
}

/// A saw on the left, its slower mirror on the right: every bit of a sample is used.
fn samples() -> Box<[i16; CHUNK_SAMPLES]> {
    let sample = |i: usize| {
        if i.is_multiple_of(2) { (i as i32 * 37) as i16 } else { -(i as i32 * 5) as i16 }
    };
    Box::new(std::array::from_fn(sample))
}

fn expect_samples(samples: &[i16]) -> Value {
    json!({
        "count": samples.len(),
        "first": &samples[..8],
        "last": &samples[samples.len() - 8..],
        "sum": samples.iter().map(|s| i64::from(*s)).sum::<i64>(),
        "sum_of_squares": samples.iter().map(|s| i64::from(*s) * i64::from(*s)).sum::<i64>(),
    })
}

#[test]
fn audio_vectors_are_what_is_built() {
    let samples = samples();
    let mut vectors = Vec::new();
    for (name, chunk, discontinuity) in [
        ("a chunk", 12_u64, false),
        ("a chunk that does not follow", 13, true),
        ("a chunk after more than 2^32 frames", 1_000_000, false),
    ] {
        let due_unix_ms = 1_795_345_678_900 + chunk * 100;
        let packet = Packet::new(chunk, due_unix_ms, discontinuity, samples.clone(), Vec::new());
        let expect = json!({
            "seq": chunk,
            "frame": chunk_start(chunk),
            "discontinuity": discontinuity,
            "samples": expect_samples(&samples[..]),
        });
        for format in [Format::Json, Format::Pcm] {
            let payload = payload(&packet, format);
            let mut vector = json!({ "name": name, "format": format.name(), "expect": expect });
            let (field, text) = match format {
                Format::Json => ("text", String::from_utf8(payload).unwrap()),
                _ => ("binary_base64", STANDARD.encode_to_string(&payload)),
            };
            vector[field] = Value::String(text);
            vectors.push(vector);
        }
    }
    check("audio.json", &Value::Array(vectors));
}

/// The tones of the Opus vectors, left and right, in hertz, and how strong they are.
const TONES_HZ: [f64; 2] = [440.0, 550.0];
const TONE_AMPLITUDE: f64 = 0.25;

/// The first of the chunks that the Opus vectors hold, and how many there are.
const OPUS_CHUNK: u64 = 12;
const OPUS_CHUNKS: u64 = 5;

fn tone(channel: usize, seconds: f64) -> f64 {
    TONE_AMPLITUDE * (std::f64::consts::TAU * TONES_HZ[channel] * seconds).sin()
}

/// The Opus vectors as they are built now: the stream of a listener who has just joined.
fn build_opus() -> Vec<Value> {
    let mut coder = opus::Coder::new().unwrap();
    let encode = |chunk: u64| {
        let sample = |i: usize| {
            let frame = chunk_start(chunk - OPUS_CHUNK) as usize + i / 2;
            (tone(i % 2, frame as f64 / SAMPLE_RATE as f64) * 32_767.0).round() as i16
        };
        let samples = Box::new(std::array::from_fn(sample));
        let packet = Packet::new(chunk, 0, chunk == OPUS_CHUNK, samples, Vec::new());
        packet.set_audio(Codec::Opus, coder.encode(chunk, packet.samples()).unwrap());
        json!({
            "format": "opus",
            "binary_base64": STANDARD.encode_to_string(payload(&packet, Format::Opus)),
            "expect": {
                "seq": chunk,
                "frame": chunk_start(chunk),
                "discontinuity": chunk == OPUS_CHUNK,
                "opus": { "channels": 2, "frames": 5, "frame_ms": 20, "pre_skip": opus::PRE_SKIP },
                "tones": { "left_hz": TONES_HZ[0], "right_hz": TONES_HZ[1], "amplitude": TONE_AMPLITUDE },
            },
        })
    };
    (OPUS_CHUNK..OPUS_CHUNK + OPUS_CHUNKS).map(encode).collect()
}

/// A coder's floats may differ from one CPU to another, so its bytes are not compared.
#[test]
fn opus_vectors_are_framed_as_is_built_and_decode_to_their_tones() {
    let built = build_opus();
    if std::env::var_os("AEOLIAN_WRITE_VECTORS").is_some() {
        check("opus.json", &Value::Array(built.clone()));
    }
    let vectors = read("opus.json");
    assert_eq!(vectors.len(), built.len());
    let mut decoder = OpusDecoder::new(opus::SAMPLE_RATE as i32, 2).unwrap();
    let mut heard: Vec<f32> = Vec::new();
    for (vector, built) in vectors.iter().zip(&built) {
        assert_eq!(vector["expect"], built["expect"]);
        let binary = |vector: &Value| {
            let text = vector["binary_base64"].as_str().unwrap();
            STANDARD.decode_to_vec(text).unwrap()
        };
        let (binary, built) = (binary(vector), binary(built));
        // Header, kind of packet and count of frames.
        let head = HEADER_BYTES + 2;
        assert_eq!(binary[..head], built[..head], "{}", vector["expect"]);
        let mut out = vec![0.0; MAX_PACKET_SAMPLES * 2];
        let payload = &binary[HEADER_BYTES..];
        let frames = decoder.decode(payload, opus::PACKET_FRAMES, &mut out).unwrap();
        assert_eq!(frames, opus::PACKET_FRAMES);
        heard.extend(&out[..frames * 2]);
    }
    let pre_skip = usize::from(opus::PRE_SKIP);
    // The coder needs a frame or two to come to a steady tone.
    let steady = opus::PACKET_FRAMES / 2..heard.len() / 2 - pre_skip;
    for channel in 0..2 {
        let (mut error, mut power) = (0.0, 0.0);
        for i in steady.clone() {
            let meant = tone(channel, i as f64 / f64::from(opus::SAMPLE_RATE));
            error += (f64::from(heard[(i + pre_skip) * 2 + channel]) - meant).powi(2);
            power += meant * meant;
        }
        let error_db = 10.0 * (error / power).log10();
        assert!(error_db < -25.0, "channel {channel}: {error_db:.1} dB");
    }
}

fn text(message: &impl serde::Serialize) -> String {
    serde_json::to_string(message).unwrap()
}

fn news(news: &News) -> String {
    let mut text = Vec::new();
    write_news(&mut text, news).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn server_messages_are_what_is_built() {
    let controls = change(r#"{"key":"F# dorian","bpm":72.5,"parts":{"bass":0.25}}"#)
        .applied_to(&Controls::default());
    let state = State { controls, revision: 3, frame: 882_048 };
    let id = Some(json!("a1"));
    let note =
        BarNote { part: Part::Melody, pitch: 69, frame: 890_000, frames: 22_050, velocity: 70 };
    let bar = Bar {
        frame: 889_931,
        phrase: 0,
        bar: 5,
        beats: 4,
        bpm: 72.5,
        chord: Some(BarChord {
            key: controls.home(),
            numeral: "v".to_owned(),
            notes: vec!["C#", "E", "G#"],
        }),
        section: "drift",
        notes: vec![BarNote { part: Part::Percussion, pitch: 35, frame: 889_931, ..note }, note],
    };
    let vitals = Vitals { buffer_chunks: 2, listeners: 41, render_load: 0.0025 };
    let errors = Change::from_json(json!({"bpm": 300}).as_object().unwrap()).unwrap_err();
    let welcome = |client_id: &str, format, chunk| {
        let (server, client_id) = ("aeolian 0.1.0".to_owned(), client_id.to_owned());
        text(&Welcome::new(server, client_id, "main", format, state, chunk_start(chunk)))
    };
    let messages = [
        ("welcome", welcome("c17", Format::Json, 200)),
        ("welcome", welcome("c18", Format::Opus, 201)),
        ("state", news(&News::State(state))),
        ("ack", text(&Ack { id: id.clone(), revision: 3, frame: state.frame, state })),
        ("score", news(&News::Bar(Arc::new(bar)))),
        ("status", news(&News::Vitals(vitals))),
        ("pong", text(&Pong { t: json!(1234.5) })),
        ("error", text(&ErrorMessage::refused(Code::BadControl, &errors, id))),
        ("error", text(&ErrorMessage::new(Code::RateLimit, "more than 20 messages a second"))),
    ];
    let vectors = messages.into_iter().map(|(kind, text)| {
        let expect: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(expect["type"], kind);
        json!({ "text": text, "expect": expect })
    });
    check("server.json", &Value::Array(vectors.collect()));
}

#[test]
fn client_messages_are_understood_as_the_vectors_say() {
    for vector in read("client.json") {
        let text = vector["text"].as_str().unwrap();
        let expect = &vector["expect"];
        match ClientMessage::parse(text) {
            Ok(ClientMessage::Control { id, change }) => {
                assert_eq!(expect["type"], "control", "{text}");
                assert_eq!(id.unwrap_or(Value::Null), expect["id"], "{text}");
                let state = serde_json::to_value(change.applied_to(&Controls::default())).unwrap();
                for (field, value) in expect["state"].as_object().unwrap() {
                    let close = state[field].as_f64().zip(value.as_f64());
                    let close = close.is_some_and(|(a, b)| (a - b).abs() < 1e-6);
                    assert!(close || state[field] == *value, "{text}: {field}");
                }
            }
            Ok(ClientMessage::Ping { t }) => {
                assert_eq!((json!("ping"), t), (expect["type"].clone(), expect["t"].clone()));
            }
            Ok(ClientMessage::Report(report)) => {
                assert_eq!(expect["type"], "report");
                assert_eq!(json!(report.buffer_ms), expect["buffer_ms"], "{text}");
                assert_eq!(json!(report.underruns), expect["underruns"], "{text}");
                assert_eq!(json!(report.rate), expect["rate"], "{text}");
            }
            Err(error) => {
                assert_eq!(expect["type"], "error", "{text}: {error:?}");
                assert_eq!(error.code.name(), expect["code"], "{text}");
                assert_eq!(json!(error.field), expect["field"], "{text}");
                assert_eq!(json!(error.id), expect["id"], "{text}");
            }
        }
    }
}
