//! What a registry asks of a crate, and what ours promise each other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifest(path: &Path) -> Table {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

/// The manifests of the crates, with their folders' names.
fn crates() -> Vec<(String, Table)> {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    folders.map(|path| (name(&path), manifest(&path.join("Cargo.toml")))).collect()
}

/// What is wrong with a manifest for a crate that is published.
fn lacking(package: &Table) -> Vec<String> {
    let mut wrong = Vec::new();
    if package.contains_key("publish") {
        wrong.push("publish".to_owned());
    }
    let text = |field: &str| package.get(field).and_then(Value::as_str).unwrap_or("");
    if text("description").is_empty() {
        wrong.push("description".to_owned());
    }
    for (field, at_most) in [("keywords", 5), ("categories", 5)] {
        let list = package.get(field).and_then(Value::as_array).map_or(0, Vec::len);
        if !(1..=at_most).contains(&list) {
            wrong.push(field.to_owned());
        }
    }
    for field in ["version", "edition", "rust-version", "license", "authors"] {
        let inherits = package.get(field).and_then(|field| field.get("workspace"));
        if inherits.and_then(Value::as_bool) != Some(true) {
            wrong.push(field.to_owned());
        }
    }
    wrong
}

#[test]
fn every_crate_but_the_load_generator_can_be_published() {
    for (folder, manifest) in crates() {
        let package = manifest["package"].as_table().unwrap();
        if folder == "swarm" {
            assert_eq!(package["publish"].as_bool(), Some(false));
        } else {
            let wrong = lacking(package);
            assert!(wrong.is_empty(), "crates/{folder}/Cargo.toml: {wrong:?}");
        }
    }
}

#[test]
fn our_crates_depend_on_each_other_by_path_and_in_one_version() {
    let workspace = manifest(&root().join("Cargo.toml"));
    let version = &workspace["workspace"]["package"]["version"];
    let dependencies = workspace["workspace"]["dependencies"].as_table().unwrap();
    let mut ours = 0;
    for (name, dependency) in dependencies.iter().filter(|(name, _)| name.starts_with("aeolian-")) {
        assert!(dependency.get("path").is_some(), "{name} has a path");
        assert_eq!(dependency.get("version"), Some(version), "{name} has the workspace's version");
        ours += 1;
    }
    assert!(ours >= 4, "{ours}");
    for (folder, manifest) in crates() {
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        for table in tables.iter().filter_map(|table| manifest.get(*table)?.as_table()) {
            for (name, dependency) in table.iter().filter(|(name, _)| name.starts_with("aeolian")) {
                let inherits = dependency.get("workspace").and_then(Value::as_bool);
                assert_eq!(
                    inherits,
                    Some(true),
                    "crates/{folder}: {name} comes from the workspace"
                );
            }
        }
    }
}

#[test]
fn whoever_plays_without_files_builds_no_reader_of_midi_or_toml() {
    let workspace = manifest(&root().join("Cargo.toml"));
    let score = &workspace["workspace"]["dependencies"]["aeolian-score"];
    assert_eq!(score.get("default-features").and_then(Value::as_bool), Some(false));
    for (folder, manifest) in crates().into_iter().filter(|(folder, _)| folder != "aeolian") {
        let dependencies = manifest["dependencies"].as_table().unwrap();
        let score = dependencies.get("aeolian-score");
        let features = score.and_then(|score| score.get("features"));
        assert_eq!(features, None, "crates/{folder}");
    }
}

#[test]
fn what_a_manifest_lacks_is_found() {
    let package: Table = r#"
        name = "aeolian-x"
        publish = false
        keywords = ["a", "b", "c", "d", "e", "f"]
        categories = ["multimedia::audio"]
        description = "Something"
        version = "0.1.0"
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        authors.workspace = true
    "#
    .parse()
    .unwrap();
    assert_eq!(lacking(&package), ["publish", "keywords", "version"]);
}
