//! Audio messages as a client takes them: first where a chunk belongs, which a glance at its beginning tells, then
//! its audio.

use aeolian_piece::{
    CHANNELS, CHUNK_FRAMES, CHUNK_MS, CHUNK_SAMPLES, SAMPLE_RATE, chunk_of, chunk_start,
};
use base64_simd::STANDARD;
use serde::Deserialize;

use crate::audio::{FLAG_DISCONTINUITY, HEADER_BYTES, Header};
use crate::format::{Carrier, Format};

/// Bytes at the beginning of an audio message in which [`ChunkHead`] finds all that it looks for.
pub const HEAD_BYTES: usize = 256;

const AUDIO: &[u8] = br#"{"type":"audio_chunk","seq":"#;
const DATA: &[u8] = br#""data":""#;
const DISCONTINUITY: &[u8] = br#""discontinuity":true"#;

const PCM_BYTES: usize = CHUNK_SAMPLES * 2;

/// Where a chunk belongs. To read it takes neither the whole message nor an allocation, so a program with thousands
/// of connections can afford it for each of their chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHead {
    /// Which chunk of the station it is.
    pub chunk: u64,
    /// Whether it does not follow the one sent before.
    pub discontinuity: bool,
}

/// A message is not as the protocol has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A text message of audio without a number.
    #[error("an audio_chunk without a readable seq")]
    Seq,
    /// A text message of audio whose samples do not come soon.
    #[error("an audio_chunk without data near its beginning")]
    Data,
    /// A text message of audio that says what it should not.
    #[error("not a valid audio_chunk: {0}")]
    Json(String),
    /// A binary message that is too short.
    #[error("a binary message without a header")]
    Header,
    /// A chunk's number and frame contradict each other.
    #[error("seq {seq} does not fit frame {frame}")]
    Frame {
        /// The number.
        seq: u64,
        /// The frame.
        frame: u64,
    },
    /// The samples are not base64.
    #[error("data is not valid base64")]
    Base64,
    /// Too much or too little audio for a chunk.
    #[error("{0} bytes of audio")]
    Length(usize),
}

impl ChunkHead {
    /// The head of a text message, of which the first [`HEAD_BYTES`] are enough; none where it is no audio.
    ///
    /// # Errors
    /// Audio whose head cannot be read.
    pub fn of_text(message: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(rest) = message.strip_prefix(AUDIO) else { return Ok(None) };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let seq = std::str::from_utf8(&rest[..digits]).ok().and_then(|digits| digits.parse().ok());
        let chunk = seq.ok_or(Malformed::Seq)?;
        let data = find(rest, DATA).ok_or(Malformed::Data)?;
        Ok(Some(Self { chunk, discontinuity: find(&rest[..data], DISCONTINUITY).is_some() }))
    }

    /// The head of a binary message, of which the first [`HEAD_BYTES`] are enough.
    ///
    /// # Errors
    /// Its header is cut off, or contradicts itself.
    pub fn of_binary(message: &[u8]) -> Result<Self, Malformed> {
        let Header { seq, frame, flags } = Header::read(message).ok_or(Malformed::Header)?;
        let chunk = chunk_of(frame);
        if chunk_start(chunk) != frame || chunk as u32 != seq {
            return Err(Malformed::Frame { seq: seq.into(), frame });
        }
        Ok(Self { chunk, discontinuity: flags & FLAG_DISCONTINUITY != 0 })
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[derive(Deserialize)]
struct AudioChunk<'a> {
    seq: u64,
    frame: u64,
    sample_rate: u32,
    channels: usize,
    duration_ms: u64,
    num_samples: usize,
    data: &'a str,
}

/// The audio of a whole message: interleaved 16-bit samples, little-endian, where the codec is PCM; its packet where
/// it is another.
///
/// # Errors
/// The message is not as the protocol has it.
pub fn read_audio(format: Format, message: &[u8]) -> Result<Vec<u8>, Malformed> {
    let audio = match format.row().carrier {
        Carrier::Text => read_json(message)?,
        Carrier::Binary => message.get(HEADER_BYTES..).ok_or(Malformed::Header)?.to_vec(),
    };
    let is_whole = match format {
        Format::Json | Format::Pcm => audio.len() == PCM_BYTES,
        Format::Opus => !audio.is_empty(),
    };
    if is_whole { Ok(audio) } else { Err(Malformed::Length(audio.len())) }
}

fn read_json(message: &[u8]) -> Result<Vec<u8>, Malformed> {
    let chunk: AudioChunk<'_> =
        serde_json::from_slice(message).map_err(|error| Malformed::Json(error.to_string()))?;
    let AudioChunk { seq, frame, sample_rate, channels, duration_ms, num_samples, data } = chunk;
    if (sample_rate, channels, duration_ms, num_samples)
        != (SAMPLE_RATE, CHANNELS, CHUNK_MS, CHUNK_FRAMES)
    {
        return Err(Malformed::Json("it has another rate or length".to_owned()));
    }
    if seq.checked_mul(CHUNK_FRAMES as u64) != Some(frame) {
        return Err(Malformed::Frame { seq, frame });
    }
    STANDARD.decode_to_vec(data).map_err(|_| Malformed::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{write_binary, write_json};
    use aeolian_hub::Packet;

    /// A message as the server sends it, cut off after so many samples.
    fn message(format: Format, chunk: u64, gap: bool, samples: usize) -> Vec<u8> {
        let sound = Box::new(std::array::from_fn(|i| i as i16));
        let packet = Packet::new(chunk, 1_500, gap, sound, Vec::new());
        let audio: Vec<u8> = packet.samples().iter().flat_map(|s| s.to_le_bytes()).collect();
        let (audio, mut message) = (&audio[..samples * 2], Vec::new());
        match format.row().carrier {
            Carrier::Text => write_json(&mut message, &packet, gap, audio),
            Carrier::Binary => write_binary(&mut message, chunk, gap, audio),
        }
        message
    }

    #[test]
    fn where_a_chunk_belongs_is_read_from_the_beginning_of_what_is_sent() {
        let late = u64::from(u32::MAX) + 7;
        for (chunk, discontinuity) in [(0, false), (123_456_789, true), (late, true)] {
            let head = ChunkHead { chunk, discontinuity };
            let beginning = |format| {
                let mut message = message(format, chunk, discontinuity, CHUNK_SAMPLES);
                message.truncate(HEAD_BYTES);
                message
            };
            assert_eq!(ChunkHead::of_text(&beginning(Format::Json)), Ok(Some(head)));
            assert_eq!(ChunkHead::of_binary(&beginning(Format::Pcm)), Ok(head));
        }
        assert_eq!(ChunkHead::of_text(br#"{"type":"status","listeners":1}"#), Ok(None));
    }

    #[test]
    fn a_head_that_makes_no_sense_is_refused() {
        let text = |text: &str| ChunkHead::of_text(text.as_bytes());
        assert_eq!(text(r#"{"type":"audio_chunk","seq":-1,"data":""}"#), Err(Malformed::Seq));
        assert_eq!(text(r#"{"type":"audio_chunk","seq":1}"#), Err(Malformed::Data));
        assert_eq!(ChunkHead::of_binary(&[0; HEADER_BYTES - 1]), Err(Malformed::Header));
        let contradicts = ChunkHead::of_binary(&[1; HEADER_BYTES]);
        assert!(matches!(contradicts, Err(Malformed::Frame { .. })), "{contradicts:?}");
    }

    #[test]
    fn a_chunk_is_the_same_audio_in_json_and_pcm() {
        let read = |format| read_audio(format, &message(format, 7, false, CHUNK_SAMPLES)).unwrap();
        assert_eq!(read(Format::Json), read(Format::Pcm));
        assert_eq!(read(Format::Pcm)[2..4], 1_i16.to_le_bytes());
    }

    #[test]
    fn a_chunk_that_is_cut_is_noticed() {
        for (format, samples) in
            [(Format::Json, CHUNK_SAMPLES - 2), (Format::Pcm, CHUNK_SAMPLES - 2), (Format::Opus, 0)]
        {
            let refused = read_audio(format, &message(format, 7, false, samples));
            assert_eq!(refused, Err(Malformed::Length(samples * 2)));
        }
    }
}
