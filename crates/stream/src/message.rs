//! A message to listeners: one WebSocket frame, header and payload, built once for everybody.

use bytes::Bytes;

/// What the payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One JSON object, UTF-8.
    Text,
    /// An audio packet: 16 bytes of header, then the audio.
    Binary,
}

/// The longest header of a WebSocket frame that a server sends.
const HEADER_MAX: usize = 10;

/// A complete, unmasked WebSocket frame (RFC 6455, section 5.2). A clone shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    kind: Kind,
    framed: Bytes,
    header_len: usize,
}

impl Message {
    /// Frames a payload.
    #[must_use]
    pub fn new(kind: Kind, payload: &[u8]) -> Self {
        let mut builder = Builder::with_capacity(payload.len());
        builder.payload().extend_from_slice(payload);
        builder.finish(kind)
    }

    /// Frames a value as JSON text; one that cannot be JSON becomes `null`.
    #[must_use]
    pub fn json(value: &impl serde::Serialize) -> Self {
        let mut builder = Builder::with_capacity(256);
        if serde_json::to_writer(builder.payload(), value).is_err() {
            return Self::new(Kind::Text, b"null");
        }
        builder.finish(Kind::Text)
    }

    /// Text or binary.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The whole frame, to be written to a socket as it is.
    #[must_use]
    pub fn framed(&self) -> &Bytes {
        &self.framed
    }

    /// The payload without the frame's header.
    #[must_use]
    pub fn payload(&self) -> Bytes {
        self.framed.slice(self.header_len..)
    }
}

/// Builds a message in place: the payload is written behind room for the longest header.
pub(crate) struct Builder {
    bytes: Vec<u8>,
}

impl Builder {
    pub(crate) fn with_capacity(payload_len: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_MAX + payload_len);
        bytes.resize(HEADER_MAX, 0);
        Self { bytes }
    }

    /// Where the payload is to be appended. What is there must stay.
    pub(crate) fn payload(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(crate) fn finish(mut self, kind: Kind) -> Message {
        let fin_and_opcode = match kind {
            Kind::Text => 0x81,
            Kind::Binary => 0x82,
        };
        let len = self.bytes.len() - HEADER_MAX;
        let mut header = vec![fin_and_opcode];
        if len < 126 {
            header.push(len as u8);
        } else if let Ok(len) = u16::try_from(len) {
            header.push(126);
            header.extend_from_slice(&len.to_be_bytes());
        } else {
            header.push(127);
            header.extend_from_slice(&(len as u64).to_be_bytes());
        }
        let start = HEADER_MAX - header.len();
        self.bytes[start..HEADER_MAX].copy_from_slice(&header);
        let framed = Bytes::from(self.bytes).slice(start..);
        Message { kind, framed, header_len: header.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_rfc_6455_wants_it() {
        for (len, header) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 0xff, 0xff]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let payload = vec![b'x'; len];
            let message = Message::new(Kind::Text, &payload);
            assert_eq!(message.payload(), payload);
            assert_eq!(message.framed()[..header.len()], header);
            assert_eq!(message.framed().len(), header.len() + len);
        }
        assert_eq!(Message::new(Kind::Binary, b"a").framed()[..], [0x82, 1, b'a']);
    }
}
