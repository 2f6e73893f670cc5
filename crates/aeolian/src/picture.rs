//! `aeolian render --plot`: a look at the piece while it is rendered.

use std::path::{Path, PathBuf};

use aeolian_piece::{Offline, SAMPLE_RATE};
use anyhow::{Context, bail};

use crate::cli::Usage;
use crate::part_file;
use crate::plot::{Plot, Title};
use crate::sink::Tags;

/// A picture that is drawn when the piece is over. Dropped before that it leaves no file.
pub struct Picture {
    path: PathBuf,
    plot: Plot,
    title: Title,
}

impl Picture {
    /// A picture of a piece of `frames` frames, to be written to `path`.
    ///
    /// # Errors
    /// When the ending is not `.png` or the path cannot be written.
    pub fn new(path: &Path, tags: &Tags, frames: u64) -> anyhow::Result<Self> {
        let shown = path.display();
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            let text =
                format!("--plot: {shown} is not allowed; allowed is a name that ends in .png");
            bail!(Usage(text));
        }
        // A place that cannot be written is known before anything is rendered.
        drop(part_file::create(path).with_context(|| format!("cannot write {shown}"))?);
        let (seconds, bpm) = (frames / u64::from(SAMPLE_RATE), tags.bpm);
        let length = humantime::format_duration(std::time::Duration::from_secs(seconds));
        let title = Title {
            name: format!("Aeolian, seed {}", tags.seed),
            about: format!("{} · {bpm} bpm · {length}", tags.key),
        };
        Ok(Self { path: path.to_owned(), plot: Plot::new(frames, SAMPLE_RATE)?, title })
    }

    /// Where the music stands, before each stretch of it is rendered.
    pub fn follow(&mut self, station: &Offline) {
        if let Some(phrase) = station.phrases().next() {
            let transport = station.transport();
            self.plot.follow(transport.frame(), transport.next_tick(), phrase);
        }
    }

    /// Takes the next frames, interleaved.
    ///
    /// # Errors
    /// When they cannot be measured.
    pub fn push(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        self.plot.push(samples)
    }

    /// Draws the picture, and puts the file in its place.
    ///
    /// # Errors
    /// When the disk is full or the place cannot be written.
    pub fn finish(self) -> anyhow::Result<()> {
        let png = self.plot.into_png(&self.title)?;
        let failed = || format!("cannot write {}", self.path.display());
        part_file::write(&self.path, &png).with_context(failed)
    }
}
