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

/// What `serve` says, with these flags on a free port of this machine and this environment.
fn serve(args: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    let mut command = aeolian(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(args);
    outcome(command.envs(environment.iter().copied()))
}

/// A folder with `aeolian.toml`.
fn with_file(text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("aeolian.toml"), text).unwrap();
    folder
}

/// What `serve` says to a file.
fn serve_file(text: &str, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = with_file(text);
    let mut command = aeolian(folder.path());
    command.args(["serve", "--config", "aeolian.toml"]);
    outcome(command.envs(environment.iter().copied()))
}

#[test]
fn the_environment_closes_controls_that_the_file_opens() {
    let file = "listen = \"0.0.0.0:0\"\nopen_control = true\n";
    let (code, said) = serve_file(file, &[("AEOLIAN_OPEN_CONTROL", "false")]);
    assert!(code == Some(2) && said.contains("--open-control"), "{said}");
    let (code, said) = serve_file(file, &[]);
    assert_eq!(code, None, "{said}");
    for environment in ["true", "1", "yes"] {
        let closed = "listen = \"0.0.0.0:0\"\nopen_control = false\n";
        let (code, said) = serve_file(closed, &[("AEOLIAN_OPEN_CONTROL", environment)]);
        assert_eq!(code, None, "{said}");
    }
    let (code, said) = serve(&[], &[("AEOLIAN_OPEN_CONTROL", "flase")]);
    assert!(code == Some(2) && said.contains("allowed is true or false"), "{said}");
}

#[test]
fn a_refusal_of_a_flag_or_of_the_environment_never_shows_a_token() {
    let bad = "my secret pass";
    for role in ["listen", "control", "admin"] {
        let (flag, variable) =
            (format!("--{role}-token"), format!("AEOLIAN_{}_TOKEN", role.to_uppercase()));
        for (code, said) in [serve(&[&flag, bad], &[]), serve(&[], &[(&variable, bad)])] {
            assert_eq!(code, Some(2), "{said}");
            assert!(said.contains(&flag) && said.contains("8 to 256 characters"), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}

#[test]
fn a_number_that_is_refused_is_told_what_is_allowed() {
    let folder = TempDir::new().unwrap();
    for (args, allowed) in [
        (&["serve", "--seed", "abc"][..], "a whole number from 0 to 18446744073709551615"),
        (&["serve", "--seed", "-1"], "a whole number from 0 to 18446744073709551615"),
        (&["render", "a.wav", "--seed", "1.5"], "a whole number from 0 to 18446744073709551615"),
        (&["serve", "--bpm", "-5"], "a number from 60 to 120"),
        (&["serve", "--intensity", "-0.5"], "a number from 0 to 1"),
        (&["serve", "--key", "-1"], "A minor"),
        (&["render", "a.wav", "--duration", "-1s"], "1h30m"),
        (&["render", "a.wav", "--bits", "-16"], "16 or 32"),
        (&["learn", "a.mid", "--out", "a.toml", "--order", "5"], "2 or 3"),
        (&["learn", "a.mid", "--out", "a.toml", "--order", "-2"], "2 or 3"),
    ] {
        let (code, said) = outcome(aeolian(folder.path()).args(args));
        assert_eq!(code, Some(2), "{args:?}: {said}");
        assert!(said.contains("allowed is") && said.contains(allowed), "{args:?}: {said}");
    }
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
