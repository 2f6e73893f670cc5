//! Files that appear only when they are whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// A file beside `path`, to be moved there with `persist` when it is whole. Dropped before that,
/// it is removed.
///
/// # Errors
/// When the folder cannot be written.
pub fn create(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".aeolian-").suffix(".part");
    let folder = folder.unwrap_or(Path::new("."));
    let open = |path: &Path| File::options().read(true).write(true).create_new(true).open(path);
    // Somebody asked for the folder, and nobody for the file that the error is about.
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("the folder {}: {error}", folder.display()))
    };
    builder.make_in(folder, open).map_err(named)
}

/// Puts `bytes` at `path`, whole or not at all. A pipe or device is written to as it is.
///
/// # Errors
/// When the place cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        return fs::write(path, bytes);
    }
    let mut part = create(path)?;
    part.write_all(bytes)?;
    part.persist(path).map(drop).map_err(|error| error.error)
}
