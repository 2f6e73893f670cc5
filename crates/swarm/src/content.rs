//! What a message says, as far as a listener of the swarm wants to know.

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How a listener asks for its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Base64 of 16-bit samples in JSON text.
    Json,
    /// 16-bit samples in binary messages.
    Pcm,
    /// Opus packets in binary messages.
    Opus,
}

impl Format {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Pcm => "pcm",
            Format::Opus => "opus",
        }
    }
}

/// A chunk's place in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Counts chunks.
    pub seq: u64,
    /// Whether it says that it does not follow the one sent before.
    pub discontinuity: bool,
}

/// Bytes of a payload that tell all that [`text`] and [`binary`] want to know.
pub const PREFIX_BYTES: usize = 256;

/// Bytes of a payload that hold a whole chunk in any format.
pub const WHOLE_BYTES: usize = 64 * 1024;

const AUDIO: &[u8] = br#"{"type":"audio_chunk","seq":"#;
const DATA: &[u8] = br#""data":""#;
const DISCONTINUITY: &[u8] = br#""discontinuity":true"#;

const CHUNK_FRAMES: u64 = 4_410;
const HEADER_BYTES: usize = 16;
const PCM_BYTES: usize = CHUNK_FRAMES as usize * 4;

/// The chunk that a text begins, or nothing where it is no audio.
///
/// # Errors
/// Audio whose head cannot be read.
pub fn text(prefix: &[u8]) -> Result<Option<Chunk>> {
    let Some(rest) = prefix.strip_prefix(AUDIO) else { return Ok(None) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let seq = std::str::from_utf8(&rest[..digits])?.parse().context("`seq` is no number")?;
    let data = find(rest, DATA).context("`data` is not near the beginning of a chunk")?;
    Ok(Some(Chunk { seq, discontinuity: find(&rest[..data], DISCONTINUITY).is_some() }))
}

/// The chunk that a binary message begins.
///
/// # Errors
/// Its header cannot be right.
pub fn binary(prefix: &[u8]) -> Result<Chunk> {
    let header = prefix.first_chunk::<HEADER_BYTES>().context("a binary message without header")?;
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b));
    let (seq, frame) = (number(&header[..4]), number(&header[4..12]));
    ensure!(seq.checked_mul(CHUNK_FRAMES) == Some(frame), "seq {seq} does not fit frame {frame}");
    Ok(Chunk { seq, discontinuity: header[12] & 1 == 1 })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[derive(Deserialize)]
struct AudioChunk<'a> {
    seq: u64,
    frame: u64,
    sample_rate: u32,
    channels: u32,
    duration_ms: u32,
    num_samples: u64,
    data: &'a str,
}

/// The audio of a whole message, as the listener would play it: for `json` and `pcm` the same
/// interleaved samples in little-endian, for `opus` its packets.
///
/// # Errors
/// It is not as the protocol has it.
pub fn audio(format: Format, payload: &[u8]) -> Result<Vec<u8>> {
    let audio = match format {
        Format::Json => {
            let chunk: AudioChunk<'_> = serde_json::from_slice(payload)?;
            let said = (chunk.sample_rate, chunk.channels, chunk.duration_ms, chunk.num_samples);
            ensure!(said == (44_100, 2, 100, CHUNK_FRAMES), "an audio_chunk that says {said:?}");
            ensure!(chunk.frame == chunk.seq * CHUNK_FRAMES, "frame does not fit seq");
            base64_simd::STANDARD.decode_to_vec(chunk.data).context("`data` is no base64")?
        }
        Format::Pcm | Format::Opus => payload.get(HEADER_BYTES..).unwrap_or_default().to_vec(),
    };
    match format {
        Format::Opus if audio.is_empty() => bail!("a packet without audio"),
        Format::Json | Format::Pcm if audio.len() != PCM_BYTES => {
            bail!("{} bytes of audio where {PCM_BYTES} are due", audio.len())
        }
        _ => Ok(audio),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(seq: u64, gap: &str, data: &[u8]) -> String {
        let (frame, data) = (seq * CHUNK_FRAMES, base64_simd::STANDARD.encode_to_string(data));
        format!(
            r#"{{"type":"audio_chunk","seq":{seq},"frame":{frame},"timestamp":1.5,"sample_rate":44100,"channels":2,"duration_ms":100,"num_samples":4410,{gap}"data":"{data}"}}"#
        )
    }

    fn pcm(seq: u32, flags: u16, data: &[u8]) -> Vec<u8> {
        let frame = u64::from(seq) * CHUNK_FRAMES;
        let mut payload = seq.to_le_bytes().to_vec();
        payload.extend_from_slice(&frame.to_le_bytes());
        payload.extend_from_slice(&flags.to_le_bytes());
        payload.extend_from_slice(&[0, 0]);
        payload.extend_from_slice(data);
        payload
    }

    #[test]
    fn a_chunks_place_is_read_from_its_beginning() {
        let data = [0; PCM_BYTES];
        for (gap, discontinuity) in [("", false), (r#""discontinuity":true,"#, true)] {
            let expected = Chunk { seq: 123_456_789, discontinuity };
            let payload = json(expected.seq, gap, &data);
            assert_eq!(text(&payload.as_bytes()[..PREFIX_BYTES]).unwrap(), Some(expected));
            let payload = pcm(123_456_789, u16::from(discontinuity), &data);
            assert_eq!(binary(&payload[..PREFIX_BYTES]).unwrap(), expected);
        }
        assert_eq!(text(br#"{"type":"status","listeners":1}"#).unwrap(), None);
        assert!(text(br#"{"type":"audio_chunk","seq":-1,"data":""}"#).is_err());
        assert!(binary(&[0; 15]).is_err());
        assert!(binary(&[1; 16]).is_err());
    }

    #[test]
    fn one_chunk_is_the_same_audio_in_json_and_pcm() {
        let data: Vec<u8> = (0..PCM_BYTES).map(|i| i as u8).collect();
        assert_eq!(audio(Format::Json, json(7, "", &data).as_bytes()).unwrap(), data);
        assert_eq!(audio(Format::Pcm, &pcm(7, 0, &data)).unwrap(), data);
    }

    #[test]
    fn a_chunk_that_is_cut_is_noticed() {
        assert!(audio(Format::Json, json(7, "", &[0; PCM_BYTES - 4]).as_bytes()).is_err());
        assert!(audio(Format::Pcm, &pcm(7, 0, &[0; PCM_BYTES - 4])).is_err());
        assert!(audio(Format::Opus, &pcm(7, 0, &[])).is_err());
    }
}
