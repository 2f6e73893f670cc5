//! FLAC (RFC 9639) without end: each chunk is one frame, which needs no other to be decoded.
//!
//! A frame bears the number of its chunk, so it is the same for everybody, whenever they joined: a
//! stream begins with its container's head, and goes on with the frame of any chunk. The block, a chunk, is within
//! what the streamable subset (section 7) allows at this rate.

use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_SAMPLES, SAMPLE_RATE};
use bytes::Bytes;
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Fill, FrameBuf};

use crate::{Encoder, Error};

/// Bits in a sample.
pub(crate) const BITS: usize = 16;

/// A frame's number has 31 bits (section 9.1.5): it begins again after nearly seven years.
const NUMBERS: u64 = 1 << 31;

/// Encodes chunks, in any order.
pub(crate) struct Coder {
    config: Verified<config::Encoder>,
    info: StreamInfo,
    samples: Box<[i32; CHUNK_SAMPLES]>,
    block: FrameBuf,
    frame: ByteSink,
}

impl Coder {
    /// A coder for any number of chunks.
    ///
    /// # Errors
    /// [`Error::Flac`] when the library refuses.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut config = config::Encoder::default();
        config.block_size = CHUNK_FRAMES;
        Ok(Self {
            config: config.into_verified().map_err(|(_, error)| refused(error))?,
            info: info(0, 0)?,
            samples: Box::new([0; CHUNK_SAMPLES]),
            block: FrameBuf::with_size(CHANNELS, CHUNK_FRAMES).map_err(refused)?,
            frame: ByteSink::new(),
        })
    }
}

impl Coder {
    /// Encodes a chunk, or what there is of a file's last one.
    fn frame(&mut self, chunk: u64, samples: &[i16]) -> Result<&[u8], Error> {
        let wide = &mut self.samples[..samples.len()];
        for (wide, sample) in wide.iter_mut().zip(samples) {
            *wide = i32::from(*sample);
        }
        self.block.fill_interleaved(wide).map_err(refused)?;
        let number = (chunk % NUMBERS) as usize;
        let frame = encode_fixed_size_frame(&self.config, &self.block, number, &self.info);
        self.frame.clear();
        frame.map_err(refused)?.write(&mut self.frame).map_err(refused)?;
        Ok(self.frame.as_slice())
    }
}

impl Encoder for Coder {
    fn encode(&mut self, chunk: u64, samples: &[i16; CHUNK_SAMPLES]) -> Result<&[u8], Error> {
        self.frame(chunk, samples)
    }

    fn finish(&mut self, chunk: u64, rest: &[i16]) -> Result<Vec<Bytes>, Error> {
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Bytes::copy_from_slice(self.frame(chunk, rest)?)])
    }
}

/// The last block may be shorter: section 8.2 leaves it out of the least size.
pub(crate) fn info(least: usize, most: usize) -> Result<StreamInfo, Error> {
    let mut info = StreamInfo::new(SAMPLE_RATE as usize, CHANNELS, BITS).map_err(refused)?;
    info.set_block_sizes(CHUNK_FRAMES, CHUNK_FRAMES).map_err(refused)?;
    info.set_frame_sizes(least, most).map_err(refused)?;
    Ok(info)
}

/// The encoder's own errors cannot leave its thread: their text can.
pub(crate) fn refused(error: impl std::fmt::Display) -> Error {
    Error::Flac(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::Container;
    use crate::container::flac::Flac;
    use crate::{Tags, pcm};
    use aeolian_piece::Offline;
    use aeolian_score::Controls;

    fn head() -> Vec<u8> {
        Flac::new().head(&Tags::titled("main")).unwrap().into()
    }

    /// The first seconds of a station.
    fn music() -> Vec<[i16; CHUNK_SAMPLES]> {
        let mut samples = vec![0.0; CHUNK_SAMPLES * 40];
        Offline::new(7, Controls::default()).render(&mut samples);
        let mut rounded = vec![0; samples.len()];
        pcm::to_s16(7, 0, &samples, &mut rounded);
        rounded.chunks_exact(CHUNK_SAMPLES).map(|chunk| chunk.try_into().unwrap()).collect()
    }

    #[test]
    fn who_joins_at_any_chunk_hears_the_samples_from_there_on() {
        let music = music();
        let mut coder = Coder::new().unwrap();
        for (joined, first) in [(0, 0), (7, 7), (20, NUMBERS - 5), (39, 3 * NUMBERS)] {
            let mut stream = head();
            for (i, chunk) in music[joined..].iter().enumerate() {
                stream.extend_from_slice(coder.encode(first + i as u64, chunk).unwrap());
            }
            let mut reader = claxon::FlacReader::new(&stream[..]).unwrap();
            let heard: Vec<i16> = reader.samples().map(|s| s.unwrap() as i16).collect();
            assert!(heard == music[joined..].concat(), "from chunk {first}");
        }
    }

    #[test]
    fn a_chunk_is_the_same_frame_whatever_was_encoded_before() {
        let music = music();
        let mut coder = Coder::new().unwrap();
        coder.encode(3, &music[30]).unwrap();
        let frame = coder.encode(12, &music[12]).unwrap();
        assert_eq!(frame, Coder::new().unwrap().encode(12, &music[12]).unwrap());
        assert!(frame.len() < CHUNK_SAMPLES * 2, "{} bytes", frame.len());
    }

    #[test]
    fn silence_and_noise_survive() {
        let mut coder = Coder::new().unwrap();
        let noise = std::array::from_fn(|i| (i as u32).wrapping_mul(2_654_435_761) as i16);
        for samples in [[0; CHUNK_SAMPLES], [i16::MIN; CHUNK_SAMPLES], noise] {
            let mut stream = head();
            stream.extend_from_slice(coder.encode(1, &samples).unwrap());
            let mut reader = claxon::FlacReader::new(&stream[..]).unwrap();
            let heard: Vec<i16> = reader.samples().map(|s| s.unwrap() as i16).collect();
            assert!(heard == samples);
        }
    }
}
