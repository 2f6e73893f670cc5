//! Writing WAV: 16-bit or floating-point, to a file or to a stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use aeolian_codec::container::wav;
use aeolian_codec::pcm;
use aeolian_synth::{CHANNELS, SAMPLE_RATE};
use hound::{SampleFormat, WavSpec, WavWriter};

use super::Bits;
use crate::Error;
use crate::atomic_file::AtomicFile;

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
/// [`Error::Refused`] with the greatest length that does.
pub(crate) fn check_length(bits: Bits, frames: u64) -> Result<(), Error> {
    let max = frames_max(bits);
    if frames > max {
        let minutes = max / u64::from(SAMPLE_RATE) / 60;
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let bits = spec(bits).bits_per_sample;
        let allowed = format!("at most {hours}h{minutes}m in a WAV file of {bits} bits");
        return Err(Error::too_long(frames, allowed));
    }
    Ok(())
}

/// A WAV on its way out.
pub(crate) enum WavFile {
    /// A file of floating-point samples.
    File {
        /// Counts what it writes.
        writer: WavWriter<BufWriter<File>>,
        /// Where it will be.
        file: AtomicFile,
    },
    /// 16-bit samples without a known end.
    Stream {
        /// What takes them.
        out: BufWriter<Box<dyn Write + Send>>,
        /// The dither's seed.
        seed: u64,
        /// Frames written so far.
        frames: u64,
        /// The samples written last.
        rounded: Vec<i16>,
    },
}

impl WavFile {
    /// A file of floating-point samples, which appears when it is whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn file(file: AtomicFile) -> io::Result<Self> {
        let writer = WavWriter::new(file.writer()?, spec(Bits::Float)).map_err(to_io)?;
        Ok(Self::File { writer, file })
    }

    /// A stream of 16-bit samples without a known end. `seed` is the dither's.
    ///
    /// # Errors
    /// When the reader has gone.
    pub(crate) fn stream(to: Box<dyn Write + Send>, seed: u64) -> io::Result<Self> {
        let mut out = BufWriter::new(to);
        out.write_all(&wav::head(None))?;
        Ok(Self::Stream { out, seed, frames: 0, rounded: Vec::new() })
    }

    /// Writes the next frames, interleaved.
    ///
    /// # Errors
    /// When the disk is full or the reader has gone.
    pub(crate) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        match self {
            Self::File { writer, .. } => {
                samples.iter().try_for_each(|sample| writer.write_sample(*sample)).map_err(to_io)
            }
            Self::Stream { out, seed, frames, rounded } => {
                rounded.resize(samples.len(), 0);
                pcm::to_s16(*seed, *frames, samples, rounded);
                *frames += (samples.len() / CHANNELS) as u64;
                rounded.iter().try_for_each(|sample| out.write_all(&sample.to_le_bytes()))
            }
        }
    }

    /// Completes it, and puts a file in its place.
    ///
    /// # Errors
    /// When the disk is full, the reader has gone, or the path cannot be written.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::File { writer, file } => {
                writer.finalize().map_err(to_io)?;
                file.commit()
            }
            Self::Stream { mut out, .. } => out.flush(),
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
        assert!(
            refused(Bits::Sixteen)
                .ends_with("7h is not allowed; allowed is at most 6h45m in a WAV file of 16 bits")
        );
        assert!(refused(Bits::Float).ends_with("at most 3h22m in a WAV file of 32 bits"));
    }
}
