//! Audio messages: PCM as base64 in a JSON object, or any codec behind a binary header.

use std::io::Write;

use aeolian_hub::Packet;
use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_MS, SAMPLE_RATE, chunk_start};
use base64_simd::STANDARD;

/// Bytes before the audio of a binary message: u32 seq, u64 frame, u16 flags, u16 reserved; little-endian.
pub const HEADER_BYTES: usize = 16;

/// The flag of a chunk that does not follow the one sent before.
pub const FLAG_DISCONTINUITY: u16 = 1;

/// What stands before the audio of a binary message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Counts chunks. It wraps after thirteen years.
    pub seq: u32,
    /// The first frame of the chunk.
    pub frame: u64,
    /// [`FLAG_DISCONTINUITY`], or 0.
    pub flags: u16,
}

impl Header {
    /// The header of a chunk, which does not follow the one sent before where there is a `gap`.
    #[must_use]
    pub fn new(chunk: u64, gap: bool) -> Self {
        let flags = if gap { FLAG_DISCONTINUITY } else { 0 };
        Self { seq: chunk as u32, frame: chunk_start(chunk), flags }
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&self.seq.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.frame.to_le_bytes());
        bytes[12..14].copy_from_slice(&self.flags.to_le_bytes());
        bytes
    }

    /// Reads the header of a binary message; none where it is too short.
    #[must_use]
    pub fn read(message: &[u8]) -> Option<Self> {
        let (bytes, _) = message.split_first_chunk::<HEADER_BYTES>()?;
        let [a, b, c, d, frame @ .., e, f, _, _] = *bytes;
        Some(Self {
            seq: u32::from_le_bytes([a, b, c, d]),
            frame: u64::from_le_bytes(frame),
            flags: u16::from_le_bytes([e, f]),
        })
    }
}

/// Appends a chunk as `audio_chunk`: `samples` as 16-bit little-endian bytes.
pub fn write_json(out: &mut Vec<u8>, packet: &Packet, gap: bool, samples: &[u8]) {
    let (chunk, frame) = (packet.chunk(), chunk_start(packet.chunk()));
    let (seconds, millis) = (packet.due_unix_ms() / 1_000, packet.due_unix_ms() % 1_000);
    let gap = if gap { r#""discontinuity":true,"# } else { "" };
    out.reserve(STANDARD.encoded_length(samples.len()) + 256);
    // Writing to a Vec cannot fail.
    let _ = write!(
        out,
        r#"{{"type":"audio_chunk","seq":{chunk},"frame":{frame},"timestamp":{seconds}.{millis:03},"sample_rate":{SAMPLE_RATE},"channels":{CHANNELS},"duration_ms":{CHUNK_MS},"num_samples":{CHUNK_FRAMES},{gap}"data":""#
    );
    STANDARD.encode_append(samples, out);
    out.extend_from_slice(br#""}"#);
}

/// Appends a chunk as a binary message.
pub fn write_binary(out: &mut Vec<u8>, chunk: u64, gap: bool, audio: &[u8]) {
    out.reserve(HEADER_BYTES + audio.len());
    out.extend_from_slice(&Header::new(chunk, gap).to_bytes());
    out.extend_from_slice(audio);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for (chunk, gap) in [(0, false), (12, true), (u64::from(u32::MAX) + 2, false)] {
            let header = Header::new(chunk, gap);
            assert_eq!(Header::read(&header.to_bytes()), Some(header));
        }
        assert_eq!(Header::read(&[0; HEADER_BYTES - 1]), None);
    }
}
