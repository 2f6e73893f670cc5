//! `aeolian bench`, as a person uses it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use aeolian_codec::Codec;

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aeolian")).arg("bench").args(args).output().unwrap()
}

#[test]
fn the_figures_of_one_subject_are_one_json_object() {
    let output = bench(&["--json", "encode"]);
    assert!(output.status.success());
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 1);
    let encode = value["encode"].as_object().unwrap();
    let mut names: Vec<_> = Codec::all().map(|codec| format!("{}_us", codec.name())).collect();
    names.push("json_us".to_owned());
    assert_eq!(encode.len(), names.len());
    for name in names {
        assert!(encode[&name].as_f64().unwrap() > 0.0, "{name}");
    }
}

#[test]
fn an_unknown_subject_is_refused_with_what_is_allowed() {
    let output = bench(&["everything"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for word in ["everything", "engine", "stations", "encode"] {
        assert!(text.contains(word), "{text}");
    }
}
