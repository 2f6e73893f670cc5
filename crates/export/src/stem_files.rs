//! A file a part, before effects and master.

use std::fs;
use std::path::{Path, PathBuf};

use aeolian_piece::{CHUNK_SAMPLES, Offline};
use aeolian_score::Part;

use crate::atomic_file::AtomicFile;
use crate::sink::{Bits, WavFile, check_length};
use crate::{Error, Field};

/// Files of 32-bit floating-point samples, `pad.wav`, `melody.wav` and so on. They add up to the dry
/// mix, and a frame of theirs is the same frame of the mix. Dropped before [`StemFiles::finish`] they
/// leave nothing behind.
pub(crate) struct StemFiles {
    files: Vec<(PathBuf, WavFile)>,
    samples: [Vec<f32>; Part::COUNT],
    /// A folder that was made for them.
    made: Option<PathBuf>,
}

impl StemFiles {
    /// Opens a file a part in `folder`, which is made where there is none, for `frames` frames.
    ///
    /// # Errors
    /// [`Error::Refused`] where the piece is too long for the format or `folder` is a file, and
    /// [`Error::Write`] where the folder cannot be written.
    pub(crate) fn create(folder: &Path, frames: u64) -> Result<Self, Error> {
        if folder.exists() && !folder.is_dir() {
            return Err(Error::path(Field::Stems, folder, "a folder"));
        }
        check_length(Bits::Float, frames)?;
        let made = if folder.is_dir() {
            None
        } else {
            fs::create_dir(folder).map_err(Error::write(folder.display()))?;
            Some(folder.to_owned())
        };
        let samples = std::array::from_fn(|_| vec![0.0; CHUNK_SAMPLES]);
        let mut stems = Self { files: Vec::new(), samples, made };
        for part in Part::ALL {
            let path = folder.join(part.name()).with_extension("wav");
            let file = AtomicFile::create(&path);
            // Floating-point samples take no dither.
            let wav = file.and_then(WavFile::file);
            let wav = wav.map_err(Error::write(path.display()))?;
            stems.files.push((path, wav));
        }
        Ok(stems)
    }

    /// Renders the next frames of the mix, at most a chunk of them, and writes those of the stems.
    /// To be called from the station's first frame on.
    ///
    /// # Errors
    /// [`Error::Write`] where the disk is full.
    ///
    /// # Panics
    /// Where `mix` is longer than a chunk.
    pub(crate) fn render(&mut self, station: &mut Offline, mix: &mut [f32]) -> Result<(), Error> {
        let mut stems = self.samples.each_mut().map(|stem| &mut stem[..mix.len()]);
        station.render_stems(mix, &mut stems);
        for ((path, wav), samples) in self.files.iter_mut().zip(stems) {
            wav.write(samples).map_err(Error::write(path.display()))?;
        }
        Ok(())
    }

    /// Completes the files, and puts them in their places.
    ///
    /// # Errors
    /// [`Error::Write`] where the disk is full or a path cannot be written.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        for (path, wav) in self.files.drain(..) {
            wav.finish().map_err(Error::write(path.display()))?;
        }
        Ok(())
    }
}

impl Drop for StemFiles {
    fn drop(&mut self) {
        self.files.clear();
        if let Some(folder) = &self.made {
            // Only an empty folder goes: one with stems in it is what was asked for.
            let _ = fs::remove_dir(folder);
        }
    }
}
