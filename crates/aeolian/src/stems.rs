//! `aeolian render --stems`: a file a part, before effects and master.

use std::fs;
use std::path::{Path, PathBuf};

use aeolian_piece::{CHUNK_SAMPLES, Offline};
use aeolian_score::Part;
use anyhow::{Context, bail};

use crate::cli::Usage;
use crate::sink::Wav;

/// Files of 32-bit floating-point samples, `pad.wav`, `melody.wav` and so on. They add up to the dry
/// mix, and a frame of theirs is the same frame of the mix. Dropped before [`Stems::finish`] they
/// leave nothing behind.
pub struct Stems {
    files: Vec<(PathBuf, Wav)>,
    samples: [Vec<f32>; Part::COUNT],
    /// A folder that was made for them.
    made: Option<PathBuf>,
}

impl Stems {
    /// Opens a file a part in `folder`, which is made where there is none, for `frames` frames.
    ///
    /// # Errors
    /// When the piece is too long for the format or the folder cannot be written.
    pub fn create(folder: &Path, frames: u64) -> anyhow::Result<Self> {
        let failed = || format!("cannot write {}", folder.display());
        if folder.exists() && !folder.is_dir() {
            bail!(Usage(format!(
                "--stems: {} is not allowed; allowed is a folder",
                folder.display()
            )));
        }
        let made = if folder.is_dir() {
            None
        } else {
            fs::create_dir(folder).with_context(failed)?;
            Some(folder.to_owned())
        };
        let samples = std::array::from_fn(|_| vec![0.0; CHUNK_SAMPLES]);
        let mut stems = Self { files: Vec::new(), samples, made };
        for part in Part::ALL {
            let path = folder.join(part.name()).with_extension("wav");
            let wav = Wav::create_float(&path, frames)?;
            stems.files.push((path, wav));
        }
        Ok(stems)
    }

    /// Renders the next frames of the mix, at most a chunk of them, and writes those of the stems.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn render(&mut self, station: &mut Offline, mix: &mut [f32]) -> anyhow::Result<()> {
        let mut stems = self.samples.each_mut().map(|stem| &mut stem[..mix.len()]);
        station.render_stems(mix, &mut stems);
        for ((path, wav), samples) in self.files.iter_mut().zip(stems) {
            wav.write(samples).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// Completes the files, and puts them in their places.
    ///
    /// # Errors
    /// When the disk is full or a place cannot be written.
    pub fn finish(mut self) -> anyhow::Result<()> {
        for (path, wav) in self.files.drain(..) {
            wav.finish().with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

impl Drop for Stems {
    fn drop(&mut self) {
        self.files.clear();
        if let Some(folder) = &self.made {
            // Only an empty folder goes: one with stems in it is what was asked for.
            let _ = fs::remove_dir(folder);
        }
    }
}
