//! The head of a WAV file (RIFF) that never ends.

use aeolian_piece::{CHANNELS, SAMPLE_RATE};

/// Bytes in a 16-bit frame.
const FRAME_BYTES: u16 = CHANNELS as u16 * 2;

/// What both lengths say where the length is not known.
const UNKNOWN: u32 = u32::MAX;

/// PCM, 16 bits, to the end of time.
pub const HEAD: [u8; 44] = {
    let mut head = *b"RIFF____WAVEfmt \x10\0\0\0\x01\0__________\0\0\x10\0data____";
    put(&mut head, 4, &UNKNOWN.to_le_bytes());
    put(&mut head, 22, &(CHANNELS as u16).to_le_bytes());
    put(&mut head, 24, &SAMPLE_RATE.to_le_bytes());
    put(&mut head, 28, &(SAMPLE_RATE * FRAME_BYTES as u32).to_le_bytes());
    put(&mut head, 32, &FRAME_BYTES.to_le_bytes());
    put(&mut head, 40, &UNKNOWN.to_le_bytes());
    head
};

const fn put(head: &mut [u8; 44], at: usize, bytes: &[u8]) {
    let mut i = 0;
    while i < bytes.len() {
        head[at + i] = bytes[i];
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_what_follows() {
        let u16_at = |at: usize| u16::from_le_bytes([HEAD[at], HEAD[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes(HEAD[at..at + 4].try_into().unwrap());
        assert_eq!(&HEAD[..4], b"RIFF");
        assert_eq!(&HEAD[8..16], b"WAVEfmt ");
        assert_eq!((u32_at(16), u16_at(20)), (16, 1), "PCM");
        assert_eq!((u16_at(22), u32_at(24), u32_at(28)), (2, 44_100, 176_400));
        assert_eq!((u16_at(32), u16_at(34)), (4, 16));
        assert_eq!((&HEAD[36..40], u32_at(40)), (&b"data"[..], u32::MAX));
    }
}
