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

/// What `config --check` says to a file.
fn check(text: &str, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = with_file(text);
    let mut command = aeolian(folder.path());
    command.args(["config", "--check"]);
    outcome(command.envs(environment.iter().copied()))
}

/// Asserts that both refuse a file, with these words.
fn assert_refused(text: &str, words: &[&str]) {
    for (code, said) in [check(text, &[]), serve_file(text, &[])] {
        assert_eq!(code, Some(2), "{text}: {said}");
        for word in words {
            assert!(said.contains(word), "{text}: {word:?} is not in {said}");
        }
    }
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
fn what_serve_would_refuse_the_check_refuses_by_its_line() {
    for (text, words) in [
        ("\nlisten = \"foo\"\n", &["line 2: listen: \"foo\" is not allowed", "127.0.0.1:8000"][..]),
        ("listen = \"127.0.0.1:70000\"\n", &["line 1: listen: \"127.0.0.1:70000\""]),
        ("seed = 7\nlisten = \"0.0.0.0:0\"\n", &["line 2: listen: ", "control_token"]),
        ("\ntls_cert = \"cert.pem\"\n", &["line 2: tls_cert", "tls_key"]),
        ("tls_cert = \"a.pem\"\ntls_key = \"b.pem\"\n", &["line 1: tls_cert", "a.pem"]),
        ("seed = 7\nchords = \"nope.toml\"\n", &["line 2: chords: ", "nope.toml"]),
        ("chords = \"aeolian.toml\"\n", &["line 1: chords: ", "aeolian.toml"]),
        ("[stations.a]\nchords = \"nope.toml\"\n", &["line 2: stations.a.chords: ", "nope.toml"]),
        ("\n[stations.\"BAD name\"]\nseed = 1\n", &["line 2: stations.\"BAD name\"", "a–z"]),
        ("[stations.\"a.b\"]\nseed = 1\n", &["line 1: stations.\"a.b\"", "a–z"]),
        ("[stations.main]\n", &["line 1: stations.main", "outside every table"]),
        ("[limits]\nstations = 1\n[stations.a]\nseed = 1\n", &["line 3: stations.a", "1"]),
        ("key = \"A minor\"\nmode = \"dorian\"\n", &["line 2: mode: "]),
    ] {
        assert_refused(text, words);
    }
}

#[test]
fn a_refusal_of_a_line_names_no_flag_that_nobody_gave() {
    for text in ["listen = \"foo\"", "chords = \"nope.toml\"", "tls_cert = \"a\"\ntls_key = \"b\""]
    {
        let (_, said) = serve_file(text, &[]);
        assert!(!said.contains("--") && said.contains("aeolian.toml: line 1: "), "{said}");
    }
}

#[test]
fn the_check_takes_the_environment_into_account_as_serve_does() {
    let file = "listen = \"0.0.0.0:0\"\n";
    let (code, said) = check(file, &[("AEOLIAN_CONTROL_TOKEN", "long-enough")]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn hosts_and_origins_that_no_browser_could_send_are_refused() {
    for (flag, setting, variable, bad) in [
        ("--allow-host", "allowed_hosts", "AEOLIAN_ALLOW_HOST", "http://x/"),
        ("--allow-host", "allowed_hosts", "AEOLIAN_ALLOW_HOST", "radio.example.org:8000"),
        ("--allow-origin", "allowed_origins", "AEOLIAN_ALLOW_ORIGIN", "foo"),
        ("--allow-origin", "allowed_origins", "AEOLIAN_ALLOW_ORIGIN", "https://a.example/"),
    ] {
        let allowed = if setting == "allowed_hosts" { "radio.example.org" } else { "https://" };
        for (code, said) in [serve(&[flag, bad], &[]), serve(&[], &[(variable, bad)])] {
            assert!(code == Some(2) && said.contains(bad) && said.contains(flag), "{said}");
            assert!(said.contains("allowed is") && said.contains(allowed), "{said}");
        }
        let place = format!("line 2: {setting}: \"{bad}\" is not allowed; allowed is");
        assert_refused(&format!("\n{setting} = [\"{bad}\"]\n"), &[&place, allowed]);
    }
    let good = [
        ("AEOLIAN_ALLOW_HOST", "radio.example.org,nas"),
        ("AEOLIAN_ALLOW_ORIGIN", "https://a.example:8443, http://[::1]:3000,*"),
    ];
    let (code, said) = serve(&[], &good);
    assert_eq!(code, None, "{said}");
}

#[test]
fn a_log_filter_that_cannot_be_read_is_refused() {
    let (code, said) = serve(&[], &[("AEOLIAN_LOG", "foo===bar")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("AEOLIAN_LOG: \"foo===bar\" is not allowed; allowed is"), "{said}");
    assert!(said.contains("warn"), "{said}");
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
fn the_file_takes_every_seed_that_the_flag_takes() {
    let (code, said) = check("seed = 18446744073709551615\n", &[]);
    assert_eq!(code, Some(0), "{said}");
    let allowed = "is not allowed; allowed is a whole number from 0 to 18446744073709551615";
    for given in ["18446744073709551616", "-1", "1.5"] {
        let refusal = format!("line 1: seed: {given} {allowed}");
        assert_refused(&format!("seed = {given}\n"), &[&refusal]);
    }
}

#[test]
fn every_wrong_part_is_refused_by_its_own_line() {
    let parts = "allowed is one of pad, melody, bass, percussion, texture";
    let foo = format!("line 3: parts.foo: 1 is not allowed; {parts}");
    let pad = "line 2: parts.pad: 2 is not allowed; allowed is a number from 0 to 1";
    assert_refused("[parts]\npad = 2\nfoo = 1\n", &[&foo, pad]);
    assert_refused("parts = 3\n", &["line 1: parts: 3 is not allowed"]);
    let garden = "line 2: stations.garden.parts.pad: -1 is not allowed";
    assert_refused("[stations.garden]\nparts = { pad = -1 }\n", &[garden]);
}

#[test]
fn a_station_is_offered_only_settings_that_it_has() {
    let (_, said) = check("[stations.x]\nlisten = \"a\"\n", &[]);
    let (refused, offered) = said.split_once("there is no such setting; there are ").unwrap();
    assert!(refused.contains("line 2: stations.x.listen"), "{said}");
    assert!(offered.contains("seed") && offered.contains("chords"), "{said}");
    assert!(!offered.contains("listen") && !offered.contains("limits"), "{said}");
}

#[test]
fn controls_are_not_open_and_guarded_at_once() {
    let (code, said) = serve(&["--open-control", "--control-token", "long-enough"], &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--open-control") && said.contains("--control-token"), "{said}");
    let text = "\nopen_control = true\ncontrol_token = \"long-enough\"\n";
    assert_refused(text, &["line 2: open_control", "control_token"]);
    let (code, said) = serve(&["--open-control", "--listen-token", "long-enough"], &[]);
    assert_eq!(code, None, "{said}");
}

#[test]
fn an_address_that_stands_for_all_is_printed_as_one_to_open() {
    let folder = TempDir::new().unwrap();
    let mut command = aeolian(folder.path());
    let (_, line) = outcome(command.args(["serve", "--listen", "0.0.0.0:0", "--open-control"]));
    assert!(line.contains(" http://127.0.0.1:"), "{line}");
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
