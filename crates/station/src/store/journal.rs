//! What becomes of stations, on its way to the disk: one thread writes for all of them, so that
//! nobody who makes music waits for a disk.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aeolian_piece::Checkpoint;
use aeolian_piece::log::{Delayed, Entry};

use super::birth::Birth;
use super::checkpoint::Origin;
use crate::error::Error;
use crate::lock::lock;

/// How long a change may have been written before it is forced to the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Notes that may wait for the disk.
const NOTES_MAX: usize = 4_096;

/// The files of one station.
#[derive(Debug)]
pub(crate) struct Files {
    name: String,
    /// `station.json`.
    path: PathBuf,
    birth: Mutex<Birth>,
    /// Where checkpoints come from now.
    origin: Origin,
    log: File,
    /// Nothing is written any more: the log must not have a gap, or the station is forgotten.
    closed: AtomicBool,
}

enum JournalNote {
    /// Lines for a log.
    Lines(Arc<Files>, String),
    /// The frame that a station has reached, and from where it can be taken up.
    Frame(Arc<Files>, u64, Option<Checkpoint>),
    /// Everything before is to be on the disk.
    Sync(SyncSender<()>),
}

/// The thread. It ends when nobody is left who could write.
pub(super) struct Writer(SyncSender<JournalNote>);

/// What one station writes. A clone writes to the same files.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    files: Arc<Files>,
    notes: SyncSender<JournalNote>,
}

impl Files {
    pub(super) fn new(
        name: String,
        path: PathBuf,
        birth: Birth,
        origin: Origin,
        log: File,
    ) -> Self {
        let (birth, closed) = (Mutex::new(birth), AtomicBool::new(false));
        Self { name, path, birth, origin, log, closed }
    }

    /// Replaces `station.json`. What was asked for before is on the disk by then: a checkpoint must not
    /// know of more than the log.
    fn reached(&self, frame: u64, checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        self.log.sync_data()?;
        let mut birth = lock(&self.birth);
        birth.frame = frame;
        // The conductor is ahead of what is heard: it may stand in a phrase that is still to come.
        if let Some(checkpoint) = checkpoint.filter(|checkpoint| checkpoint.frame <= frame) {
            birth.checkpoint = Some(self.origin.write(checkpoint)?);
        }
        birth.write(&self.path)
    }

    /// Gives a station's files up, where that was not done before.
    fn give_up(&self, reason: &dyn std::fmt::Display) {
        if !self.closed.swap(true, Relaxed) {
            tracing::error!(station = self.name, %reason, "cannot write the control log; changes no longer survive a restart");
        }
    }

    fn try_to(&self, write: impl FnOnce() -> io::Result<()>) {
        if !self.closed.load(Relaxed)
            && let Err(error) = write()
        {
            self.give_up(&error);
        }
    }
}

impl Writer {
    pub(super) fn start() -> Result<Self, Error> {
        let (notes, written) = sync_channel(NOTES_MAX);
        let thread = std::thread::Builder::new().name("store".to_owned());
        thread.spawn(move || write(&written)).map_err(Error::NoThread)?;
        Ok(Self(notes))
    }

    pub(super) fn sync(&self) {
        let (done, synced) = sync_channel(1);
        // Where the thread has gone there is nothing to wait for.
        if self.0.send(JournalNote::Sync(done)).is_ok() {
            let _ = synced.recv();
        }
    }
}

impl Journal {
    pub(super) fn new(files: Files, writer: &Writer) -> Self {
        Self { files: Arc::new(files), notes: writer.0.clone() }
    }

    /// Writes changes behind those before. Never waits.
    pub(crate) fn append(&self, entries: &[Entry]) {
        if !entries.is_empty() {
            let lines = entries.iter().map(|entry| entry.to_line() + "\n").collect();
            self.note(JournalNote::Lines(self.files.clone(), lines));
        }
    }

    /// Writes a change that waits for its bar or phrase behind those before. Never waits.
    pub(crate) fn append_delayed(&self, delayed: &Delayed) {
        self.note(JournalNote::Lines(self.files.clone(), delayed.to_line() + "\n"));
    }

    /// Notes the frame that the station has reached, and from where it can be taken up. Never waits.
    pub(crate) fn reached(&self, frame: u64, checkpoint: Option<Checkpoint>) {
        self.note(JournalNote::Frame(self.files.clone(), frame, checkpoint));
    }

    /// Whether what is noted is written: the disk has not failed, and nobody has closed it.
    pub(crate) fn is_open(&self) -> bool {
        !self.files.closed.load(Relaxed)
    }

    /// Writes nothing any more, also of what was noted before.
    pub(crate) fn close(&self) {
        self.files.closed.store(true, Relaxed);
    }

    fn note(&self, note: JournalNote) {
        match self.notes.try_send(note) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.files.give_up(&"the disk is too slow"),
            Err(TrySendError::Disconnected(_)) => self.files.give_up(&"nobody writes any more"),
        }
    }
}

fn write(notes: &Receiver<JournalNote>) {
    let mut unsynced: Vec<Arc<Files>> = Vec::new();
    let mut sync_at = Instant::now();
    loop {
        if Instant::now() >= sync_at {
            sync(&mut unsynced);
        }
        let note = if unsynced.is_empty() {
            notes.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            notes.recv_timeout(sync_at.saturating_duration_since(Instant::now()))
        };
        match note {
            Ok(JournalNote::Lines(files, lines)) => {
                files.try_to(|| (&files.log).write_all(lines.as_bytes()));
                if unsynced.is_empty() {
                    sync_at = Instant::now() + SYNC_EVERY;
                }
                if !unsynced.iter().any(|other| Arc::ptr_eq(other, &files)) {
                    unsynced.push(files);
                }
            }
            Ok(JournalNote::Frame(files, frame, checkpoint)) => {
                files.try_to(|| files.reached(frame, checkpoint.as_ref()));
            }
            Ok(JournalNote::Sync(done)) => {
                sync(&mut unsynced);
                // Whoever asked may have gone.
                let _ = done.send(());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return sync(&mut unsynced),
        }
    }
}

fn sync(unsynced: &mut Vec<Arc<Files>>) {
    for files in unsynced.drain(..) {
        files.try_to(|| files.log.sync_data());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use aeolian_score::harmony::ChordTables;
    use aeolian_score::{Change, Controls};

    #[test]
    fn a_log_that_cannot_be_written_is_given_up_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let birth = Birth::new(1, Controls::default(), &ChordTables::built_in());
        let kept = store.keep("main", &birth, &ChordTables::built_in()).unwrap();
        store.sync();
        assert!(kept.journal.is_open());

        let path = folder.path().join("main").join("control.jsonl");
        let read_only = File::open(&path).unwrap();
        let files = Files::new("main".to_owned(), path, birth.clone(), birth.origin(), read_only);
        let journal = Journal::new(files, &Writer(kept.journal.notes));
        assert!(journal.is_open());
        journal.append_delayed(&Delayed::new(3840, 1, &Change::default()));
        store.sync();
        assert!(!journal.is_open());
    }
}
