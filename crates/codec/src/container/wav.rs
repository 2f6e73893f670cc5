//! WAV (RIFF): 16-bit samples behind a head.

use aeolian_piece::{CHANNELS, SAMPLE_RATE};
use bytes::Bytes;

use super::{Container, FileEnd};
use crate::{Error, Tags};

/// Bytes in a 16-bit frame.
const FRAME_BYTES: u16 = CHANNELS as u16 * 2;

/// Bytes of the head.
const HEAD_BYTES: usize = 44;

/// What both lengths say where the length is not known.
const UNKNOWN: u32 = u32::MAX;

/// The head of PCM, 16 bits, with so many bytes of samples; to the end of time where that is not known.
#[must_use]
pub fn head(data_bytes: Option<u32>) -> [u8; HEAD_BYTES] {
    let riff_bytes =
        data_bytes.map_or(UNKNOWN, |bytes| bytes.saturating_add(HEAD_BYTES as u32 - 8));
    let mut head = *b"RIFF____WAVEfmt \x10\0\0\0\x01\0__________\0\0\x10\0data____";
    head[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
    head[22..24].copy_from_slice(&(CHANNELS as u16).to_le_bytes());
    head[24..28].copy_from_slice(&SAMPLE_RATE.to_le_bytes());
    head[28..32].copy_from_slice(&(SAMPLE_RATE * u32::from(FRAME_BYTES)).to_le_bytes());
    head[32..34].copy_from_slice(&FRAME_BYTES.to_le_bytes());
    head[40..].copy_from_slice(&data_bytes.unwrap_or(UNKNOWN).to_le_bytes());
    head
}

/// A WAV on its way out. It has no tags.
#[derive(Debug, Default)]
pub struct Wav;

impl Container for Wav {
    fn head(&mut self, _: &Tags) -> Result<Bytes, Error> {
        Ok(Bytes::copy_from_slice(&head(None)))
    }

    fn wrap(&mut self, packet: Bytes) -> Bytes {
        packet
    }

    fn end(&mut self, last: Option<Bytes>, frames: u64) -> Result<FileEnd, Error> {
        // What does not fit has no known length.
        let data_bytes = frames.checked_mul(u64::from(FRAME_BYTES));
        let data_bytes = data_bytes.and_then(|bytes| u32::try_from(bytes).ok());
        let head = Bytes::copy_from_slice(&head(data_bytes));
        Ok(FileEnd { bytes: last.unwrap_or_default(), head: Some(head) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_what_follows() {
        for (given, riff, data) in [(None, u32::MAX, u32::MAX), (Some(400), 436, 400)] {
            let head = head(given);
            let u16_at = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
            let u32_at = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
            assert_eq!((&head[..4], u32_at(4)), (&b"RIFF"[..], riff));
            assert_eq!(&head[8..16], b"WAVEfmt ");
            assert_eq!((u32_at(16), u16_at(20)), (16, 1), "PCM");
            assert_eq!((u16_at(22), u32_at(24), u32_at(28)), (2, 44_100, 176_400));
            assert_eq!((u16_at(32), u16_at(34)), (4, 16));
            assert_eq!((&head[36..40], u32_at(40)), (&b"data"[..], data));
        }
    }
}
