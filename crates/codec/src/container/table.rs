//! The table of containers: what players and files can be given, a row each.

use super::flac::Flac;
use super::mp3::Mp3;
use super::ogg::OggOpus;
use super::wav::Wav;
use super::{Container, Purpose};
use crate::{Codec, mp3};

/// What the program knows of a container.
pub struct Row {
    /// The ending of a stream's address and of a file's name.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What its packets are made by.
    pub codec: Codec,
    /// The content type of a stream.
    pub content_type: &'static str,
    /// What the sound comes as, for people: it ends a sentence.
    pub words: &'static str,
    /// What a play list says of it behind the station's name; none where it lists others instead.
    pub listed: Option<&'static str>,
    /// Bits a second, in thousands, where an average is known.
    pub kbps: Option<u32>,
    /// One at its beginning.
    pub start: fn(Purpose) -> Box<dyn Container>,
}

/// Every container, in the order of a play list: what any player plays comes first.
pub static ROWS: &[Row] = &[
    Row {
        name: "mp3",
        label: "MP3",
        codec: Codec::Mp3,
        content_type: "audio/mpeg",
        words: "MP3, which everything plays",
        listed: Some(" (MP3)"),
        kbps: Some(mp3::RATE_KBPS),
        start: |purpose| Box::new(Mp3::new(purpose)),
    },
    Row {
        name: "opus",
        label: "Opus",
        codec: Codec::Opus,
        content_type: "audio/ogg; codecs=opus",
        words: "Opus in Ogg",
        listed: Some(""),
        kbps: Some(128),
        start: |purpose| Box::new(OggOpus::new(purpose)),
    },
    Row {
        name: "flac",
        label: "FLAC",
        codec: Codec::Flac,
        content_type: "audio/flac",
        words: "FLAC: lossless",
        listed: Some(" (lossless)"),
        kbps: None,
        start: |_| Box::new(Flac::new()),
    },
    Row {
        name: "wav",
        label: "WAV",
        codec: Codec::Pcm,
        content_type: "audio/wav",
        words: "a WAV file that does not end",
        listed: None,
        kbps: None,
        start: |_| Box::new(Wav),
    },
];

/// The container of files with this ending, in whatever case.
#[must_use]
pub fn by_ending(ending: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(ending))
}

/// Every ending, as a sentence lists them: `.a, .b or .c`.
#[must_use]
pub fn endings() -> String {
    let names: Vec<_> = ROWS.iter().map(|row| format!(".{}", row.name)).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
