//! Opus packets in Ogg pages (RFC 3533, RFC 7845): one page for each packet, so that a player never
//! waits for a page to fill.

use aeolian_stream::CHANNELS;
use aeolian_stream::opus::{PACKET_FRAMES, PRE_SKIP, SAMPLE_RATE};
use axum::body::Bytes;
use ogg::PacketWriteEndInfo::EndPage;
use ogg::PacketWriter;

/// One logical stream to a page needs no number to tell it from others.
const SERIAL: u32 = 1;

/// One player's Ogg stream.
pub(super) struct OggOpus {
    writer: PacketWriter<'static, Vec<u8>>,
    title: String,
    /// Frames at 48 kHz up to the end of the last page.
    granule: u64,
}

impl OggOpus {
    /// A stream whose tags bear `title`.
    pub(super) fn new(title: &str) -> Self {
        Self { writer: PacketWriter::new(Vec::new()), title: title.to_owned(), granule: 0 }
    }

    fn write(&mut self, packet: Vec<u8>) {
        // Writing to a Vec cannot fail.
        let _ = self.writer.write_packet(packet, SERIAL, EndPage, self.granule);
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(self.writer.inner_mut()).into()
    }

    /// The two header pages.
    pub(super) fn head(&mut self) -> Bytes {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(CHANNELS as u8);
        head.extend_from_slice(&PRE_SKIP.to_le_bytes());
        head.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
        // No gain, and the channels in the order left, right.
        head.extend_from_slice(&[0, 0, 0]);
        self.write(head);
        let title = format!("TITLE={}", self.title);
        let mut tags = b"OpusTags".to_vec();
        put(&mut tags, "Aeolian");
        tags.extend_from_slice(&2_u32.to_le_bytes());
        put(&mut tags, "ARTIST=Aeolian");
        put(&mut tags, &title);
        self.write(tags);
        self.take()
    }

    /// The page of one packet.
    pub(super) fn page(&mut self, packet: &[u8]) -> Bytes {
        self.granule += PACKET_FRAMES as u64;
        self.write(packet.to_vec());
        self.take()
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
        let mut ogg = OggOpus::new("main: A minor");
        let bytes = [ogg.head(), ogg.page(b"first"), ogg.page(&[7; 2000])].concat();
        let mut reader = ogg::PacketReader::new(Cursor::new(bytes));
        let mut packets = Vec::new();
        while let Some(packet) = reader.read_packet().unwrap() {
            packets.push((packet.absgp_page(), packet.data));
        }
        assert_eq!(&packets[0].1[..10], b"OpusHead\x01\x02");
        assert_eq!(packets[0].1.len(), 19);
        assert_eq!(&packets[1].1[..8], b"OpusTags");
        assert!(packets[1].1.ends_with(b"TITLE=main: A minor"));
        assert_eq!(packets[2], (4_800, b"first".to_vec()));
        assert_eq!(packets[3], (9_600, vec![7; 2000]));
        assert_eq!(packets.len(), 4);
    }
}
