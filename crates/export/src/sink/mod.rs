//! Where audio goes: a file whose ending names its format, or a stream.

mod bits;
mod coded;
mod wav;

pub use bits::Bits;
pub(crate) use wav::{WavFile, check_length};

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aeolian_codec::Codec;
use aeolian_codec::container::table;

use crate::atomic_file::AtomicFile;
use crate::tags::MusicTags;
use crate::{Error, Field};
use coded::CodedFile;

/// Where audio is to go.
pub enum Destination {
    /// A file, whose ending names its format: that of a row of
    /// [`aeolian_codec::container::ROWS`]. It appears when it is
    /// whole. A pipe or device that is there takes a WAV stream.
    File(PathBuf),
    /// A WAV stream of 16-bit samples, whose header gives the greatest length.
    Stream {
        /// What errors call it.
        name: String,
        /// What takes it. Buffered here.
        to: Box<dyn Write + Send>,
    },
}

impl From<PathBuf> for Destination {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => out.debug_tuple("File").field(path).finish(),
            Self::Stream { name, .. } => out.debug_struct("Stream").field("name", name).finish(),
        }
    }
}

/// Audio on its way out. Dropped before [`Sink::finish`] it leaves no file.
pub(crate) struct Sink {
    /// What errors call it.
    name: String,
    format: SinkFormat,
}

enum SinkFormat {
    Wav(WavFile),
    Coded(Box<CodedFile>),
}

impl Sink {
    /// Opens `destination` for `frames` frames. The seed of `tags` is the dither's, too.
    ///
    /// # Errors
    /// [`Error::Refused`] where the ending names no format or the format cannot keep such samples or
    /// such a length, and [`Error::Write`] where the destination cannot be written.
    pub(crate) fn open(
        destination: Destination,
        bits: Bits,
        frames: u64,
        tags: &MusicTags,
    ) -> Result<Self, Error> {
        match destination {
            Destination::File(path) => Self::file(&path, bits, frames, tags),
            Destination::Stream { name, to } => {
                refuse_float(bits, &name)?;
                Self::stream(name, to, tags.seed)
            }
        }
    }

    fn stream(name: String, to: Box<dyn Write + Send>, seed: u64) -> Result<Self, Error> {
        let wav = WavFile::stream(to, seed).map_err(Error::write(&name))?;
        Ok(Self { name, format: SinkFormat::Wav(wav) })
    }

    fn file(path: &Path, bits: Bits, frames: u64, tags: &MusicTags) -> Result<Self, Error> {
        let name = path.display().to_string();
        let failed = Error::write(path.display());
        if path.is_dir() {
            return Err(failed(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
        }
        if path.exists() && !path.is_file() {
            refuse_float(bits, "a stream")?;
            let device = File::create(path).map_err(failed)?;
            return Self::stream(name, Box::new(device), tags.seed);
        }
        let ending = path.extension().unwrap_or_default().to_str().unwrap_or_default();
        let Some(row) = table::by_ending(ending) else {
            let allowed = format!("a name that ends in {}", table::endings());
            return Err(Error::path(Field::Out, path, &allowed));
        };
        if row.codec == Codec::Pcm {
            check_length(bits, frames)?;
        } else {
            refuse_float(bits, row.label)?;
        }
        let file = AtomicFile::create(path).map_err(&failed)?;
        let format = match bits {
            Bits::Float => SinkFormat::Wav(WavFile::file(file).map_err(&failed)?),
            Bits::Sixteen => {
                let coded = CodedFile::new(row, file, tags).map_err(&failed)?;
                SinkFormat::Coded(Box::new(coded))
            }
        };
        Ok(Self { name, format })
    }

    /// Writes the next frames, interleaved L R L R …, from −1 to 1.
    ///
    /// # Errors
    /// [`Error::Write`] where the disk is full or the reader has gone.
    pub(crate) fn write(&mut self, samples: &[f32]) -> Result<(), Error> {
        let written = match &mut self.format {
            SinkFormat::Wav(wav) => wav.write(samples),
            SinkFormat::Coded(coded) => coded.write(samples),
        };
        written.map_err(Error::write(&self.name))
    }

    /// Completes the audio, and puts a file in its place.
    ///
    /// # Errors
    /// [`Error::Write`] where the disk is full, the reader has gone, or the path cannot be written.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let finished = match self.format {
            SinkFormat::Wav(wav) => wav.finish(),
            SinkFormat::Coded(coded) => coded.finish(),
        };
        finished.map_err(Error::write(&self.name))
    }
}

fn refuse_float(bits: Bits, destination: &str) -> Result<(), Error> {
    if bits == Bits::Float {
        let allowed = format!("16 for {destination}");
        return Err(Error::Refused { field: Field::Bits, given: "32".to_owned(), allowed });
    }
    Ok(())
}
