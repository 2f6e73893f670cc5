//! WebSocket frames (RFC 6455) as this endpoint needs them: whole messages in, control frames out.
//! Data frames come complete from the station.
//!
//! No extension is ever agreed on: what listeners get is sound, which does not shrink, and a
//! compressor for each would cost more than all the rest.

use bytes::Bytes;

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Longest payload of a control frame in bytes.
const CONTROL_LENGTH_MAX: usize = 125;

/// A control frame, complete: `payload` must not be longer than [`CONTROL_LENGTH_MAX`].
fn control(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = vec![FIN | opcode, payload.len() as u8];
    frame.extend_from_slice(payload);
    frame.into()
}

/// An empty ping.
pub(crate) fn ping() -> Bytes {
    Bytes::from_static(&[FIN | PING, 0])
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Bytes {
    control(PONG, &payload[..payload.len().min(CONTROL_LENGTH_MAX)])
}

/// The end, with its code and a reason for people, which is cut where it is too long.
pub(crate) fn close(code: u16, reason: &str) -> Bytes {
    let mut payload = code.to_be_bytes().to_vec();
    let length_max = reason.len().min(CONTROL_LENGTH_MAX - 2);
    let cut = (0..=length_max).rev().find(|length| reason.is_char_boundary(*length));
    payload.extend_from_slice(&reason.as_bytes()[..cut.unwrap_or(0)]);
    control(CLOSE, &payload)
}

/// The answer to a close that names no code.
pub(crate) fn close_without_code() -> Bytes {
    Bytes::from_static(&[FIN | CLOSE, 0])
}

/// A whole message from the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// Text.
    Text(String),
    /// Anything else than text.
    Binary,
    /// To be answered with a pong of the same payload.
    Ping(Vec<u8>),
    /// An answer to a ping.
    Pong,
    /// The client ends the connection. To be answered with a close of the same code.
    Close(Option<u16>),
}

/// What the reader makes of what was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A whole message.
    Message(Message),
    /// A fragment of a message that goes on.
    Fragment,
    /// Nothing: more must be read.
    Incomplete,
}

/// Why the connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A reserved bit is set.
    Extension,
    /// The frame is not masked.
    Unmasked,
    /// A control frame is too long, or a fragment.
    ControlFrame,
    /// A message begins within another.
    Interleaved,
    /// A message goes on that did not begin.
    NothingToContinue,
    /// An opcode that RFC 6455 leaves free.
    Opcode,
    /// A close with half a code.
    HalfCloseCode,
    /// A close with a code that nobody may send.
    CloseCode,
    /// Text that is not UTF-8.
    NotUtf8,
    /// More than a message may hold.
    TooBig,
}

impl Violation {
    /// The code and the reason to close with.
    pub(crate) fn close(self) -> (u16, &'static str) {
        match self {
            Violation::Extension => (1002, "no extension was agreed on"),
            Violation::Unmasked => (1002, "a client's frames must be masked"),
            Violation::ControlFrame => (1002, "a control frame must be short and whole"),
            Violation::Interleaved => (1002, "the message before was not finished"),
            Violation::NothingToContinue => (1002, "there is no message to continue"),
            Violation::Opcode => (1002, "no such opcode"),
            Violation::HalfCloseCode => (1002, "a close code has two bytes"),
            Violation::CloseCode => (1002, "no such close code"),
            Violation::NotUtf8 => (1007, "text must be UTF-8"),
            Violation::TooBig => (1009, "the message is too big"),
        }
    }
}

/// Puts the client's messages together. Holds at most one message, one frame and one read.
pub(crate) struct Reader {
    message_bytes_max: usize,
    /// What was read and not looked at yet, from `parsed` on.
    unparsed: Vec<u8>,
    parsed: usize,
    /// The opcode and the fragments so far of a message that is not complete.
    fragments: Option<(u8, Vec<u8>)>,
}

struct Head {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    length: usize,
    payload: usize,
}

impl Reader {
    /// A reader of messages of up to `message_bytes_max` bytes.
    pub(crate) fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, unparsed: Vec::new(), parsed: 0, fragments: None }
    }

    /// Takes in what was read. Call [`Reader::next`] until it has no more, before the next read.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.unparsed.drain(..self.parsed);
        self.parsed = 0;
        self.unparsed.extend_from_slice(bytes);
    }

    /// What comes of the next frame.
    ///
    /// # Errors
    /// The client breaks the rules; nothing more can be read from it.
    pub(crate) fn next(&mut self) -> Result<Outcome, Violation> {
        let Some(head) = self.head()? else { return Ok(self.want_more()) };
        let start = self.parsed + head.payload;
        let Some(masked) = self.unparsed.get(start..start + head.length) else {
            return Ok(self.want_more());
        };
        let unmask = |(i, byte): (usize, &u8)| byte ^ head.mask[i & 3];
        let payload: Vec<u8> = masked.iter().enumerate().map(unmask).collect();
        self.parsed = start + head.length;
        match head.opcode {
            PING => Ok(Outcome::Message(Message::Ping(payload))),
            PONG => Ok(Outcome::Message(Message::Pong)),
            CLOSE => read_close(&payload).map(Outcome::Message),
            _ => self.join(head.opcode, head.fin, payload),
        }
    }

    /// An idle listener shall hold no memory for what it once sent.
    fn want_more(&mut self) -> Outcome {
        if self.parsed == self.unparsed.len() {
            self.unparsed = Vec::new();
            self.parsed = 0;
        }
        Outcome::Incomplete
    }

    fn head(&self) -> Result<Option<Head>, Violation> {
        let bytes = &self.unparsed[self.parsed..];
        let &[first, second, ..] = bytes else { return Ok(None) };
        let (fin, opcode) = (first & FIN != 0, first & 0x0F);
        if first & 0x70 != 0 {
            return Err(Violation::Extension);
        }
        if second & 0x80 == 0 {
            return Err(Violation::Unmasked);
        }
        let (length, mask_at) = match second & 0x7F {
            126 => match bytes.get(2..4) {
                Some(length) => (length.iter().fold(0, |n, &b| n << 8 | u64::from(b)), 4),
                None => return Ok(None),
            },
            127 => match bytes.get(2..10) {
                Some(length) => (length.iter().fold(0, |n, &b| n << 8 | u64::from(b)), 10),
                None => return Ok(None),
            },
            length => (u64::from(length), 2),
        };
        match opcode {
            CLOSE | PING | PONG if !fin || length > CONTROL_LENGTH_MAX as u64 => {
                return Err(Violation::ControlFrame);
            }
            CLOSE | PING | PONG => {}
            TEXT | BINARY if self.fragments.is_some() => {
                return Err(Violation::Interleaved);
            }
            CONTINUATION if self.fragments.is_none() => {
                return Err(Violation::NothingToContinue);
            }
            CONTINUATION | TEXT | BINARY => {
                let before = self.fragments.as_ref().map_or(0, |(_, bytes)| bytes.len());
                if length > (self.message_bytes_max.saturating_sub(before)) as u64 {
                    return Err(Violation::TooBig);
                }
            }
            _ => return Err(Violation::Opcode),
        }
        let Some(&[a, b, c, d]) = bytes.get(mask_at..mask_at + 4) else { return Ok(None) };
        let (mask, payload) = ([a, b, c, d], mask_at + 4);
        Ok(Some(Head { fin, opcode, mask, length: length as usize, payload }))
    }

    /// Puts a data frame behind the fragments before it.
    fn join(&mut self, opcode: u8, fin: bool, payload: Vec<u8>) -> Result<Outcome, Violation> {
        let (opcode, bytes) = match self.fragments.take() {
            Some((opcode, mut bytes)) => {
                bytes.extend_from_slice(&payload);
                (opcode, bytes)
            }
            None => (opcode, payload),
        };
        if !fin {
            self.fragments = Some((opcode, bytes));
            return Ok(Outcome::Fragment);
        }
        if opcode == BINARY {
            return Ok(Outcome::Message(Message::Binary));
        }
        let text = String::from_utf8(bytes).map_err(|_| Violation::NotUtf8)?;
        Ok(Outcome::Message(Message::Text(text)))
    }
}

fn read_close(payload: &[u8]) -> Result<Message, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok(Message::Close(None)),
            _ => Err(Violation::HalfCloseCode),
        };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::CloseCode);
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Message::Close(Some(code))),
        Err(_) => Err(Violation::NotUtf8),
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
