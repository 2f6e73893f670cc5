//! What `aeolian` says to settings that it does not take, whichever way they come.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

fn aeolian(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
    command.current_dir(folder).env("AEOLIAN_LOG", "warn");
    command
}

/// How a command ended, and what it said on standard error; none, and the line that it printed,
/// where it went on to serve.
fn outcome(command: &mut Command) -> (Option<i32>, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line.contains("plays at") {
        child.kill().unwrap();
        child.wait().unwrap();
        return (None, line);
    }
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    (child.wait().unwrap().code(), text)
}

#[test]
fn a_folder_that_is_not_there_is_named_and_no_file_that_nobody_asked_for() {
    let folder = TempDir::new().unwrap();
    for args in [&["none/x.wav"][..], &["none/x.flac"], &["--plot", "none/x.png"]] {
        let mut command = aeolian(folder.path());
        let (code, said) = outcome(command.arg("render").args(args).args(["--duration", "1s"]));
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("the folder none: ") && !said.contains(".part"), "{said}");
    }
}
