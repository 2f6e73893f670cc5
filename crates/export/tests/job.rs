//! What a job promises to the program that asks for it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aeolian_export::{Bits, Destination, Error, Field, Job, Music, ScoreFile};

const SECOND: u64 = 44_100;

fn job(frames: u64) -> Job {
    Job::new(Music::new(7, frames))
}

/// A job that makes everything that there is, in `folder`.
fn whole(folder: &Path, frames: u64) -> Job {
    let mut job = job(frames);
    job.out = Some(folder.join("a.flac").into());
    job.stems = Some(folder.join("stems"));
    job.score = Some(folder.join("a.json"));
    #[cfg(feature = "plot")]
    {
        job.plot = Some(folder.join("a.png"));
    }
    job
}

fn run(job: Job) {
    job.run(|_| ControlFlow::Continue(())).unwrap();
}

/// What must fail before anything is rendered.
fn refusal(job: Job) -> Error {
    job.run(|done| panic!("{done} frames are rendered")).unwrap_err()
}

/// Every file in a folder and its folders, with what it holds.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A stream whose bytes can be seen from outside, up to some length, where it breaks off.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    most: usize,
}

impl Write for Pipe {
    fn write(&mut self, new: &[u8]) -> io::Result<usize> {
        let mut bytes = self.bytes.lock().unwrap();
        if bytes.len() + new.len() > self.most {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        bytes.extend_from_slice(new);
        Ok(new.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stream(most: usize) -> (Destination, Arc<Mutex<Vec<u8>>>) {
    let bytes = Arc::default();
    let to = Box::new(Pipe { bytes: Arc::clone(&bytes), most });
    (Destination::Stream { name: "the pipe".to_owned(), to }, bytes)
}

#[test]
fn what_is_asked_for_together_is_what_is_asked_for_alone() {
    let (together, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(whole(together.path(), 2 * SECOND + 1));
    let asked = |fields: fn(&mut Job, Job)| {
        let mut job = job(2 * SECOND + 1);
        fields(&mut job, whole(alone.path(), 0));
        run(job);
    };
    asked(|job, whole| job.out = whole.out);
    asked(|job, whole| job.stems = whole.stems);
    asked(|job, whole| job.score = whole.score);
    #[cfg(feature = "plot")]
    asked(|job, whole| job.plot = whole.plot);
    assert!(files(together.path()) == files(alone.path()));
    assert!(files(alone.path()).len() >= 7);
}

#[test]
fn progress_is_told_every_tenth_of_a_second_from_0_to_the_end() {
    let mut told = Vec::new();
    let mut job = job(10_000);
    job.out = Some(stream(usize::MAX).0);
    let progress = |done| {
        told.push(done);
        ControlFlow::Continue(())
    };
    job.run(progress).unwrap();
    assert_eq!(told, [0, 4_410, 8_820, 10_000]);
}

#[test]
fn a_score_alone_is_not_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(3_600 * SECOND);
    job.score = Some(folder.path().join("a.json"));
    job.run(|done| panic!("{done} frames are rendered")).unwrap();
    let path = folder.path().join("a.json");
    let score = ScoreFile::compose(&path, &Music::new(7, 3_600 * SECOND)).unwrap();
    assert!(score.bytes() == fs::read(&path).unwrap());
}

#[test]
fn a_job_that_is_interrupted_leaves_everything_as_it_was() {
    for most in [0, SECOND, 2 * SECOND] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.flac"), "before").unwrap();
        let progress = |done| {
            if done < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let error = whole(folder.path(), 2 * SECOND).run(progress).unwrap_err();
        assert!(matches!(error, Error::Interrupted), "{error}");
        assert!(error.to_string().contains("no file was written"), "{error}");
        assert_eq!(files(folder.path()), [("a.flac".into(), b"before".to_vec())], "{most}");
        assert!(!folder.path().join("stems").exists());
    }
}

#[test]
fn a_refusal_names_the_field_what_was_given_and_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let path = |name: &str| folder.path().join(name);
    let refused = |fields: &dyn Fn(&mut Job), field: Field, words: [&str; 2]| {
        let mut job = job(SECOND);
        fields(&mut job);
        let error = refusal(job);
        let text = error.to_string();
        assert!(text.starts_with(&format!("{field}: ")), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert!(matches!(error, Error::Refused { field: named, .. } if named == field), "{text}");
    };
    let out = |name: &str| Some(path(name).into());
    refused(&|job| job.out = out("a.ogg"), Field::Out, ["a.ogg is not", ".wav"]);
    refused(&|job| job.stems = Some(path("file")), Field::Stems, ["file is not", "a folder"]);
    refused(&|job| job.score = Some(path("a.xml")), Field::Score, ["a.xml is not", ".json"]);
    #[cfg(feature = "plot")]
    refused(&|job| job.plot = Some(path("a.jpg")), Field::Plot, ["a.jpg is not", ".png"]);
    let float = |job: &mut Job, out| (job.out, job.bits) = (out, Bits::Float);
    refused(&|job| float(job, out("a.flac")), Field::Bits, ["32 is not", "16 for FLAC"]);
    refused(&|job| float(job, Some(stream(0).0)), Field::Bits, ["32 is not", "16 for the pipe"]);
    let long = |job: &mut Job, hours: u64| job.music.frames = hours * 3_600 * SECOND;
    refused(
        &|job| {
            long(job, 7);
            job.out = out("a.wav");
        },
        Field::Frames,
        ["7h is not", "6h45m in a WAV file of 16 bits"],
    );
    refused(
        &|job| {
            long(job, 4);
            job.stems = Some(path("new"));
        },
        Field::Frames,
        ["4h is not", "3h22m in a WAV file of 32 bits"],
    );
    refused(
        &|job| {
            long(job, 169);
            job.score = Some(path("a.json"));
        },
        Field::Frames,
        ["7days 1h is not", "7 days (168h) in a score"],
    );
    assert_eq!(files(folder.path()), [("file".into(), Vec::new())], "nothing was written");
}

#[test]
fn what_cannot_be_written_is_named_with_its_cause_before_anything_is_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no/such/a.wav");
    let mut lost = job(SECOND);
    lost.out = Some(missing.clone().into());
    let error = refusal(lost);
    assert_eq!(error.to_string(), format!("cannot write {}", missing.display()));
    let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::NotFound);
    let mut onto_folder = job(SECOND);
    onto_folder.out = Some(folder.path().to_owned().into());
    let error = refusal(onto_folder);
    assert_eq!(error.source().unwrap().to_string(), "it is a folder");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn a_stream_takes_the_samples_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut to_file = job(SECOND);
    to_file.out = Some(path.clone().into());
    run(to_file);
    let mut to_stream = job(SECOND);
    let (out, bytes) = stream(usize::MAX);
    to_stream.out = Some(out);
    run(to_stream);
    let (file, bytes) = (fs::read(path).unwrap(), bytes.lock().unwrap());
    let samples = 4 * SECOND as usize;
    assert!(file[file.len() - samples..] == bytes[bytes.len() - samples..]);
}

#[test]
fn a_stream_that_breaks_off_ends_the_job_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = whole(folder.path(), 3_600 * SECOND);
    job.out = Some(stream(100_000).0);
    let error = job.run(|_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.to_string(), "cannot write the pipe");
    let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::BrokenPipe);
    assert!(files(folder.path()).is_empty());
}
