//! Why a piece was not exported.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use aeolian_synth::SAMPLE_RATE;

/// Why a piece was not exported. Whichever it is, no file is there in part: a file is whole, or as it
/// was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field of what was asked for is not allowed, alone or beside the others.
    #[error("{field}: {given} is not allowed; allowed is {allowed}")]
    Refused {
        /// The field.
        field: Field,
        /// What was given. Lengths are in hours, minutes and seconds.
        given: String,
        /// What would be taken.
        allowed: String,
    },
    /// A file, folder or stream cannot be written. The source says why: a disk that is full, a
    /// reader that has gone.
    #[error("cannot write {name}")]
    Write {
        /// What was to be written: a path, or a stream's name.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The picture cannot be measured or encoded.
    #[error("the picture cannot be drawn: {0}")]
    Plot(String),
    /// Whoever asked for the piece wants it no more.
    #[error("interrupted: no file was written")]
    Interrupted,
}

/// A field that may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The length of the piece: [`Music::frames`](crate::Music::frames).
    Frames,
    /// Where the audio goes: [`Job::out`](crate::Job::out).
    Out,
    /// How its samples are kept: [`Job::bits`](crate::Job::bits).
    Bits,
    /// Where the stems go: [`Job::stems`](crate::Job::stems).
    Stems,
    /// Where the picture goes: `Job::plot`.
    Plot,
    /// Where the score goes: [`Job::score`](crate::Job::score).
    Score,
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Frames => "frames",
            Self::Out => "out",
            Self::Bits => "bits",
            Self::Stems => "stems",
            Self::Plot => "plot",
            Self::Score => "score",
        })
    }
}

impl Error {
    /// A path that a field may not name.
    pub(crate) fn path(field: Field, path: &Path, allowed: &str) -> Self {
        Self::Refused { field, given: path.display().to_string(), allowed: allowed.to_owned() }
    }

    /// A piece that is too long.
    pub(crate) fn too_long(frames: u64, allowed: String) -> Self {
        let given = Duration::from_secs(frames / u64::from(SAMPLE_RATE));
        let given = humantime::format_duration(given).to_string();
        Self::Refused { field: Field::Frames, given, allowed }
    }

    /// For `map_err` where `name` is written.
    pub(crate) fn write(name: impl fmt::Display) -> impl Fn(io::Error) -> Self {
        move |source| Self::Write { name: name.to_string(), source }
    }
}
