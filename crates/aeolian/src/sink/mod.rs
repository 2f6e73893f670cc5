//! Where a piece goes: a file whose ending names its format, or a stream.

mod flac;
mod opus;
mod wav;

pub use wav::Wav;

use std::io;
use std::path::Path;

use anyhow::{Context, bail};

use crate::cli::Usage;
use crate::part_file;

/// How samples are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits {
    /// 16-bit integers, dithered.
    Sixteen,
    /// 32-bit floating point, as they were rendered.
    Float,
}

/// What a file says about the music that it holds.
#[derive(Clone, Debug)]
pub struct Tags {
    /// The station's seed.
    pub seed: u64,
    /// The key that it starts in.
    pub key: String,
    /// The tempo that it starts with, in beats a minute.
    pub bpm: f64,
}

impl Tags {
    /// As Vorbis comments: <https://xiph.org/vorbis/doc/v-comment.html>.
    fn comments(&self) -> Vec<String> {
        vec![
            format!("TITLE=Aeolian, seed {}", self.seed),
            "ARTIST=Aeolian".to_owned(),
            "GENRE=Ambient".to_owned(),
            format!("SEED={}", self.seed),
            format!("INITIALKEY={}", self.key),
            format!("BPM={}", self.bpm),
            format!("ENCODER=Aeolian {}", env!("CARGO_PKG_VERSION")),
        ]
    }
}

/// A piece on its way out. Dropped before [`Sink::finish`] it leaves no file.
pub enum Sink {
    /// RIFF WAVE.
    Wav(Wav),
    /// Free Lossless Audio Codec.
    Flac(Box<flac::Flac>),
    /// Opus in Ogg.
    Opus(Box<opus::Opus>),
}

/// What OUT may be called.
const ALLOWED: &str = "a name that ends in .wav, .flac or .opus, or - for WAV on standard output";

impl Sink {
    /// Opens `path` for `frames` frames; `-` is standard output.
    ///
    /// # Errors
    /// When the ending names no format, the format cannot keep such samples or such a length, or
    /// the path cannot be written.
    pub fn create(path: &Path, bits: Bits, frames: u64, tags: &Tags) -> anyhow::Result<Self> {
        let shown = path.display();
        let failed = || format!("cannot write {shown}");
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        if path == Path::new("-") {
            refuse_float(bits, "standard output")?;
            return Ok(Self::Wav(Wav::stream(Box::new(io::stdout()), tags.seed)?));
        }
        if path.is_dir() {
            bail!("cannot write {shown}: it is a folder");
        }
        if path.exists() && !path.is_file() {
            refuse_float(bits, "a stream")?;
            let device = std::fs::File::create(path).with_context(failed)?;
            return Ok(Self::Wav(Wav::stream(Box::new(device), tags.seed)?));
        }
        match ending.to_str() {
            Some("wav") => {
                wav::check_length(bits, frames)?;
                let part = part_file::create(path).with_context(failed)?;
                Ok(Self::Wav(Wav::file(part, path, bits, tags.seed).with_context(failed)?))
            }
            Some("flac") => {
                refuse_float(bits, "FLAC")?;
                let part = part_file::create(path).with_context(failed)?;
                let flac = flac::Flac::new(part, path, tags).with_context(failed)?;
                Ok(Self::Flac(Box::new(flac)))
            }
            Some("opus") => {
                refuse_float(bits, "Opus")?;
                let part = part_file::create(path).with_context(failed)?;
                let opus = opus::Opus::new(part, path, tags).with_context(failed)?;
                Ok(Self::Opus(Box::new(opus)))
            }
            _ => bail!(Usage(format!("OUT: {shown} is not allowed; allowed is {ALLOWED}"))),
        }
    }

    /// Writes the next frames, interleaved L R L R ….
    ///
    /// # Errors
    /// When the disk is full or the reader has gone.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        match self {
            Self::Wav(wav) => wav.write(samples),
            Self::Flac(flac) => flac.write(samples),
            Self::Opus(opus) => opus.write(samples),
        }
    }

    /// Completes the file, and puts it in its place.
    ///
    /// # Errors
    /// When the disk is full, the reader has gone, or the place cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Wav(wav) => wav.finish(),
            Self::Flac(flac) => flac.finish(),
            Self::Opus(opus) => opus.finish(),
        }
    }
}

fn refuse_float(bits: Bits, place: &str) -> anyhow::Result<()> {
    if bits == Bits::Float {
        bail!(Usage(format!("--bits: 32 is not allowed for {place}; allowed is 16")));
    }
    Ok(())
}
