//! What goes to listeners: unmasked WebSocket frames (RFC 6455, section 5.2), built once for everybody where everybody
//! gets the same.

use std::sync::OnceLock;

use aeolian_hub::Audio;
use aeolian_hub::{News, Packet};
use aeolian_wire::audio::{write_binary, write_json};
use aeolian_wire::format::Carrier;
use aeolian_wire::server::write_news;
use aeolian_wire::{Format, server};
use bytes::Bytes;

/// The longest header of a frame that a server sends.
const HEADER_MAX: usize = 10;

const FIN_TEXT: u8 = 0x81;
const FIN_BINARY: u8 = 0x82;

/// Puts the header of a frame before its payload. `bytes` holds `before`, which goes out first, then room for the
/// longest header, then the payload.
fn finish(first_byte: u8, mut bytes: Vec<u8>, before: usize) -> Bytes {
    let len = bytes.len() - before - HEADER_MAX;
    let mut header = [first_byte; HEADER_MAX];
    let header_len = if len < 126 {
        header[1] = len as u8;
        2
    } else if let Ok(len) = u16::try_from(len) {
        header[1] = 126;
        header[2..4].copy_from_slice(&len.to_be_bytes());
        4
    } else {
        header[1] = 127;
        header[2..].copy_from_slice(&(len as u64).to_be_bytes());
        HEADER_MAX
    };
    let spare = HEADER_MAX - header_len;
    bytes.copy_within(..before, spare);
    bytes[before + spare..][..header_len].copy_from_slice(&header[..header_len]);
    Bytes::from(bytes).slice(spare..)
}

fn room(payload_len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_MAX + payload_len);
    bytes.resize(HEADER_MAX, 0);
    bytes
}

/// A message as one frame.
pub(crate) fn message(message: &impl serde::Serialize) -> Bytes {
    let mut bytes = room(256);
    // Every message has a JSON form.
    let _ = serde_json::to_writer(&mut bytes, message);
    finish(FIN_TEXT, bytes, 0)
}

/// An error about no field, as one frame.
pub(crate) fn error(code: aeolian_wire::Code, text: impl Into<String>) -> Bytes {
    message(&server::ErrorMessage::new(code, text))
}

/// A piece of news as one frame.
pub(crate) fn news(news: &News) -> Bytes {
    let mut bytes = room(1_024);
    // Every piece of news has a JSON form.
    let _ = write_news(&mut bytes, news);
    finish(FIN_TEXT, bytes, 0)
}

/// A chunk without its news as one frame, for one listener.
pub(crate) fn audio(audio: &Audio, format: Format) -> Bytes {
    let gap = audio.gap || audio.packet.discontinuity();
    frame_audio(Vec::new(), &audio.packet, format, gap, &audio.bytes())
}

/// A chunk with its news, one frame after the other: the same bytes for everybody, put together by the first who asks.
/// None while the audio is not there.
pub(crate) fn whole(packet: &Packet, format: Format) -> Option<Bytes> {
    let audio = packet.audio(format.codec())?;
    let build = || {
        let mut bytes = Vec::new();
        packet.news().iter().for_each(|piece| bytes.extend_from_slice(&news(piece)));
        frame_audio(bytes, packet, format, packet.discontinuity(), audio)
    };
    match packet.beside(Rows::default) {
        Some(Rows(rows)) => Some(rows[format as usize].get_or_init(build).clone()),
        None => Some(build()),
    }
}

/// By format, what [`whole`] has built of a packet.
#[derive(Default)]
struct Rows([OnceLock<Bytes>; Format::COUNT]);

/// A chunk's frame behind what goes out before it.
fn frame_audio(
    mut bytes: Vec<u8>,
    packet: &Packet,
    format: Format,
    gap: bool,
    audio: &[u8],
) -> Bytes {
    let before = bytes.len();
    bytes.resize(before + HEADER_MAX, 0);
    match format.row().carrier {
        Carrier::Text => {
            write_json(&mut bytes, packet, gap, audio);
            finish(FIN_TEXT, bytes, before)
        }
        Carrier::Binary => {
            write_binary(&mut bytes, packet.chunk(), gap, audio);
            finish(FIN_BINARY, bytes, before)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_rfc_6455_wants_it_whatever_goes_before() {
        for (len, header) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 0xff, 0xff]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            for before in [&b""[..], b"before"] {
                let mut bytes = before.to_vec();
                bytes.resize(before.len() + HEADER_MAX, 0);
                bytes.resize(bytes.len() + len, b'x');
                let framed = finish(FIN_TEXT, bytes, before.len());
                assert_eq!(framed, [before, &header, &vec![b'x'; len]].concat());
            }
        }
    }
}
