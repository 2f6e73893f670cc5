//! MP3 frames: a stream is nothing else; a file has ID3 tags and a frame that says how long it is before them.

use aeolian_piece::CHANNELS;
use bytes::Bytes;
use rusty_mp3::encode::lametag::{TagInfo, TagStats, padding_for, tag_frame, tag_header};
use rusty_mp3::header::FrameHeader;

use super::{Container, FileEnd, Purpose};
use crate::mp3::{DELAY_FRAMES, FRAME_FRAMES, HEADER};
use crate::{Error, Tags};

/// The frames of ID3 2.4 that hold what a tag of ours says; others are `TXXX`. <https://id3.org/id3v2.4.0-frames>
const ID3: [(&str, &[u8; 4]); 6] = [
    ("TITLE", b"TIT2"),
    ("ARTIST", b"TPE1"),
    ("GENRE", b"TCON"),
    ("INITIALKEY", b"TKEY"),
    ("BPM", b"TBPM"),
    ("ENCODER", b"TSSE"),
];

/// MP3 on its way out.
pub(super) struct Mp3 {
    file: Option<InfoFrame>,
}

/// What a file's first frame will say.
struct InfoFrame {
    id3: Vec<u8>,
    header: FrameHeader,
    /// Counts the MP3 frames.
    stats: TagStats,
}

impl Mp3 {
    /// One at its beginning.
    #[must_use]
    pub(super) fn new(purpose: Purpose) -> Self {
        let header = tag_header(&HEADER);
        let stats = TagStats::new(header.frame_size());
        let file = InfoFrame { id3: Vec::new(), header, stats };
        Self { file: (purpose == Purpose::File).then_some(file) }
    }
}

impl InfoFrame {
    /// Tags, and the frame that says how long the file is: so that a player leaves out the delay and the padding.
    fn head(&self, frames: u64) -> Bytes {
        let padding = padding_for(frames, DELAY_FRAMES, FRAME_FRAMES) as usize;
        let info = TagInfo { vbr: false, delay: DELAY_FRAMES, padding };
        [&self.id3[..], &tag_frame(&self.header, &self.stats, &info)].concat().into()
    }
}

impl Container for Mp3 {
    fn head(&mut self, tags: &Tags) -> Result<Bytes, Error> {
        Ok(self.file.as_mut().map_or_else(Bytes::new, |file| {
            file.id3 = id3(tags);
            file.head(0)
        }))
    }

    fn wrap(&mut self, packet: Bytes) -> Bytes {
        if let Some(file) = &mut self.file {
            let mut rest = &packet[..];
            while let Some((frame, after)) = split_frame(rest) {
                file.stats.add_frame(frame);
                rest = after;
            }
        }
        packet
    }

    fn end(&mut self, last: Option<Bytes>, frames: u64) -> Result<FileEnd, Error> {
        let bytes = last.map(|last| self.wrap(last)).unwrap_or_default();
        Ok(FileEnd { bytes, head: self.file.as_ref().map(|file| file.head(frames)) })
    }
}

/// The first MP3 frame of some, and the others.
pub(crate) fn split_frame(frames: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = FrameHeader::parse(*frames.first_chunk()?).ok()?;
    frames.split_at_checked(header.frame_size())
}

/// Tags in ID3 2.4, in UTF-8.
fn id3(tags: &Tags) -> Vec<u8> {
    let mut frames = Vec::new();
    for (name, value) in &tags.0 {
        let known = ID3.iter().find(|(ours, _)| ours == name);
        let (id, text) = match known {
            Some((_, id)) => (*id, format!("\x03{value}")),
            None => (b"TXXX", format!("\x03{name}\0{value}")),
        };
        frames.extend_from_slice(id);
        frames.extend_from_slice(&synchsafe(text.len()));
        frames.extend_from_slice(&[0, 0]);
        frames.extend_from_slice(text.as_bytes());
    }
    [&b"ID3\x04\0\0"[..], &synchsafe(frames.len()), &frames].concat()
}

/// A length in four bytes of seven bits.
fn synchsafe(length: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (length >> shift & 0x7f) as u8)
}

const _: () = assert!(CHANNELS == 2, "the header says stereo");
