//! Writing FLAC (RFC 9639), block by block, so that a piece of any length takes little memory.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use aeolian_codec::pcm;
use aeolian_synth::{CHANNELS, SAMPLE_RATE};
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, MetadataBlockData, Stream};
use flacenc::config::Encoder;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};

use crate::Tags;
use crate::atomic_file::AtomicFile;

/// Frames in a block: what the reference encoder takes at this rate.
const BLOCK_FRAMES: usize = 4_096;

/// Bits in a sample.
const BITS: usize = 16;

/// A type of metadata block: RFC 9639, section 8.6.
const VORBIS_COMMENT: u8 = 4;

/// A FLAC file on its way out.
pub struct FlacFile {
    out: BufWriter<File>,
    file: AtomicFile,
    config: Verified<Encoder>,
    /// The head of the file: its lengths and its checksum are known at the end.
    head: Stream,
    /// Counts and sums up what was encoded.
    context: Context,
    block: FrameBuf,
    seed: u64,
    /// Frames taken so far.
    frames: u64,
    rounded: Vec<i16>,
    /// Samples that wait for their block to be full.
    waiting: Vec<i32>,
}

impl FlacFile {
    /// A file with these tags, which appears when it is whole. The seed is the dither's, too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(file: AtomicFile, tags: &Tags) -> io::Result<Self> {
        let mut config = Encoder::default();
        config.block_size = BLOCK_FRAMES;
        let config = config.into_verified().map_err(|(_, error)| to_io(error))?;
        let mut head = Stream::new(SAMPLE_RATE as usize, CHANNELS, BITS).map_err(to_io)?;
        let comments = MetadataBlockData::new_unknown(VORBIS_COMMENT, &comments(tags));
        head.add_metadata_block(comments.map_err(to_io)?);
        let mut flac = Self {
            out: file.writer()?,
            file,
            config,
            head,
            context: Context::new(BITS, CHANNELS),
            block: FrameBuf::with_size(CHANNELS, BLOCK_FRAMES).map_err(to_io)?,
            seed: tags.seed,
            frames: 0,
            rounded: Vec::new(),
            waiting: Vec::with_capacity(BLOCK_FRAMES * CHANNELS),
        };
        flac.write_head()?;
        Ok(flac)
    }

    /// Writes the next frames, interleaved.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        let mut rounded = std::mem::take(&mut self.rounded);
        rounded.resize(samples.len(), 0);
        pcm::to_s16(self.seed, self.frames, samples, &mut rounded);
        self.frames += (samples.len() / CHANNELS) as u64;
        for sample in &rounded {
            self.waiting.push(i32::from(*sample));
            if self.waiting.len() == BLOCK_FRAMES * CHANNELS {
                self.encode_block()?;
            }
        }
        self.rounded = rounded;
        Ok(())
    }

    /// Completes the file, and puts it in its place.
    ///
    /// # Errors
    /// When the disk is full or the path cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.encode_block()?;
        }
        let info = self.head.stream_info_mut();
        info.set_md5_digest(&self.context.md5_digest());
        info.set_total_samples(self.context.total_samples());
        // The last block may be shorter: RFC 9639, section 8.2, leaves it out of the least size.
        info.set_block_sizes(BLOCK_FRAMES, BLOCK_FRAMES).map_err(to_io)?;
        self.out.seek(SeekFrom::Start(0))?;
        self.write_head()?;
        self.out.flush()?;
        self.file.commit()
    }

    fn encode_block(&mut self) -> io::Result<()> {
        self.block.fill_interleaved(&self.waiting).map_err(to_io)?;
        self.context.fill_interleaved(&self.waiting).map_err(to_io)?;
        self.waiting.clear();
        let number = self.context.current_frame_number().unwrap_or(0);
        let info = self.head.stream_info();
        let frame =
            encode_fixed_size_frame(&self.config, &self.block, number, info).map_err(to_io)?;
        self.head.stream_info_mut().update_frame_info(&frame);
        put(&mut self.out, &frame)
    }

    fn write_head(&mut self) -> io::Result<()> {
        put(&mut self.out, &self.head)
    }
}

fn put(out: &mut impl Write, what: &impl BitRepr) -> io::Result<()> {
    let mut bytes = ByteSink::new();
    what.write(&mut bytes).map_err(to_io)?;
    out.write_all(bytes.as_slice())
}

/// The encoder's own errors cannot leave its thread: their text can.
fn to_io(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// The tags as a Vorbis comment: <https://xiph.org/vorbis/doc/v-comment.html>.
fn comments(tags: &Tags) -> Vec<u8> {
    let fields = tags.comments();
    let mut bytes = Vec::new();
    put_text(&mut bytes, concat!("Aeolian ", env!("CARGO_PKG_VERSION")));
    bytes.extend_from_slice(&(fields.len() as u32).to_le_bytes());
    fields.iter().for_each(|field| put_text(&mut bytes, field));
    bytes
}

/// A text with its length before it.
fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        Tags { seed: 7, key: "F# minor".to_owned(), bpm: 70.5 }
    }

    /// A sweep with noise: nothing that is trivially predicted.
    fn piece(frames: usize) -> Vec<f32> {
        let noise = |i: u32| ((i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5) * 0.1;
        (0..frames as u32)
            .flat_map(|i| [(i as f32 * i as f32 * 1e-6).sin() * 0.8 + noise(i), noise(i * 3 + 1)])
            .collect()
    }

    fn encoded(samples: &[f32]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        let mut flac = FlacFile::new(AtomicFile::create(&path).unwrap(), &tags()).unwrap();
        samples.chunks(8_820).for_each(|chunk| flac.write(chunk).unwrap());
        flac.finish().unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn a_file_decodes_to_the_same_samples() {
        for frames in [1, 17, 4_096, 50_001] {
            let samples = piece(frames);
            let mut expected = vec![0; samples.len()];
            pcm::to_s16(7, 0, &samples, &mut expected);
            let mut reader = claxon::FlacReader::new(io::Cursor::new(encoded(&samples))).unwrap();
            let info = reader.streaminfo();
            assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (44_100, 2, 16));
            assert_eq!(info.samples, Some(frames as u64));
            assert_eq!((info.min_block_size, info.max_block_size), (4_096, 4_096));
            let decoded: Vec<i16> = reader.samples().map(|s| s.unwrap() as i16).collect();
            assert!(decoded == expected, "{frames} frames");
        }
    }

    #[test]
    fn a_file_bears_the_checksum_of_its_samples() {
        let samples = piece(10_000);
        let mut context = Context::new(BITS, CHANNELS);
        let mut rounded = vec![0; samples.len()];
        pcm::to_s16(7, 0, &samples, &mut rounded);
        let bytes: Vec<u8> = rounded.iter().flat_map(|s| s.to_le_bytes()).collect();
        context.fill_le_bytes(&bytes, 2).unwrap();
        let file = encoded(&samples);
        let reader = claxon::FlacReader::new(io::Cursor::new(file)).unwrap();
        assert_eq!(reader.streaminfo().md5sum, context.md5_digest());
    }

    #[test]
    fn the_tags_name_seed_key_and_tempo() {
        let file = encoded(&piece(100));
        let reader = claxon::FlacReader::new(io::Cursor::new(file)).unwrap();
        let tag = |name| reader.get_tag(name).next().map(str::to_owned);
        assert_eq!(tag("SEED").as_deref(), Some("7"));
        assert_eq!(tag("INITIALKEY").as_deref(), Some("F# minor"));
        assert_eq!(tag("BPM").as_deref(), Some("70.5"));
    }
}
