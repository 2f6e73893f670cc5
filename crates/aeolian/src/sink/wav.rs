//! Writing WAV: 16-bit or floating-point, to a file or to a stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use aeolian_codec::pcm;
use aeolian_piece::{CHANNELS, SAMPLE_RATE};
use anyhow::{Context, bail};
use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::NamedTempFile;

use super::Bits;
use crate::cli::Usage;
use crate::part_file;

const fn spec(bits: Bits) -> WavSpec {
    let (bits_per_sample, sample_format) = match bits {
        Bits::Sixteen => (16, SampleFormat::Int),
        Bits::Float => (32, SampleFormat::Float),
    };
    WavSpec { channels: CHANNELS as u16, sample_rate: SAMPLE_RATE, bits_per_sample, sample_format }
}

/// A WAV file counts its bytes in 32 bits, the longest header included.
fn frames_max(bits: Bits) -> u64 {
    let bytes = u64::from(spec(bits).bits_per_sample / 8) * CHANNELS as u64;
    (u64::from(u32::MAX) - 128) / bytes
}

/// Refuses what does not fit a WAV file.
///
/// # Errors
/// With the greatest length that does.
pub fn check_length(bits: Bits, frames: u64) -> anyhow::Result<()> {
    let max = frames_max(bits);
    if frames > max {
        let minutes = max / u64::from(SAMPLE_RATE) / 60;
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let bits = spec(bits).bits_per_sample;
        let text =
            format!("--duration: a WAV file of {bits} bits holds at most {hours}h{minutes}m");
        bail!(Usage(text));
    }
    Ok(())
}

/// Where the samples go.
enum Place {
    File {
        writer: WavWriter<BufWriter<File>>,
        part: NamedTempFile,
        path: PathBuf,
    },
    /// The header gives the greatest length.
    Stream(BufWriter<Box<dyn Write>>),
}

/// A WAV on its way out.
pub struct Wav {
    place: Place,
    bits: Bits,
    seed: u64,
    /// Frames written so far.
    frames: u64,
    rounded: Vec<i16>,
}

impl Wav {
    /// A file of floating-point samples at `path`, for `frames` frames.
    ///
    /// # Errors
    /// When the piece is too long for the format or the path cannot be written.
    pub fn create_float(path: &Path, frames: u64) -> anyhow::Result<Self> {
        check_length(Bits::Float, frames)?;
        let failed = || format!("cannot write {}", path.display());
        let part = part_file::create(path).with_context(failed)?;
        Self::file(part, path, Bits::Float, 0).with_context(failed)
    }

    /// A file, written to `part` and moved to `path` when it is whole. `seed` is the dither's.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(part: NamedTempFile, path: &Path, bits: Bits, seed: u64) -> io::Result<Self> {
        let out = BufWriter::new(part.reopen()?);
        let writer = WavWriter::new(out, spec(bits)).map_err(to_io)?;
        Ok(Self::to(Place::File { writer, part, path: path.to_owned() }, bits, seed))
    }

    /// A stream of 16-bit samples without a known end. `seed` is the dither's.
    ///
    /// # Errors
    /// When the reader has gone.
    pub fn stream(out: Box<dyn Write>, seed: u64) -> io::Result<Self> {
        let mut out = BufWriter::new(out);
        out.write_all(&spec(Bits::Sixteen).into_header_for_infinite_file())?;
        Ok(Self::to(Place::Stream(out), Bits::Sixteen, seed))
    }

    fn to(place: Place, bits: Bits, seed: u64) -> Self {
        Self { place, bits, seed, frames: 0, rounded: Vec::new() }
    }

    /// Writes the next frames, interleaved.
    ///
    /// # Errors
    /// When the disk is full or the reader has gone.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        if self.bits == Bits::Sixteen {
            self.rounded.resize(samples.len(), 0);
            pcm::to_s16(self.seed, self.frames, samples, &mut self.rounded);
        }
        self.frames += (samples.len() / CHANNELS) as u64;
        match &mut self.place {
            Place::File { writer, .. } if self.bits == Bits::Float => {
                samples.iter().try_for_each(|sample| writer.write_sample(*sample)).map_err(to_io)
            }
            Place::File { writer, .. } => {
                let mut block = writer.get_i16_writer(self.rounded.len() as u32);
                self.rounded.iter().for_each(|sample| block.write_sample(*sample));
                block.flush().map_err(to_io)
            }
            Place::Stream(out) => {
                self.rounded.iter().try_for_each(|sample| out.write_all(&sample.to_le_bytes()))
            }
        }
    }

    /// Completes it, and puts a file in its place.
    ///
    /// # Errors
    /// When the disk is full, the reader has gone, or the place cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self.place {
            Place::File { writer, part, path } => {
                writer.finalize().map_err(to_io)?;
                part.persist(path).map(drop).map_err(|error| error.error)
            }
            Place::Stream(mut out) => out.flush(),
        }
    }
}

fn to_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_too_long_for_its_bits_is_refused_with_what_fits() {
        assert!(check_length(Bits::Sixteen, 6 * 3_600 * 44_100).is_ok());
        let refused = |bits| check_length(bits, 7 * 3_600 * 44_100).unwrap_err().to_string();
        assert!(refused(Bits::Sixteen).ends_with("16 bits holds at most 6h45m"));
        assert!(refused(Bits::Float).ends_with("32 bits holds at most 3h22m"));
    }
}
