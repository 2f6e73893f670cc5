//! `aeolian render --score`: the notes as a file.

use std::path::{Path, PathBuf};

use aeolian_piece::{History, SAMPLE_RATE, log};
use aeolian_score::export::{json, midi};
use aeolian_score::{Composer, Controls};
use anyhow::{Context, bail};

use crate::cli::Usage;
use crate::part_file;

/// A score is composed in memory, where a week takes some 200 MB.
const FRAMES_MAX: u64 = 7 * 24 * 3600 * SAMPLE_RATE as u64;

/// A score that is ready to be written.
pub struct ScoreFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl ScoreFile {
    /// Composes what a station plays in its first `frames` frames, in the format that the ending of
    /// `path` asks for. Writes nothing yet.
    ///
    /// # Errors
    /// When the ending is neither `.mid` nor `.json`, or the piece is too long.
    pub fn compose(
        path: &Path,
        composer: Composer,
        controls: Controls,
        log: &[log::Entry],
        frames: u64,
    ) -> anyhow::Result<Self> {
        let shown = path.display();
        let ends_in =
            |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
        let is_midi = ends_in("mid") || ends_in("midi");
        if !is_midi && !ends_in("json") {
            bail!(Usage(format!(
                "--score: {shown} is not allowed; allowed is a name that ends in .mid or .json"
            )));
        }
        if frames > FRAMES_MAX {
            bail!(Usage("--duration: a score holds at most 7 days (168h)".to_owned()));
        }
        let history = History::compose(composer, controls, log, frames);
        let bytes = if is_midi {
            history.export(midi::write).with_context(|| format!("cannot write {shown}"))?
        } else {
            history.export(json::write).with_context(|| format!("cannot write {shown}"))?.into()
        };
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When the place cannot be written.
    pub fn write(&self) -> anyhow::Result<()> {
        part_file::write(&self.path, &self.bytes)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}
