//! A packet: one released chunk, with what goes out before it, encoded once for each format in use.

use std::sync::OnceLock;

use base64_simd::STANDARD;
use bytes::Bytes;

use crate::fade::Fade;
use crate::flac;
use crate::message::{Builder, Kind, Message};
use crate::{CHUNK_FRAMES, CHUNK_MS, CHUNK_SAMPLES, chunk_start};
use aeolian_synth::{CHANNELS, SAMPLE_RATE};

/// How a listener wants its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Base64 of 16-bit samples in a JSON object.
    Json,
    /// 16-bit samples in a binary message.
    Pcm,
    /// An Opus packet of five 20 ms frames in a binary message.
    Opus,
    /// A FLAC frame in a binary message: for players that fetch a stream over HTTP.
    Flac,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 4] = [Format::Json, Format::Pcm, Format::Opus, Format::Flac];

    /// The formats of `/ws/stream`.
    pub const ON_SOCKETS: [Format; 3] = [Format::Json, Format::Pcm, Format::Opus];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Pcm => "pcm",
            Format::Opus => "opus",
            Format::Flac => "flac",
        }
    }

    /// `encoding` in `welcome`.
    #[must_use]
    pub const fn encoding(self) -> &'static str {
        match self {
            Format::Json | Format::Pcm => "pcm_s16le",
            Format::Opus => "opus",
            Format::Flac => "flac",
        }
    }
}

/// What a format of `/ws/stream` may be called.
pub const FORMATS_ALLOWED: &str = "json, pcm, opus";

/// The text names no format of `/ws/stream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such format: allowed are {FORMATS_ALLOWED}")]
pub struct UnknownFormat;

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let mut known = Format::ON_SOCKETS.into_iter();
        known.find(|format| format.name() == text).ok_or(UnknownFormat)
    }
}

/// Bytes before the audio of a binary message: u32 seq, u64 frame, u16 flags, u16 reserved.
pub const BINARY_HEADER_BYTES: usize = 16;

/// The flag of a chunk that does not follow the one sent before.
pub const FLAG_DISCONTINUITY: u16 = 1;

/// One released chunk.
#[derive(Debug)]
pub struct Packet {
    chunk: u64,
    /// Unix milliseconds at which it was due.
    due_unix_ms: u64,
    /// Whether it breaks with the chunk before for everybody.
    discontinuity: bool,
    /// Sent before the audio.
    texts: Vec<Message>,
    pcm: Message,
    json: OnceLock<Message>,
    /// Empty until the encoding lane has come to it, as is `flac`.
    opus: OnceLock<Message>,
    flac: OnceLock<Message>,
    /// Texts and audio in a row, by format, where there are texts.
    with_texts: [OnceLock<Bytes>; Format::ALL.len()],
}

impl Packet {
    /// A packet of one chunk of interleaved samples. `texts` go out before it.
    #[must_use]
    pub fn new(
        chunk: u64,
        due_unix_ms: u64,
        discontinuity: bool,
        samples: &[i16],
        texts: Vec<Message>,
    ) -> Self {
        let mut builder = Builder::with_capacity(BINARY_HEADER_BYTES + samples.len() * 2);
        let payload = builder.payload();
        binary_header(payload, chunk, if discontinuity { FLAG_DISCONTINUITY } else { 0 });
        let start = payload.len();
        payload.resize(start + samples.len() * 2, 0);
        for (bytes, sample) in payload[start..].chunks_exact_mut(2).zip(samples) {
            bytes.copy_from_slice(&sample.to_le_bytes());
        }
        let pcm = builder.finish(Kind::Binary);
        Self {
            chunk,
            due_unix_ms,
            discontinuity,
            texts,
            pcm,
            json: OnceLock::new(),
            opus: OnceLock::new(),
            flac: OnceLock::new(),
            with_texts: Default::default(),
        }
    }

    /// Which chunk of the station it is: `seq` on the wire.
    #[must_use]
    pub fn chunk(&self) -> u64 {
        self.chunk
    }

    /// The texts that go out before the audio.
    #[must_use]
    pub fn texts(&self) -> &[Message] {
        &self.texts
    }

    /// Whether it breaks with the chunk before for everybody.
    #[must_use]
    pub fn discontinuity(&self) -> bool {
        self.discontinuity
    }

    /// The samples, interleaved.
    #[must_use]
    pub fn samples(&self) -> Box<[i16; CHUNK_SAMPLES]> {
        let mut samples = Box::new([0; CHUNK_SAMPLES]);
        let bytes = self.pcm.payload();
        let pairs = bytes[BINARY_HEADER_BYTES..].chunks_exact(2);
        for (sample, pair) in samples.iter_mut().zip(pairs) {
            *sample = i16::from_le_bytes([pair[0], pair[1]]);
        }
        samples
    }

    /// The audio in a format: the same bytes for everybody. PCM is there, JSON is encoded by the
    /// first who asks, Opus and FLAC are there once the encoding lane has come to them.
    #[must_use]
    pub fn audio(&self, format: Format) -> Option<&Message> {
        match format {
            Format::Pcm => Some(&self.pcm),
            Format::Json => Some(self.json.get_or_init(|| self.encode_json(self.discontinuity))),
            Format::Opus => self.opus.get(),
            Format::Flac => self.flac.get(),
        }
    }

    /// The texts and the audio in a format, one frame after the other as they go to a socket: the
    /// same bytes for everybody, put together by the first who asks. None while the audio is not
    /// there.
    #[must_use]
    pub fn framed(&self, format: Format) -> Option<&Bytes> {
        let audio = self.audio(format)?;
        if self.texts.is_empty() {
            return Some(audio.framed());
        }
        Some(self.with_texts[format as usize].get_or_init(|| {
            let frames = || self.texts.iter().chain([audio]).map(Message::framed);
            let mut row = Vec::with_capacity(frames().map(Bytes::len).sum());
            frames().for_each(|frame| row.extend_from_slice(frame));
            Bytes::from(row)
        }))
    }

    /// The audio for a listener who did not get the chunk before. Framed afresh: it is rare.
    #[must_use]
    pub fn audio_after_gap(&self, format: Format) -> Option<Message> {
        let binary = match format {
            Format::Json => return Some(self.encode_json(true)),
            Format::Pcm => &self.pcm,
            Format::Opus => self.opus.get()?,
            Format::Flac => self.flac.get()?,
        };
        let payload = &binary.payload()[BINARY_HEADER_BYTES..];
        Some(binary_message(self.chunk, FLAG_DISCONTINUITY, payload))
    }

    /// The audio for a player that did not get the chunk before, and does not fade in by itself: it would click.
    /// An Opus decoder does fade in, as it knows nothing of the packets before; so the packet stays as it is.
    #[must_use]
    pub fn audio_faded_in(&self, format: Format) -> Option<Message> {
        if matches!(format, Format::Json | Format::Opus) {
            return self.audio_after_gap(format);
        }
        let mut samples = self.samples();
        Fade::default().pass(&mut samples, true);
        let flags = FLAG_DISCONTINUITY;
        if format == Format::Pcm {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            return Some(binary_message(self.chunk, flags, &bytes));
        }
        let mut coder = flac::Coder::new().ok()?;
        Some(binary_message(self.chunk, flags, coder.encode(self.chunk, &samples).ok()?))
    }

    /// Keeps the Opus packet, or the FLAC frame, of this chunk. The encoding lane calls it, once for
    /// each.
    pub fn set_encoded(&self, format: Format, audio: &[u8]) {
        let flags = if self.discontinuity { FLAG_DISCONTINUITY } else { 0 };
        let place = match format {
            Format::Json | Format::Pcm => return,
            Format::Opus => &self.opus,
            Format::Flac => &self.flac,
        };
        // Only one coder comes to a packet; a second would change nothing.
        let _ = place.set(binary_message(self.chunk, flags, audio));
    }

    fn encode_json(&self, discontinuity: bool) -> Message {
        use std::io::Write;
        let samples = &self.pcm.payload()[BINARY_HEADER_BYTES..];
        let mut builder = Builder::with_capacity(STANDARD.encoded_length(samples.len()) + 256);
        let out = builder.payload();
        let (chunk, frame) = (self.chunk, chunk_start(self.chunk));
        let (seconds, millis) = (self.due_unix_ms / 1_000, self.due_unix_ms % 1_000);
        let gap = if discontinuity { r#""discontinuity":true,"# } else { "" };
        // Writing to a Vec cannot fail.
        let _ = write!(
            out,
            r#"{{"type":"audio_chunk","seq":{chunk},"frame":{frame},"timestamp":{seconds}.{millis:03},"sample_rate":{SAMPLE_RATE},"channels":{CHANNELS},"duration_ms":{CHUNK_MS},"num_samples":{CHUNK_FRAMES},{gap}"data":""#
        );
        STANDARD.encode_append(samples, out);
        out.extend_from_slice(br#""}"#);
        builder.finish(Kind::Text)
    }
}

fn binary_message(chunk: u64, flags: u16, audio: &[u8]) -> Message {
    let mut builder = Builder::with_capacity(BINARY_HEADER_BYTES + audio.len());
    binary_header(builder.payload(), chunk, flags);
    builder.payload().extend_from_slice(audio);
    builder.finish(Kind::Binary)
}

fn binary_header(out: &mut Vec<u8>, chunk: u64, flags: u16) {
    // `seq` wraps after thirteen years; `frame` does not.
    out.extend_from_slice(&(chunk as u32).to_le_bytes());
    out.extend_from_slice(&chunk_start(chunk).to_le_bytes());
    out.extend_from_slice(&flags.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
}
