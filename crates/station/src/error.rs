//! What can go wrong with a station.

/// An error that a caller of this crate sees.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The station has been ended; the control had no effect.
    #[error("the station has ended: the control had no effect")]
    Ended,
    /// The station failed while the control was on its way; it had no effect.
    #[error("the station failed and is being rebuilt: the control had no effect, try again")]
    Fault,
    /// As many controls as allowed are before this one, which had no effect.
    #[error(
        "{allowed} controls {waiting} already, the most that are allowed: this one had no effect"
    )]
    Busy {
        /// What they do.
        waiting: &'static str,
        /// How many may.
        allowed: usize,
    },
    /// The system gave no thread.
    #[error("the station cannot start: cannot create a thread: {0}")]
    NoThread(#[source] std::io::Error),
    /// A value of the configuration is out of range.
    #[error("{field}: {given} is not allowed; allowed is {allowed}")]
    Refused {
        /// The field.
        field: &'static str,
        /// What was given.
        given: String,
        /// What would be taken.
        allowed: String,
    },
    /// A station of this name is there.
    #[error("the station {name} already exists")]
    Exists {
        /// The name.
        name: String,
    },
    /// No station of this name is there.
    #[error("no such station: {name}")]
    NoStation {
        /// The name.
        name: String,
    },
    /// As many stations as allowed are there.
    #[error("there are {allowed} stations already, the most that are allowed")]
    TooManyStations {
        /// How many may be there.
        allowed: usize,
    },
    /// `main` was to be ended.
    #[error("the station main does not end while the server runs")]
    MainStays,
    /// A file or folder in which stations are kept cannot be used.
    #[error("{}: {reason}", path.display())]
    Kept {
        /// Where it is.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    pub(crate) fn kept(path: &std::path::Path, reason: impl std::fmt::Display) -> Self {
        Self::Kept { path: path.to_owned(), reason: reason.to_string() }
    }
}
