//! Writing Opus in Ogg (RFC 7845): what the stream of a station sounds like, as a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use aeolian_codec::container::OggOpus;
use aeolian_codec::opus::{self, Coder, PACKET_FRAMES, PRE_SKIP};
use aeolian_codec::{Encoder, pcm};
use aeolian_piece::CHUNK_SAMPLES;
use aeolian_synth::{CHANNELS, SAMPLE_RATE};

use crate::Tags;
use crate::atomic_file::AtomicFile;

/// An Opus file on its way out.
pub struct OpusFile {
    out: BufWriter<File>,
    file: AtomicFile,
    coder: Coder,
    ogg: OggOpus,
    seed: u64,
    /// Frames taken so far, and packets written.
    frames: u64,
    packets: u64,
    rounded: Vec<i16>,
    /// Samples that wait for their packet: it is written when the one after it has begun.
    waiting: Vec<i16>,
}

impl OpusFile {
    /// A file with these tags, which appears when it is whole. The seed is the dither's, too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(file: AtomicFile, tags: &Tags) -> io::Result<Self> {
        let mut opus = Self {
            out: file.writer()?,
            file,
            coder: Coder::new().map_err(io::Error::other)?,
            ogg: OggOpus::new(PRE_SKIP, tags.comments()),
            seed: tags.seed,
            frames: 0,
            packets: 0,
            rounded: Vec::new(),
            waiting: Vec::with_capacity(CHUNK_SAMPLES),
        };
        let head = opus.ogg.head();
        opus.out.write_all(&head)?;
        Ok(opus)
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
            if self.waiting.len() == CHUNK_SAMPLES {
                self.encode()?;
            }
            self.waiting.push(*sample);
        }
        self.rounded = rounded;
        Ok(())
    }

    /// Completes the file, and puts it in its place.
    ///
    /// # Errors
    /// When the disk is full or the path cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        let rate = u64::from(SAMPLE_RATE);
        let frames = (self.frames * u64::from(opus::SAMPLE_RATE) + rate / 2) / rate;
        // The decoder's sound is late by the pre-skip: the last of it may need a packet of its own.
        let needed = (u64::from(PRE_SKIP) + frames).div_ceil(PACKET_FRAMES as u64);
        while self.packets + 1 < needed {
            self.encode()?;
        }
        self.waiting.resize(CHUNK_SAMPLES, 0);
        let packet = encode(&mut self.coder, &self.waiting)?;
        let page = self.ogg.last_page(packet, frames);
        self.out.write_all(&page)?;
        self.out.flush()?;
        self.file.commit()
    }

    /// Writes what waits, and silence where it is less than a packet.
    fn encode(&mut self) -> io::Result<()> {
        self.waiting.resize(CHUNK_SAMPLES, 0);
        let page = self.ogg.page(encode(&mut self.coder, &self.waiting)?);
        self.out.write_all(&page)?;
        self.packets += 1;
        self.waiting.clear();
        Ok(())
    }
}

fn encode<'a>(coder: &'a mut Coder, chunk: &[i16]) -> io::Result<&'a [u8]> {
    let chunk = chunk.try_into().map_err(io::Error::other)?;
    // A coder of Opus goes by the order of the chunks alone.
    coder.encode(0, chunk).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use opus_pure::{MAX_PACKET_SAMPLES, OpusDecoder};

    use super::*;

    const TONE_HZ: f64 = 441.0;

    fn tone(frames: usize, rate: f64) -> impl Iterator<Item = f64> {
        let turns = move |i: usize| TONE_HZ * i as f64 / rate;
        (0..frames).map(move |i| 0.25 * (std::f64::consts::TAU * turns(i)).sin())
    }

    /// What a player makes of the file: its comments and its sound, at 48 kHz.
    fn played(file: &[u8]) -> (String, Vec<f32>) {
        let mut reader = ogg::PacketReader::new(io::Cursor::new(file));
        let mut next = || reader.read_packet().unwrap();
        let head = next().unwrap();
        let pre_skip = usize::from(u16::from_le_bytes([head.data[10], head.data[11]]));
        let tags = String::from_utf8_lossy(&next().unwrap().data).into_owned();
        let mut decoder = OpusDecoder::new(48_000, CHANNELS).unwrap();
        let (mut sound, mut end, mut over) = (Vec::new(), 0, false);
        while let Some(packet) = next() {
            assert!(!over, "a packet after the last");
            let mut out = vec![0.0; MAX_PACKET_SAMPLES * CHANNELS];
            let frames = decoder.decode(&packet.data, PACKET_FRAMES, &mut out).unwrap();
            sound.extend(&out[..frames * CHANNELS]);
            (end, over) = (packet.absgp_page() as usize, packet.last_in_stream());
        }
        assert!(over, "no packet is marked as the last");
        assert!(end <= sound.len() / CHANNELS, "the file says that it is longer than it is");
        assert!(sound.len() / CHANNELS - end < PACKET_FRAMES, "a packet that nobody hears");
        (tags, sound[pre_skip * CHANNELS..end * CHANNELS].to_vec())
    }

    #[test]
    fn a_file_sounds_as_long_as_the_piece_and_like_it() {
        let tags = Tags { seed: 7, key: "F# minor".to_owned(), bpm: 70.5 };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.opus");
        for frames in [44_100, 1, 4_410, 8_819, 48_371] {
            let file = AtomicFile::create(&path).unwrap();
            let mut opus = OpusFile::new(file, &tags).unwrap();
            let samples: Vec<f32> = tone(frames, 44_100.0).flat_map(|x| [x as f32; 2]).collect();
            samples.chunks(3_000).for_each(|samples| opus.write(samples).unwrap());
            opus.finish().unwrap();
            let (comments, sound) = played(&std::fs::read(&path).unwrap());
            assert!(comments.contains("INITIALKEY=F# minor"), "{comments}");
            let expected = (frames as f64 * 48_000.0 / 44_100.0).round() as usize;
            assert_eq!(sound.len(), expected * CHANNELS, "{frames} frames");
            // Away from both ends, where a tone that breaks off is hard to code.
            let pairs = sound.iter().step_by(CHANNELS).zip(tone(expected, 48_000.0));
            let inner = pairs.take(expected.saturating_sub(960)).skip(960);
            let errors: Vec<f64> = inner.map(|(a, b)| (f64::from(*a) - b).powi(2)).collect();
            let error = (errors.iter().sum::<f64>() / errors.len().max(1) as f64).sqrt();
            assert!(error < 0.01, "{frames} frames: off by {error}");
        }
    }
}
