//! Files that appear only when they are whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file beside its path, moved there when it is whole. Dropped before [`AtomicFile::commit`], it
/// is removed.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    part: NamedTempFile,
    path: PathBuf,
}

impl AtomicFile {
    /// Opens a file that is to appear at `path`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".aeolian-").suffix(".part");
        let folder = folder.unwrap_or(Path::new("."));
        let open = |path: &Path| File::options().read(true).write(true).create_new(true).open(path);
        // Somebody asked for the folder, and nobody for the file that the error is about.
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("the folder {}: {error}", folder.display()))
        };
        let part = builder.make_in(folder, open).map_err(named)?;
        Ok(Self { part, path: path.to_owned() })
    }

    /// What writes to the file. To be flushed before [`AtomicFile::commit`].
    ///
    /// # Errors
    /// When the process may open no more files.
    pub(crate) fn writer(&self) -> io::Result<BufWriter<File>> {
        Ok(BufWriter::new(self.part.reopen()?))
    }

    /// Puts the file at its path, in place of what is there.
    ///
    /// # Errors
    /// When the path cannot be written.
    pub(crate) fn commit(self) -> io::Result<()> {
        self.part.persist(self.path).map(drop).map_err(|error| error.error)
    }
}

/// Puts `bytes` at `path`, whole or not at all. A pipe or device is written to as it is.
///
/// # Errors
/// When the path cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        return fs::write(path, bytes);
    }
    let mut file = AtomicFile::create(path)?;
    file.part.write_all(bytes)?;
    file.commit()
}
