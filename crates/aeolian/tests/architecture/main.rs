//! The walls of the design, checked against the manifests and the sources.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use modules::Modules;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The layers, from the left; a package may depend on those to its left only.
const LAYERS: [&str; 10] = [
    "aeolian-score",
    "aeolian-synth",
    "aeolian-piece",
    "aeolian-codec",
    "aeolian-hub",
    "aeolian-station",
    "aeolian-export",
    "aeolian-wire",
    "aeolian-server",
    "aeolian",
];

/// The names of our own packages in every dependency table of a manifest.
fn own_dependencies(manifest: &toml::Table) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if name.ends_with("dependencies") {
            found.extend(table.keys().filter(|key| key.starts_with("aeolian")).cloned());
        } else if name == "target" {
            found.extend(table.values().filter_map(|v| v.as_table()).flat_map(own_dependencies));
        }
    }
    found
}

/// The packages that a package of the workspace wrongly depends on.
fn wrong_dependencies(package: &str, dependencies: &[String]) -> Vec<String> {
    let layer = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    dependencies
        .iter()
        .filter(|on| match (layer(package), layer(on)) {
            (Some(own), Some(other)) => other >= own,
            // A tool beside the layers may use them all, and none of them may use it.
            (None, Some(_)) => false,
            (_, None) => true,
        })
        .cloned()
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let mut packages = 0;
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path().join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let package = manifest["package"]["name"].as_str().unwrap();
        let wrong = wrong_dependencies(package, &own_dependencies(&manifest));
        assert!(wrong.is_empty(), "{package} must not depend on {wrong:?}");
        packages += usize::from(LAYERS.contains(&package));
    }
    assert_eq!(packages, LAYERS.len(), "every layer has its crate");
}

#[test]
fn a_dependency_that_points_the_wrong_way_is_found() {
    let manifest: toml::Table = r#"
        [package]
        name = "aeolian-synth"
        [dependencies]
        aeolian-score.workspace = true
        [target.'cfg(unix)'.dev-dependencies]
        aeolian-station = { path = "../station" }
    "#
    .parse()
    .unwrap();
    let wrong = wrong_dependencies("aeolian-synth", &own_dependencies(&manifest));
    assert_eq!(wrong, ["aeolian-station"]);
}

/// The file at the root of a crate.
fn crate_root(folder: &Path) -> PathBuf {
    let (library, binary) = (folder.join("src/lib.rs"), folder.join("src/main.rs"));
    if library.exists() { library } else { binary }
}

/// A crate's modules are declared in order: each imports only from those above it, and from what lies within it.
#[test]
fn no_import_runs_back_up_and_no_files_form_a_circle() {
    let mut wrong = Vec::new();
    let mut imports = 0;
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let modules = Modules::read(&crate_root(&folder));
        for (importer, from) in modules.imports() {
            imports += 1;
            if modules.runs_back_up(importer, &from) {
                wrong.push(format!("{name}: {} imports {}", importer.join("::"), from.join("::")));
            }
        }
        let circle = modules.in_circles();
        wrong.extend(circle.iter().map(|it| format!("{name}: {} is in a circle", it.join("::"))));
    }
    assert!(
        wrong.is_empty(),
        "{} of {imports} imports are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(imports > 300, "{imports} imports are seen");
}

#[test]
fn an_import_that_runs_back_up_and_a_circle_are_found_through_what_is_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join("src").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod first;\n\nmod wing;\n\npub use wing::Late;\n");
    write("first.rs", "use crate::Late;\nfn f() -> Late { Late }\n");
    write("wing/mod.rs", "mod a;\n\nmod b;\n\npub use b::Late;\n");
    write(
        "wing/a.rs",
        "use super::b::Late;\n#[cfg(test)]\nmod tests { use super::super::super::first; }\n",
    );
    write("wing/b.rs", "pub struct Late;\nfn f() { crate::wing::a::g(); }\n");
    let modules = Modules::read(&folder.path().join("src/lib.rs"));
    let up: Vec<_> =
        modules.imports().into_iter().filter(|(a, b)| modules.runs_back_up(a, b)).collect();
    let name = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let expected = [(&name("first"), name("wing::b")), (&name("wing::a"), name("wing::b"))];
    assert_eq!(up, expected);
    assert_eq!(modules.in_circles(), [name("wing::a"), name("wing::b")]);
}

/// What else the render thread may not touch Clippy knows (`crates/station/clippy.toml`), but it does not see
/// through the macros that log.
#[test]
fn the_render_side_logs_nothing() {
    let modules = Modules::read(&root().join("crates/station/src/lib.rs"));
    let render: Vec<_> =
        modules.0.iter().filter(|(name, _)| name[..].starts_with(&["render".to_owned()])).collect();
    for (name, module) in &render {
        for logs in ["tracing", "log"] {
            assert!(!module.names(logs), "{} names {logs}", name.join("::"));
        }
    }
    assert!(render.len() > 4, "{} files are seen", render.len());
    assert!(modules.0.values().any(|module| module.names("tracing")), "others do");
}

/// Properties are checked with the same cases every time, so that a run tells of the code and not of the day.
/// `./test --full` and `--soak` give a seed of the day.
#[test]
fn every_property_is_checked_with_the_same_cases_every_time() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let mut properties = 0;
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for block in text.split("\nproptest! {\n").skip(1) {
            let config = block.trim_start().lines().next().unwrap_or_default();
            let fixed = ["#![proptest_config(station::cases())]", "#![proptest_config(cases())]"];
            assert!(fixed.contains(&config), "{}: {config}", path.display());
            properties += 1;
        }
    }
    assert!(properties >= 4, "{properties} blocks of properties are seen");
}

/// Every source file below `folder`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | "node_modules") {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| ["rs", "js", "mjs"].iter().any(|x| e == *x)) {
            found.push(path);
        }
    }
}

/// Randomness is a function of (seed, domain, position): two uses of one domain would draw the same numbers.
#[test]
fn each_domain_of_randomness_has_a_number_of_its_own() {
    let mut domains: Vec<(u64, String)> = Vec::new();
    for name in ["score", "synth", "piece", "codec"] {
        let mut files = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut files);
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            for (i, line) in text.lines().enumerate() {
                let Some((_, value)) =
                    line.split_once("const ").and_then(|_| line.split_once("u64 = 0x"))
                else {
                    continue;
                };
                let digits = value.trim_end_matches(';').replace('_', "");
                let number = u64::from_str_radix(&digits, 16).unwrap();
                domains.push((number, format!("{}:{}", path.display(), i + 1)));
            }
        }
    }
    assert!(domains.len() > 20, "{} domains are seen", domains.len());
    domains.sort();
    for pair in domains.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{} and {}", pair[0].1, pair[1].1);
    }
}

/// An invariant's test is named in backquotes at the end of its line.
#[test]
fn every_invariant_is_backed_by_a_test_of_its_name() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    sources(&root().join("web"), &mut files);
    let code: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut invariants = 0;
    for paragraph in text.split("\n\n").filter(|p| p.trim_start().starts_with("Invariant:")) {
        let name = paragraph.trim_end().trim_end_matches("`)").rsplit('`').next().unwrap();
        let sentence = name.replace('_', " ");
        assert!(
            code.contains(&format!("fn {name}(")) || code.contains(&format!("\"{sentence}\"")),
            "no test is called {name}:\n{paragraph}"
        );
        invariants += 1;
    }
    assert!(invariants >= 8, "{invariants} invariants");
}

#[test]
fn no_file_grows_past_500_lines() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    sources(&root().join("web"), &mut files);
    for path in files {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines: split it", path.display());
    }
}
