//! A folder in which stations are kept: what they were born with, and their control logs.
//!
//! Each station has a folder of its name with two files. `station.json` holds its seed, the controls
//! that it was born with, and the frame that it had reached, and by which engine version and which
//! chord tables its music can be told from other music; and from where it can be taken up, so that a start
//! takes no longer the more was played. It is replaced as a whole.
//! `control.jsonl` is its control log, which is only ever appended to, with what waits for its bar
//! or phrase: see [`aeolian_piece::log`].
//!
//! A change is handed to the system within milliseconds of its answer, and forced to the disk within
//! a second: what was answered survives the end of this process at once, and the end of the
//! machine after that. The frame is noted every minute that is heard, and when the station ends.

mod checkpoint;

mod birth;

mod journal;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aeolian_piece::log::{self, Delayed, Entry};
use aeolian_piece::{Past, chunk_of};
use aeolian_score::harmony::ChordTables;

use crate::error::Error;
use journal::{Files, Writer};

pub use birth::Birth;
pub(crate) use journal::Journal;

const STATION: &str = "station.json";
const LOG: &str = "control.jsonl";
/// No station can be called so.
const LOCK: &str = ".lock";

/// A folder of stations, which no other process has open. A clone is another handle to it.
#[derive(Clone)]
pub struct Store(Arc<OpenFolder>);

struct OpenFolder {
    folder: PathBuf,
    writer: Writer,
    /// Locked for as long as it is open.
    _lock: File,
}

/// A station as it is kept, and where what becomes of it is written.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) birth: Birth,
    pub(crate) past: Past,
    pub(crate) journal: Journal,
}

/// The chunk with which a station goes on: what it had not reached, and later than every change, so
/// that what is asked now is composed apart from what was asked then.
fn first_chunk(reached: u64, log: &[Entry]) -> u64 {
    let changed = log.last().map_or(0, |last| chunk_of(last.frame) + 1);
    chunk_of(reached).max(changed)
}

impl Store {
    /// Opens a folder, which is made where it is not there.
    ///
    /// # Errors
    /// [`Error::Kept`] where it cannot be made or written, or another process has it open;
    /// [`Error::NoThread`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let refuse = |error: io::Error| Error::kept(folder, error);
        fs::create_dir_all(folder).map_err(refuse)?;
        let lock = File::create(folder.join(LOCK)).map_err(refuse)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                Error::kept(folder, "another server keeps its stations here")
            }
            TryLockError::Error(error) => refuse(error),
        })?;
        let writer = Writer::start()?;
        Ok(Self(Arc::new(OpenFolder { folder: folder.to_owned(), writer, _lock: lock })))
    }

    /// The names of the stations, in order.
    ///
    /// # Errors
    /// [`Error::Kept`] where the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let folder = &self.0.folder;
        let refuse = |error: io::Error| Error::kept(folder, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(refuse)? {
            let entry = entry.map_err(refuse)?;
            if entry.path().join(STATION).is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(names)
    }

    /// What a station was born with, if it is kept.
    ///
    /// # Errors
    /// [`Error::Kept`] where its file cannot be read.
    pub fn find(&self, name: &str) -> Result<Option<Birth>, Error> {
        Birth::read(&self.0.folder.join(name).join(STATION))
    }

    /// Keeps a station from now on: one that is there as it is, a new one as it is born. A log
    /// whose end is torn loses it.
    ///
    /// # Errors
    /// [`Error::Kept`] where its files cannot be read or written, or its log is broken before its
    /// end.
    pub(crate) fn keep(
        &self,
        name: &str,
        birth: &Birth,
        chords: &ChordTables,
    ) -> Result<Kept, Error> {
        let folder = self.0.folder.join(name);
        let (path, log) = (folder.join(STATION), folder.join(LOG));
        let mut kept = match Birth::read(&path)? {
            Some(kept) => {
                if let Some(reason) = kept.strays_from(birth) {
                    tracing::warn!(
                        station = name,
                        reason,
                        "music continues differently; what was streamed can no longer be rendered again"
                    );
                }
                kept
            }
            None => {
                fs::create_dir_all(&folder).map_err(|error| Error::kept(&folder, error))?;
                birth.write(&path).map_err(|error| Error::kept(&path, error))?;
                birth.clone()
            }
        };
        kept.checkpoint.take_if(|checkpoint| !checkpoint.is_from(&birth.origin()));
        let refuse = |error: io::Error| Error::kept(&log, error);
        let file =
            File::options().create(true).read(true).append(true).open(&log).map_err(refuse)?;
        let text = fs::read(&log).map_err(refuse)?;
        let whole = log::read_whole(&text).map_err(|error| Error::kept(&log, error))?;
        if whole.bytes < text.len() {
            let lost = text.len() - whole.bytes;
            tracing::warn!(
                station = name,
                lost_bytes = lost,
                "control log ends in an incomplete line; truncating it"
            );
            file.set_len(whole.bytes as u64).map_err(refuse)?;
        }
        let files = Files::new(name.to_owned(), path, kept.clone(), birth.origin(), file);
        let journal = Journal::new(files, &self.0.writer);
        let (log, mut delayed) = (whole.entries, whole.delayed);
        Delayed::sort(&mut delayed);
        let first_chunk = first_chunk(kept.frame, &log);
        let checkpoint = kept.checkpoint.as_ref().and_then(|checkpoint| {
            let read = checkpoint.read(kept.seed, chords);
            let refuse = |reason| {
                tracing::warn!(
                    station = name,
                    reason,
                    "unreadable checkpoint; recomposing from the station's birth"
                );
            };
            read.map_err(refuse).ok()
        });
        let past = Past { log, delayed, first_chunk, checkpoint };
        Ok(Kept { birth: kept, past, journal })
    }

    /// Forgets a station for good.
    ///
    /// # Errors
    /// [`Error::Kept`] where its files cannot be removed.
    pub(crate) fn forget(&self, name: &str) -> Result<(), Error> {
        let folder = self.0.folder.join(name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::kept(&folder, error))
            }
            _ => Ok(()),
        }
    }

    /// Waits until everything is on the disk that stations have written so far.
    pub fn sync(&self) {
        self.0.writer.sync();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_score::Controls;

    #[test]
    fn a_station_is_found_under_any_name_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let chords = ChordTables::built_in();
        let birth = Birth::new(9, Controls::default(), &chords);
        for name in ["lock", "-", "night_2"] {
            assert_eq!(store.find(name).unwrap(), None);
            store.keep(name, &birth, &chords).unwrap();
        }
        assert_eq!(store.names().unwrap(), ["-", "lock", "night_2"]);
        assert_eq!(store.find("lock").unwrap(), Some(birth.clone()));
        let again =
            store.keep("lock", &Birth::new(1, Controls::default(), &chords), &chords).unwrap();
        assert_eq!(again.birth, birth, "it is as it was born");
        store.forget("lock").unwrap();
        store.forget("lock").unwrap();
        assert_eq!(store.names().unwrap(), ["-", "night_2"]);
    }

    #[test]
    fn a_folder_is_open_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let error = Store::open(folder.path()).err().unwrap().to_string();
        assert!(error.ends_with("another server keeps its stations here"), "{error}");
        drop(store);
        Store::open(folder.path()).unwrap();
    }
}
