//! A look at a piece while it is rendered, as a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aeolian_piece::Offline;
use aeolian_synth::SAMPLE_RATE;

use crate::atomic_file::{self, AtomicFile};
use crate::plot::{Plot, Title};
use crate::tags::MusicTags;
use crate::{Error, Field};

/// A picture that is drawn when the piece is over. Dropped before that it leaves no file.
pub(crate) struct Picture {
    path: PathBuf,
    plot: Plot,
    title: Title,
}

impl Picture {
    /// A picture of a piece of `frames` frames, to be written to `path`.
    ///
    /// # Errors
    /// [`Error::Refused`] where the ending is not `.png`, and [`Error::Write`] where the path cannot
    /// be written.
    pub(crate) fn new(path: &Path, tags: &MusicTags, frames: u64) -> Result<Self, Error> {
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            return Err(Error::path(Field::Plot, path, "a name that ends in .png"));
        }
        // A path that cannot be written is known before anything is rendered.
        drop(AtomicFile::create(path).map_err(Error::write(path.display()))?);
        let length = Duration::from_secs(frames / u64::from(SAMPLE_RATE));
        let length = humantime::format_duration(length);
        let title = Title {
            name: format!("Aeolian, seed {}", tags.seed),
            about: format!("{} · {} bpm · {length}", tags.key, tags.bpm),
        };
        Ok(Self { path: path.to_owned(), plot: Plot::new(frames, SAMPLE_RATE)?, title })
    }

    /// Where the music stands, before each stretch of it is rendered.
    pub(crate) fn follow(&mut self, station: &Offline) {
        if let Some(phrase) = station.phrases().next() {
            let transport = station.transport();
            self.plot.follow(transport.frame(), transport.next_tick(), phrase);
        }
    }

    /// Takes the next frames, interleaved L R L R …; 100 ms at a time give smooth curves.
    ///
    /// # Errors
    /// [`Error::Plot`] where they cannot be measured.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<(), Error> {
        self.plot.push(samples)
    }

    /// Draws the picture, and puts the file in its place.
    ///
    /// # Errors
    /// [`Error::Plot`] where it cannot be drawn, [`Error::Write`] where the disk is full or the path
    /// cannot be written.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let png = self.plot.into_png(&self.title)?;
        atomic_file::write(&self.path, &png).map_err(Error::write(self.path.display()))
    }
}
