//! Opus packets in Ogg pages (RFC 3533, RFC 7845): one page for each packet, so that a player never
//! waits for a page to fill.

use aeolian_piece::CHANNELS;
use bytes::Bytes;
use ogg::PacketWriteEndInfo::{EndPage, EndStream};
use ogg::{PacketWriteEndInfo, PacketWriter};

use crate::opus::{PACKET_FRAMES, SAMPLE_RATE};

/// One logical stream to a page needs no number to tell it from others.
const SERIAL: u32 = 1;

/// One Ogg stream on its way out.
pub struct OggOpus {
    writer: PacketWriter<'static, Vec<u8>>,
    pre_skip: u16,
    comments: Vec<String>,
    /// Frames at 48 kHz up to the end of the last page.
    granule: u64,
}

impl OggOpus {
    /// A stream of which a player leaves out the first `pre_skip` frames at 48 kHz, and whose tags are these
    /// Vorbis comments, such as `TITLE=Dawn`.
    #[must_use]
    pub fn new(pre_skip: u16, comments: Vec<String>) -> Self {
        Self { writer: PacketWriter::new(Vec::new()), pre_skip, comments, granule: 0 }
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo) -> Bytes {
        // Writing to a Vec cannot fail.
        let _ = self.writer.write_packet(packet, SERIAL, end, self.granule);
        std::mem::take(self.writer.inner_mut()).into()
    }

    /// The two header pages.
    pub fn head(&mut self) -> Bytes {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(CHANNELS as u8);
        head.extend_from_slice(&self.pre_skip.to_le_bytes());
        head.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
        // No gain, and the channels in the order left, right.
        head.extend_from_slice(&[0, 0, 0]);
        let mut tags = b"OpusTags".to_vec();
        put(&mut tags, "Aeolian");
        tags.extend_from_slice(&(self.comments.len() as u32).to_le_bytes());
        self.comments.iter().for_each(|comment| put(&mut tags, comment));
        [self.write(head, EndPage), self.write(tags, EndPage)].concat().into()
    }

    /// The page of one packet.
    pub fn page(&mut self, packet: &[u8]) -> Bytes {
        self.granule += PACKET_FRAMES as u64;
        self.write(packet.to_vec(), EndPage)
    }

    /// The last page, of a stream of which `frames` at 48 kHz shall be heard: what the packet holds
    /// beyond them is cut off.
    pub fn last_page(&mut self, packet: &[u8], frames: u64) -> Bytes {
        self.granule = u64::from(self.pre_skip) + frames;
        self.write(packet.to_vec(), EndStream)
    }
}

/// Appends a text with its length before it.
fn put(tags: &mut Vec<u8>, text: &str) {
    tags.extend_from_slice(&(text.len() as u32).to_le_bytes());
    tags.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_player_reads_head_tags_and_packets_with_their_times() {
        let mut ogg = OggOpus::new(312, vec!["TITLE=main: A minor".to_owned()]);
        let last = |ogg: &mut OggOpus| ogg.last_page(b"last", 9_700);
        let bytes = [ogg.head(), ogg.page(b"first"), ogg.page(&[7; 2000]), last(&mut ogg)].concat();
        let mut reader = ogg::PacketReader::new(Cursor::new(bytes));
        let (mut packets, mut ends) = (Vec::new(), Vec::new());
        while let Some(packet) = reader.read_packet().unwrap() {
            ends.push(packet.last_in_stream());
            packets.push((packet.absgp_page(), packet.data));
        }
        assert_eq!(&packets[0].1[..10], b"OpusHead\x01\x02");
        assert_eq!(packets[0].1[10..12], 312_u16.to_le_bytes());
        assert_eq!(packets[0].1.len(), 19);
        assert_eq!(&packets[1].1[..8], b"OpusTags");
        assert!(packets[1].1.ends_with(b"TITLE=main: A minor"));
        assert_eq!(packets[2], (4_800, b"first".to_vec()));
        assert_eq!(packets[3], (9_600, vec![7; 2000]));
        assert_eq!(packets[4], (9_700 + 312, b"last".to_vec()));
        assert_eq!(ends, [false, false, false, false, true]);
    }
}
