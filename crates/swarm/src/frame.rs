//! The server's WebSocket frames (RFC 6455, section 5.2), as cheaply as they can be followed.
//!
//! Of a payload only the beginning is kept, as much as was asked for; the rest is stepped over. A
//! server must not mask, and this one sends every message in one frame.

use anyhow::{Result, bail};

/// A text frame.
pub const TEXT: u8 = 0x1;
/// A binary frame.
pub const BINARY: u8 = 0x2;
/// The end of the connection.
pub const CLOSE: u8 = 0x8;
/// To be answered with a pong of the same payload.
pub const PING: u8 = 0x9;

/// The longest payload of a frame that is believed. A chunk of JSON has 23.6 kB.
const PAYLOAD_MAX: u64 = 1 << 20;

/// One frame that has come whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub opcode: u8,
    /// The beginning of its payload; all of it where it is no longer than what is kept.
    pub payload: &'a [u8],
}

/// Follows the frames of one connection.
#[derive(Debug)]
pub struct Frames {
    keep: usize,
    head: [u8; 10],
    head_len: usize,
    kept: Vec<u8>,
    /// Bytes of the payload to come; `None` while the head is incomplete.
    left: Option<u64>,
}

impl Frames {
    /// Keeps the first `keep` bytes of each payload.
    pub fn new(keep: usize) -> Self {
        Self { keep, head: [0; 10], head_len: 0, kept: Vec::new(), left: None }
    }

    /// Takes in what was read, and hands each frame that it completes to `take`.
    ///
    /// # Errors
    /// The server breaks the protocol, or `take` fails.
    pub fn feed(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(Frame<'_>) -> Result<()>,
    ) -> Result<()> {
        loop {
            let left = match self.left {
                Some(left) => left,
                None => match self.read_head(&mut bytes)? {
                    Some(length) => *self.left.insert(length),
                    None => return Ok(()),
                },
            };
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let wanted = here.min(self.keep.saturating_sub(self.kept.len()));
            self.kept.extend_from_slice(&bytes[..wanted]);
            bytes = &bytes[here..];
            if here as u64 == left {
                take(Frame { opcode: self.head[0] & 0x0F, payload: &self.kept })?;
                self.kept.clear();
                self.left = None;
                self.head_len = 0;
            } else {
                self.left = Some(left - here as u64);
                return Ok(());
            }
        }
    }

    /// The payload's length once the head is whole.
    fn read_head(&mut self, bytes: &mut &[u8]) -> Result<Option<u64>> {
        loop {
            let needed = match (self.head_len, self.head[1]) {
                (0 | 1, _) => 2,
                (_, 126) => 4,
                (_, 127) => 10,
                _ => 2,
            };
            if self.head_len == needed {
                break;
            }
            let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
            self.head[self.head_len] = *first;
            self.head_len += 1;
            *bytes = rest;
        }
        if self.head[0] & 0xF0 != 0x80 {
            bail!("a frame that is a fragment or uses an extension: {:#04x}", self.head[0]);
        }
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, &b| sum << 8 | u64::from(b));
        let length = match self.head[1] {
            126 => number(&self.head[2..4]),
            127 => number(&self.head[2..10]),
            length if length < 126 => u64::from(length),
            _ => bail!("a masked frame"),
        };
        if length > PAYLOAD_MAX {
            bail!("a frame of {length} bytes");
        }
        Ok(Some(length))
    }
}

/// A pong for a ping, masked with zeros as a client's frame must be masked.
pub fn pong(payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(125)];
    let mut frame = vec![0x8A, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..126 => bytes.push(length as u8),
            length => {
                bytes.push(126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
        }
        bytes.extend_from_slice(payload);
        bytes
    }

    fn follow(bytes: &[u8], keep: usize, step: usize) -> Result<Vec<(u8, Vec<u8>)>> {
        let mut frames = Frames::new(keep);
        let mut seen = Vec::new();
        for part in bytes.chunks(step) {
            frames.feed(part, |frame| {
                seen.push((frame.opcode, frame.payload.to_vec()));
                Ok(())
            })?;
        }
        Ok(seen)
    }

    #[test]
    fn frames_are_followed_however_they_are_cut() {
        let long = [b'x'; 30_000];
        let bytes =
            [frame(TEXT, b"one"), frame(PING, b""), frame(BINARY, &long), frame(TEXT, b"two")]
                .concat();
        let expected = [
            (TEXT, b"one".to_vec()),
            (PING, Vec::new()),
            (BINARY, long[..100].to_vec()),
            (TEXT, b"two".to_vec()),
        ];
        for step in [1, 2, 3, 7, 1_000, bytes.len()] {
            assert_eq!(follow(&bytes, 100, step).unwrap(), expected, "step {step}");
        }
    }

    #[test]
    fn a_server_that_breaks_the_protocol_is_noticed() {
        for bytes in [
            &[0x01, 1, b'x'][..],
            &[0xC1, 1, b'x'],
            &[0x81, 0x81, 0, 0, 0, 0, b'x'],
            &[0x82, 127, 0, 0, 0, 0, 0, 16, 0, 1],
        ] {
            assert!(follow(bytes, 100, bytes.len()).is_err(), "{bytes:?}");
        }
    }
}
