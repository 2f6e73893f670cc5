//! `aeolian learn`: chord tables from MIDI files.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aeolian_export::atomic_file;
use aeolian_score::learn::{Lesson, reading};
use anyhow::{Context, bail};

use crate::cli::LearnArgs;

/// Folders within folders are searched down to this depth, so that no loop of them is endless.
const DEPTH_MAX: usize = 32;

/// Learns from the files, writes the tables, and tells on standard output what was understood.
///
/// # Errors
/// When a path given does not exist, nothing could be learnt, or the table cannot be written.
pub fn run(args: &LearnArgs) -> anyhow::Result<()> {
    let mut lesson = Lesson::default();
    for path in &args.paths {
        let kind = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if kind.is_dir() {
            let mut files = Vec::new();
            search(path, DEPTH_MAX, &mut files)
                .with_context(|| format!("cannot read {}", path.display()))?;
            files.iter().for_each(|file| hear(&mut lesson, file));
        } else {
            hear(&mut lesson, path);
        }
    }
    let (tables, summary) = lesson.tables(args.order);
    let mut out = io::stdout().lock();
    write!(out, "{summary}")?;
    if tables.is_empty() {
        bail!(
            "too few chords were recognised for a table, so {} was not written",
            args.out.display()
        );
    }
    let text = format!(
        "# Chord tables that `aeolian learn` made from {} files. Give them to `--chords`.\n\n{tables}",
        summary.files
    );
    atomic_file::write(&args.out, text.as_bytes())
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    writeln!(out, "Wrote {}.", args.out.display())?;
    Ok(())
}

/// The MIDI files in a folder and its folders, by name. Links to folders are not followed.
fn search(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if depth > 0 {
                search(&path, depth - 1, files)?;
            }
        } else if is_midi(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_midi(path: &Path) -> bool {
    let endings = ["mid", "midi", "kar"];
    path.extension().is_some_and(|e| endings.iter().any(|ending| e.eq_ignore_ascii_case(ending)))
}

/// Learns from one file. The lesson itself tells what was left out.
fn hear(lesson: &mut Lesson, path: &Path) {
    let name = path.display().to_string();
    // One byte too many is enough to see that a file is too large, however large it is.
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let most = reading::BYTES_MAX as u64 + 1;
        io::Read::read_to_end(&mut io::Read::take(fs::File::open(path)?, most), &mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => drop(lesson.hear(&name, &bytes)),
        Err(error) => lesson.leave_out(&name, &error.to_string()),
    }
}
