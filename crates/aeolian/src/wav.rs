//! Writing WAV: to a file that appears only when it is whole, or to a stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::NamedTempFile;

use crate::cli::Usage;
use crate::part_file;

/// 16-bit stereo at the engine's rate.
const SPEC: WavSpec = WavSpec {
    channels: aeolian_stream::CHANNELS as u16,
    sample_rate: aeolian_stream::SAMPLE_RATE,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// A WAV file counts its bytes in 32 bits, header included.
const FRAMES_MAX: u64 = (u32::MAX as u64 - 64) / 4;

/// Where the samples go.
pub enum Wav {
    /// A regular file. It is written beside its place and moved there when it is whole, so that
    /// nobody ever finds half a file; dropped before that, it is removed.
    File {
        /// Writes to the part file.
        writer: WavWriter<BufWriter<File>>,
        /// Removed when dropped.
        part: NamedTempFile,
        /// Where it goes when it is whole.
        path: PathBuf,
    },
    /// Standard output, a pipe or a device: the header gives the greatest length.
    Stream(BufWriter<Box<dyn Write>>),
}

impl Wav {
    /// Opens `path` for `frames` frames; `-` is standard output.
    ///
    /// # Errors
    /// When the ending is not `.wav`, the piece does not fit a WAV file, or the path cannot be
    /// written.
    pub fn create(path: &Path, frames: u64) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Self::stream(Box::new(io::stdout()));
        }
        let shown = path.display();
        let failed = || format!("cannot write {shown}");
        if path.is_dir() {
            bail!("cannot write {shown}: it is a folder");
        }
        if path.exists() && !path.is_file() {
            return Self::stream(Box::new(File::create(path).with_context(failed)?));
        }
        if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("wav")) {
            bail!(Usage(format!(
                "OUT: {shown} is not allowed; allowed is a name that ends in .wav, or -"
            )));
        }
        if frames > FRAMES_MAX {
            bail!(Usage("--duration: a WAV file holds at most 6h45m".to_owned()));
        }
        let part = part_file::create(path).with_context(failed)?;
        let out = BufWriter::new(part.reopen().with_context(failed)?);
        let writer = WavWriter::new(out, SPEC).with_context(failed)?;
        Ok(Self::File { writer, part, path: path.to_owned() })
    }

    fn stream(out: Box<dyn Write>) -> anyhow::Result<Self> {
        let mut out = BufWriter::new(out);
        out.write_all(&SPEC.into_header_for_infinite_file())?;
        Ok(Self::Stream(out))
    }

    /// Writes interleaved samples.
    ///
    /// # Errors
    /// When the disk is full or the reader has gone.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        match self {
            Self::File { writer, .. } => {
                let mut block = writer.get_i16_writer(samples.len() as u32);
                samples.iter().for_each(|sample| block.write_sample(*sample));
                block.flush().map_err(to_io)
            }
            Self::Stream(out) => {
                samples.iter().try_for_each(|sample| out.write_all(&sample.to_le_bytes()))
            }
        }
    }

    /// Completes the file, and puts it in its place.
    ///
    /// # Errors
    /// When the disk is full, the reader has gone, or the place cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::File { writer, part, path } => {
                writer.finalize().map_err(to_io)?;
                part.persist(path).map(drop).map_err(|error| error.error)
            }
            Self::Stream(mut out) => out.flush(),
        }
    }
}

fn to_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
