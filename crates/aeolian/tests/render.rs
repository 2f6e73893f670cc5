//! `aeolian render`, as a person uses it: the real binary in a scratch folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn aeolian(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aeolian")).current_dir(folder).args(args).output().unwrap()
}

fn render(folder: &Path, name: &str, args: &[&str]) -> Vec<u8> {
    let output = aeolian(folder, &[&["render", name, "--duration", "20s"], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join(name)).unwrap()
}

/// Runs what must fail, and gives its exit code and what it says.
fn refusal(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = aeolian(folder, args);
    assert!(output.stdout.is_empty());
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_other_music() {
    let folder = tempfile::tempdir().unwrap();
    let first = render(folder.path(), "a.wav", &["--seed", "7"]);
    assert!(first == render(folder.path(), "b.wav", &["--seed", "7"]));
    assert!(first != render(folder.path(), "c.wav", &["--seed", "8"]));
    assert!(first != render(folder.path(), "d.wav", &["--seed", "7", "--bpm", "120"]));
}

#[test]
fn a_file_has_the_length_that_was_asked_for_and_holds_music() {
    let folder = tempfile::tempdir().unwrap();
    render(folder.path(), "a.wav", &["--seed", "7"]);
    let mut wav = hound::WavReader::open(folder.path().join("a.wav")).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().sample_rate), (2, 44_100));
    assert_eq!(wav.duration(), 20 * 44_100);
    let energy: f64 = wav.samples::<i16>().map(|s| f64::from(s.unwrap()).powi(2)).sum();
    let rms = (energy / f64::from(40 * 44_100)).sqrt();
    assert!(rms > 300.0, "root mean square {rms} of 32 768");
}

#[test]
fn standard_output_carries_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    let file = render(folder.path(), "a.wav", &["--seed", "7"]);
    let output = aeolian(folder.path(), &["render", "-", "--duration", "20s", "--seed", "7"]);
    assert!(output.status.success() && output.stdout.starts_with(b"RIFF"));
    let bytes = 20 * 44_100 * 4;
    assert!(output.stdout[output.stdout.len() - bytes..] == file[file.len() - bytes..]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aeolian"))
        .args(["render", "-", "--duration", "1h", "--seed", "7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_control_log_steers_the_piece_from_its_frame_on() {
    let folder = tempfile::tempdir().unwrap();
    let plain = render(folder.path(), "plain.wav", &["--seed", "7"]);
    let entry = r#"{"frame":441024,"revision":1,"change":{"parts":{"pad":0,"melody":0}}}"#;
    fs::write(folder.path().join("log.jsonl"), format!("{entry}\n")).unwrap();
    let steered = render(folder.path(), "steered.wav", &["--seed", "7", "--log", "log.jsonl"]);
    let same = plain.iter().zip(&steered).take_while(|(a, b)| a == b).count();
    let frame = (same - 44) / 4;
    assert!((441_024..441_024 + 2_000).contains(&frame), "they part at frame {frame}");
}

#[test]
fn bad_flags_are_refused_by_name_with_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    for (args, words) in [
        (["render", "a.wav", "--bpm", "300"], ["--bpm", "300", "60 to 120"]),
        (["render", "a.wav", "--intensity", "loud"], ["--intensity", "loud", "0 to 1"]),
        (["render", "a.wav", "--key", "H"], ["--key", "'H'", "A minor"]),
        (["render", "a.wav", "--duration", "0s"], ["--duration", "0s", "1h30m"]),
        (["render", "a.ogg", "--seed", "1"], ["OUT", "a.ogg", ".mp3"]),
        (["render", "a", "--seed", "1"], ["OUT", "a is not allowed", ".flac"]),
        (["render", "a.wav", "--bits", "24"], ["--bits", "24", "16 or 32"]),
        (["render", "a.flac", "--bits", "32"], ["--bits", "FLAC", "16"]),
        (["render", "a.opus", "--bits", "32"], ["--bits", "Opus", "16"]),
        (["render", "-", "--bits", "32"], ["--bits", "standard output", "16"]),
        (["render", "a.wav", "--plot", "a.jpg"], ["--plot", "a.jpg", ".png"]),
        (["render", "a.wav", "--duration", "10h"], ["--duration", "6h45m", "WAV"]),
    ] {
        let (code, text) = refusal(folder.path(), &args);
        assert_eq!(code, 2, "{args:?}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{args:?}: {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        ["no/such/a.wav"].as_slice(),
        &["no/such/a.flac"],
        &["no/such/a.opus"],
        &["--plot", "no/such/a.png"],
    ] {
        let (code, text) = refusal(folder.path(), &[&["render"], args].concat());
        assert_eq!(code, 1);
        assert!(text.contains(&format!("cannot write {}", args[args.len() - 1])), "{text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn flac_and_wav_hold_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    render(folder.path(), "a.wav", &["--seed", "7"]);
    render(folder.path(), "a.FLAC", &["--seed", "7", "--key", "F# dorian"]);
    render(folder.path(), "b.flac", &["--seed", "7"]);
    let mut wav = hound::WavReader::open(folder.path().join("a.wav")).unwrap();
    let mut flac = claxon::FlacReader::open(folder.path().join("b.flac")).unwrap();
    let from_wav = wav.samples::<i32>().map(Result::unwrap);
    assert!(from_wav.eq(flac.samples().map(Result::unwrap)));
    let other = claxon::FlacReader::open(folder.path().join("a.FLAC")).unwrap();
    let tags: Vec<_> = ["seed", "initialkey", "bpm"].map(|t| other.get_tag(t).next()).into();
    assert_eq!(tags, [Some("7"), Some("F# dorian"), Some("70")]);
}

#[test]
fn float_samples_are_what_the_16_bits_were_rounded_from() {
    let folder = tempfile::tempdir().unwrap();
    render(folder.path(), "16.wav", &["--seed", "7"]);
    render(folder.path(), "32.wav", &["--seed", "7", "--bits", "32"]);
    let mut rounded = hound::WavReader::open(folder.path().join("16.wav")).unwrap();
    let mut float = hound::WavReader::open(folder.path().join("32.wav")).unwrap();
    assert_eq!(float.spec().sample_format, hound::SampleFormat::Float);
    assert_eq!(float.duration(), rounded.duration());
    for (float, rounded) in float.samples::<f32>().zip(rounded.samples::<i16>()) {
        let (float, rounded) = (float.unwrap() * 32_767.0, f32::from(rounded.unwrap()));
        // Dither of up to a step, and rounding.
        assert!((float - rounded).abs() <= 1.51, "{float} became {rounded}");
    }
}

#[test]
fn a_plot_is_drawn_beside_the_audio_or_alone() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--seed", "7", "--plot", "a.png"];
    let beside = render(folder.path(), "a.wav", &args);
    let picture = fs::read(folder.path().join("a.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(beside == render(folder.path(), "b.wav", &["--seed", "7"]), "it changes no sample");
    let alone = ["render", "--duration", "20s", "--seed", "7", "--plot", "b.png"];
    assert!(aeolian(folder.path(), &alone).status.success());
    assert!(picture == fs::read(folder.path().join("b.png")).unwrap());
}

#[test]
fn stems_are_a_file_a_part_as_long_as_the_mix() {
    let folder = tempfile::tempdir().unwrap();
    let mix = render(folder.path(), "a.wav", &["--seed", "7", "--stems", "stems"]);
    assert!(mix == render(folder.path(), "b.wav", &["--seed", "7"]), "they change no sample");
    let mut names: Vec<_> = fs::read_dir(folder.path().join("stems"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["bass.wav", "melody.wav", "pad.wav", "percussion.wav", "texture.wav"]);
    for name in names {
        let mut wav = hound::WavReader::open(folder.path().join("stems").join(&name)).unwrap();
        assert_eq!((wav.duration(), wav.spec().bits_per_sample), (20 * 44_100, 32));
        assert!(wav.samples::<f32>().all(|sample| sample.unwrap().is_finite()));
    }
}

#[test]
fn stems_that_cannot_be_written_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let (code, text) = refusal(folder.path(), &["render", "a.wav", "--stems", "file"]);
    assert!(code == 2 && text.contains("--stems: file"), "{text}");
    let (code, text) = refusal(folder.path(), &["render", "--stems", "no/such"]);
    assert!(code == 1 && text.contains("no/such"), "{text}");
    let long = ["render", "--stems", "new", "--duration", "5h"];
    let (code, text) = refusal(folder.path(), &long);
    assert!(code == 2 && text.contains("3h22m"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only what was there");
}

#[cfg(unix)]
#[test]
fn an_interrupted_render_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_aeolian"))
        .current_dir(folder.path())
        .args(["render", "a.wav", "--duration", "6h", "--seed", "7", "--plot", "a.png"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while fs::read_dir(folder.path()).unwrap().count() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
