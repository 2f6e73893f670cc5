//! FLAC frames behind a head (RFC 9639, section 8): format, lengths, checksum, tags.

use aeolian_piece::CHANNELS;
use bytes::Bytes;
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, MetadataBlockData, Stream, StreamInfo};
use flacenc::source::{Context, Fill};

use super::{Container, FileEnd};
use crate::flac::{BITS, info, refused};
use crate::{Error, Tags};

/// A type of metadata block: section 8.6.
const VORBIS_COMMENT: u8 = 4;

/// A stream or a file on its way out. Until its end its length and checksum are unknown.
pub(crate) struct Flac {
    tags: Tags,
    /// Counts and sums up the samples of a file.
    context: Context,
    /// Bytes of the smallest frame and of the largest.
    sizes: Option<(usize, usize)>,
}

impl Flac {
    /// At its beginning.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self { tags: Tags::default(), context: Context::new(BITS, CHANNELS), sizes: None }
    }

    fn head_of(&self, info: StreamInfo) -> Result<Bytes, Error> {
        let mut stream = Stream::with_stream_info(info);
        let comment = MetadataBlockData::new_unknown(VORBIS_COMMENT, &self.tags.vorbis_comment());
        stream.add_metadata_block(comment.map_err(refused)?);
        let mut bytes = ByteSink::new();
        stream.write(&mut bytes).map_err(refused)?;
        Ok(bytes.into_inner().into())
    }
}

impl Default for Flac {
    fn default() -> Self {
        Self::new()
    }
}

impl Container for Flac {
    fn head(&mut self, tags: &Tags) -> Result<Bytes, Error> {
        self.tags = tags.clone();
        self.head_of(info(0, 0)?)
    }

    fn wrap(&mut self, packet: Bytes) -> Bytes {
        let (least, most) = self.sizes.unwrap_or((packet.len(), packet.len()));
        self.sizes = Some((least.min(packet.len()), most.max(packet.len())));
        packet
    }

    fn note(&mut self, samples: &[i16]) {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        // It refuses only samples of another width.
        let _ = self.context.fill_le_bytes(&bytes, BITS / 8);
    }

    fn end(&mut self, last: Option<Bytes>, frames: u64) -> Result<FileEnd, Error> {
        let bytes = last.map(|last| self.wrap(last)).unwrap_or_default();
        let (least, most) = self.sizes.unwrap_or_default();
        let mut info = info(least, most)?;
        info.set_md5_digest(&self.context.md5_digest());
        info.set_total_samples(usize::try_from(frames).unwrap_or(0));
        Ok(FileEnd { bytes, head: Some(self.head_of(info)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_a_player_of_an_endless_stream_of_chunks() {
        let stream = Flac::new().head(&Tags::titled("main: A minor")).unwrap();
        let reader = claxon::FlacReader::new(&stream[..]).unwrap();
        let info = reader.streaminfo();
        assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (44_100, 2, 16));
        assert_eq!((info.min_block_size, info.max_block_size), (4_410, 4_410));
        assert_eq!((info.min_frame_size, info.max_frame_size), (None, None));
        assert_eq!((info.samples, info.md5sum), (None, [0; 16]));
        assert_eq!(reader.get_tag("TITLE").next(), Some("main: A minor"));
    }
}
