//! The notes of a piece as a file.

use std::io;
use std::path::{Path, PathBuf};

use aeolian_piece::History;
use aeolian_score::export::json;
#[cfg(feature = "midi")]
use aeolian_score::export::midi;
use aeolian_synth::SAMPLE_RATE;

use crate::{Error, Field, Music, atomic_file};

/// A score is composed in memory, where a week takes some 200 MB.
const FRAMES_MAX: u64 = 7 * 24 * 3600 * SAMPLE_RATE as u64;

/// What a score may be called.
const ALLOWED: &str = if cfg!(feature = "midi") {
    "a name that ends in .mid or .json"
} else {
    "a name that ends in .json"
};

/// A score that is ready to be written.
#[derive(Clone, Debug)]
pub struct ScoreFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl ScoreFile {
    /// Composes the notes of `music` in the format that the ending of `path` asks for: `.mid` or
    /// `.midi`, `.json`. Writes nothing yet.
    ///
    /// # Errors
    /// [`Error::Refused`] where the ending is another or the piece is longer than seven days.
    pub fn compose(path: &Path, music: &Music) -> Result<Self, Error> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let format: fn(&History) -> io::Result<Vec<u8>> = match ending.to_str() {
            #[cfg(feature = "midi")]
            Some("mid" | "midi") => |history| history.export(midi::write).map_err(io::Error::other),
            Some("json") => |history| Ok(history.export(json::write)?.into_bytes()),
            _ => return Err(Error::path(Field::Score, path, ALLOWED)),
        };
        if music.frames > FRAMES_MAX {
            let allowed = "at most 7 days (168h) in a score".to_owned();
            return Err(Error::too_long(music.frames, allowed));
        }
        let bytes = format(&music.history()).map_err(Error::write(path.display()))?;
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// What is to be written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`] where the path cannot be written.
    pub fn write(&self) -> Result<(), Error> {
        atomic_file::write(&self.path, &self.bytes).map_err(Error::write(self.path.display()))
    }
}
