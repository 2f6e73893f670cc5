//! One fact, one row: a control's name stands in its row of `crates/score/src/control/table.rs` and
//! where the music reads it. Whatever else needs it takes it from the row; the page and its client take
//! it from `GET /api/controls`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it reads the sources")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aeolian_score::control::ROWS;

/// Where names are looked for, with the endings of the files.
const SEARCHED: &[&str] = &[
    "crates/score/src",
    "crates/synth/src",
    "crates/piece/src",
    "crates/codec/src",
    "crates/hub/src",
    "crates/station/src",
    "crates/export/src",
    "crates/wire/src",
    "crates/server/src",
    "crates/aeolian/src",
    "crates/swarm/src",
    WEB,
];
const ENDINGS: &[&str] = &["rs", "js", "html", "css"];

/// The page and its client, where the member of an object is written `name: value`, and where everyday
/// words are joined by `-`, as in `white-space`.
const WEB: &str = "web";

/// Names that are words of code as well. They count where they are quoted, and as members of
/// controls, of a change or of a state, of any object in a script; others count wherever they stand as a
/// word.
const EVERYDAY: &[&str] = &["key", "mode", "bpm", "space", "parts", "preset"];

/// What code calls controls, a change or a state, whose members are looked at.
const HOLDERS: &[&str] = &["controls", "change", "state", "old", "new"];

/// Where a control may be named: its row, presets, where rows touch each other, and where the music
/// reads it. A place that names none of these any more fails as well.
const READERS: &[(&str, &[&str])] = &[
    // The rows themselves, and the presets, which are named sets of them.
    ("crates/score/src/control/table.rs", &["*"]),
    ("crates/score/src/control/preset.rs", &["*"]),
    // Where rows touch: a key may name its mode, both make the key, and a preset is forgotten.
    ("crates/score/src/control/change.rs", &["key", "mode", "preset"]),
    // The music.
    ("crates/score/src/composer.rs", &["intensity"]),
    ("crates/score/src/ensemble/bass.rs", &["bpm"]),
    ("crates/score/src/ensemble/pad.rs", &["bpm", "intensity"]),
    ("crates/score/src/ensemble/percussion.rs", &["bpm", "intensity"]),
    ("crates/score/src/excursion.rs", &["wander"]),
    ("crates/score/src/harmony/progression.rs", &["intensity"]),
    ("crates/score/src/melody/line.rs", &["bpm"]),
    ("crates/score/src/melody/script.rs", &["intensity"]),
    ("crates/score/src/scene.rs", &["intensity"]),
    ("crates/piece/src/piece.rs", &["bpm"]),
    ("crates/synth/src/automation.rs", &["bpm"]),
    ("crates/synth/src/instrument/breath.rs", &["brightness", "intensity"]),
    ("crates/synth/src/instrument/brush.rs", &["brightness"]),
    ("crates/synth/src/mix/mapping.rs", &["brightness", "intensity", "parts", "space"]),
    ("crates/synth/src/modulation/part.rs", &["brightness", "intensity"]),
    // What tells one plan from another in a proof.
    ("crates/station/src/proofs/handover.rs", &["bpm"]),
    // What a file's tags say of its music.
    ("crates/export/src/tags.rs", &["bpm"]),
    // No control is meant: a row of a picture, a unit, a member of a chord table's file, one of a chord.
    ("crates/export/src/plot/roll.rs", &["key"]),
    ("crates/score/src/control/asked.rs", &["bpm"]),
    ("crates/score/src/harmony/table.rs", &["mode"]),
    ("crates/score/src/phrase.rs", &["key"]),
    // No control is meant: whether a shadow root is open, a frame of video that needs none before it.
    ("web/client/element.js", &["mode"]),
    ("web/client/link/opus.js", &["key"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below `folder` that has one of the endings, tests left out: they say what they test.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let left_out =
                ["tests", "test", "sim", "benches", "examples", "target", "node_modules"];
            if !left_out.contains(&name.as_str()) {
                files(&path, found);
            }
        } else if name != "sim.rs"
            && path.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it == *ending))
        {
            found.push(path);
        }
    }
}

/// The lines of code, each with its number: no comments, and nothing from a file's tests on.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_comment = false;
    let lines = text.lines().enumerate();
    lines.take_while(|(_, line)| *line != "#[cfg(test)]").filter_map(move |(i, line)| {
        let trimmed = line.trim_start();
        let comment = in_comment || trimmed.starts_with("/*") || trimmed.starts_with("<!--");
        in_comment = comment && !line.contains("*/") && !line.contains("-->");
        let code = line.split("// ").next().unwrap_or(line);
        (!comment && !trimmed.starts_with("//")).then_some((i + 1, code))
    })
}

/// Whether a line of code, of the page or not, names a control.
fn names(line: &str, name: &str, of_web: bool) -> bool {
    let everyday = EVERYDAY.contains(&name);
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || (of_web && everyday && c == '-');
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        if before.ends_with(is_word) || after.starts_with(is_word) {
            return false;
        }
        let quoted = before.ends_with(['"', '\'', '`']) && after.starts_with(['"', '\'', '`']);
        let holder = before.strip_suffix('.').map(|it| it.rsplit(|c| !is_word(c)).next());
        let member = holder.flatten().is_some_and(|it| HOLDERS.contains(&it));
        let called = after.starts_with('(');
        let given = of_web && after.starts_with(':');
        quoted || given || (member && !called) || !everyday
    })
}

#[test]
fn a_control_is_named_in_its_row_and_where_the_music_reads_it_and_nowhere_else() {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    let mut paths = Vec::new();
    for folder in SEARCHED {
        files(&root().join(folder), &mut paths);
    }
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let of_web = path.starts_with(WEB);
        let reader = READERS.iter().find(|(reader, _)| *reader == path).map(|(_, names)| *names);
        for (number, line) in code(&text) {
            for row in ROWS.iter().filter(|row| names(line, row.name, of_web)) {
                let as_read = |it: &&str| *it == row.name || *it == "*";
                match reader.and_then(|names| names.iter().find(|it| as_read(it))) {
                    Some(allowed) => drop(seen.insert((path.clone(), *allowed))),
                    None => wrong.push(format!("{path}:{number} names {}: {line}", row.name)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "take the name from the row:\n{}", wrong.join("\n"));
    for (path, names) in READERS {
        for name in *names {
            assert!(seen.contains(&((*path).to_owned(), *name)), "{path} no longer reads {name}");
        }
    }
}

#[test]
fn a_name_is_found_where_it_is_quoted_or_a_member_and_a_rare_one_anywhere() {
    for (line, name, found) in [
        ("let x = controls.key;", "key", true),
        ("let x = scene.controls.key.up(1);", "key", true),
        ("let x = chord.key;", "key", false),
        ("object.get(\"key\")", "key", true),
        ("`key`", "key", true),
        ("r#\"{\"key\": 1}\"#", "key", true),
        ("let key = 1;", "key", false),
        ("fn on(key: Key)", "key", false),
        ("change.key()", "key", false),
        ("let wander = 1;", "wander", true),
        ("let wandering = 1;", "wander", false),
        ("fn on_wander()", "wander", false),
    ] {
        assert_eq!(names(line, name, false), found, "{line}");
    }
    for (line, name, found) in [
        ("station.control({ key: 'A' });", "key", true),
        ("<div id=\"parts\">", "parts", true),
        (".choice.key:hover {", "key", true),
        ("<input id=\"line-wander\">", "wander", true),
        ("#show({ chord, key }) {", "key", false),
        ("white-space: nowrap;", "space", false),
    ] {
        assert_eq!(names(line, name, true), found, "{line}");
    }
    let text = "a\n/**\n * b\n */\nc // d\n#[cfg(test)]\ne\n";
    assert_eq!(code(text).collect::<Vec<_>>(), [(1, "a"), (5, "c ")]);
}
