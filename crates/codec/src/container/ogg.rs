//! Opus packets in Ogg pages (RFC 3533, RFC 7845): one page for each packet, so that a player never
//! waits for a page to fill.

use aeolian_piece::{CHANNELS, SAMPLE_RATE};
use bytes::Bytes;
use ogg::PacketWriteEndInfo::{EndPage, EndStream};
use ogg::{PacketWriteEndInfo, PacketWriter};

use super::{Container, FileEnd, Purpose};
use crate::opus::{self, PACKET_FRAMES, PRE_SKIP};
use crate::{Error, Tags};

/// One logical stream to a page needs no number to tell it from others.
const SERIAL: u32 = 1;

/// One Ogg stream on its way out.
pub(super) struct OggOpus {
    writer: PacketWriter<'static, Vec<u8>>,
    /// Frames at 48 kHz that a player leaves out at the beginning.
    pre_skip: u16,
    /// Frames at 48 kHz up to the end of the last page.
    granule: u64,
}

impl OggOpus {
    /// One at its beginning.
    #[must_use]
    pub(super) fn new(purpose: Purpose) -> Self {
        let pre_skip = match purpose {
            // A decoder that begins in the middle begins softly: nothing of that is left out.
            Purpose::Stream => 0,
            Purpose::File => PRE_SKIP,
        };
        Self { writer: PacketWriter::new(Vec::new()), pre_skip, granule: 0 }
    }

    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo) -> Bytes {
        // Writing to a Vec cannot fail.
        let _ = self.writer.write_packet(packet, SERIAL, end, self.granule);
        std::mem::take(self.writer.inner_mut()).into()
    }
}

impl Container for OggOpus {
    /// The two header pages.
    fn head(&mut self, tags: &Tags) -> Result<Bytes, Error> {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(CHANNELS as u8);
        head.extend_from_slice(&self.pre_skip.to_le_bytes());
        head.extend_from_slice(&opus::SAMPLE_RATE.to_le_bytes());
        // No gain, and the channels in the order left, right.
        head.extend_from_slice(&[0, 0, 0]);
        let tags = [&b"OpusTags"[..], &tags.vorbis_comment()].concat();
        Ok([self.write(head, EndPage), self.write(tags, EndPage)].concat().into())
    }

    /// The page of one packet.
    fn wrap(&mut self, packet: Bytes) -> Bytes {
        self.granule += PACKET_FRAMES as u64;
        self.write(packet.into(), EndPage)
    }

    /// The last page: what its packet holds beyond the file's length is cut off.
    fn end(&mut self, last: Option<Bytes>, frames: u64) -> Result<FileEnd, Error> {
        let rate = u64::from(SAMPLE_RATE);
        let heard = (frames * u64::from(opus::SAMPLE_RATE) + rate / 2) / rate;
        self.granule = u64::from(self.pre_skip) + heard;
        let bytes = self.write(last.unwrap_or_default().into(), EndStream);
        Ok(FileEnd { bytes, head: None })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_player_reads_head_tags_and_packets_with_their_times() {
        let mut ogg = OggOpus::new(Purpose::File);
        let mut bytes = ogg.head(&Tags::titled("main: A minor")).unwrap().to_vec();
        bytes.extend(ogg.wrap(Bytes::from_static(b"first")));
        bytes.extend(ogg.wrap(vec![7; 2000].into()));
        bytes.extend(ogg.end(Some(Bytes::from_static(b"last")), 8_820).unwrap().bytes);
        let mut reader = ogg::PacketReader::new(Cursor::new(bytes));
        let (mut packets, mut ends) = (Vec::new(), Vec::new());
        while let Some(packet) = reader.read_packet().unwrap() {
            ends.push(packet.last_in_stream());
            packets.push((packet.absgp_page(), packet.data));
        }
        assert_eq!(&packets[0].1[..10], b"OpusHead\x01\x02");
        assert_eq!(packets[0].1[10..12], PRE_SKIP.to_le_bytes());
        assert_eq!(packets[0].1.len(), 19);
        assert_eq!(&packets[1].1[..8], b"OpusTags");
        assert!(packets[1].1.ends_with(b"TITLE=main: A minor"));
        assert_eq!(packets[2], (4_800, b"first".to_vec()));
        assert_eq!(packets[3], (9_600, vec![7; 2000]));
        assert_eq!(packets[4], (9_600 + u64::from(PRE_SKIP), b"last".to_vec()));
        assert_eq!(ends, [false, false, false, false, true]);
    }
}
