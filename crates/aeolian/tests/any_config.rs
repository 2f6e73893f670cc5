//! Configuration files that nobody meant to write. `PROPTEST_CASES` says how many.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What stands in such files: at the wrong place, most of it.
const SNIPPETS: [&str; 24] = [
    "[",
    "]",
    "[[",
    "{",
    "}",
    "\"",
    "'''",
    "=",
    ".",
    "#",
    ",",
    "\n",
    "\0",
    "\u{feff}",
    "-1",
    "1e999",
    "18446744073709551616",
    "nan",
    "1979-05-27T07:32:00Z",
    "[stations.main]\n",
    "[stations.\"a b\"]\n",
    "[limits]\n",
    "seed = 1\n",
    "parts = { bass = 2 }\n",
];

/// The sample of the project, changed here and there.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/aeolian.toml");
    let sample = fs::read(sample).unwrap();
    let edit = (any::<prop::sample::Index>(), 0..12usize, 0..SNIPPETS.len(), any::<u8>());
    proptest::collection::vec(edit, 1..8).prop_map(move |edits| {
        let mut file = sample.clone();
        for (at, removed, snippet, byte) in edits {
            let at = at.index(file.len() + 1);
            let end = (at + removed).min(file.len());
            // One in sixteen is any byte at all, UTF-8 or not.
            let put =
                if byte < 16 { vec![byte << 4] } else { SNIPPETS[snippet].as_bytes().to_vec() };
            file.splice(at..end, put);
        }
        file
    })
}

fn cases() -> ProptestConfig {
    let given = ProptestConfig { cases: 96, ..ProptestConfig::default() };
    let given = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => given,
    };
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        fixed => fixed,
    };
    ProptestConfig { failure_persistence: None, rng_seed, ..given }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_configuration_file_is_taken_or_refused_by_its_name(file in files()) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("aeolian.toml"), &file).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
        command.args(["config", "--check"]).current_dir(folder.path()).env_clear();
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => {}
            Some(1 | 2) => prop_assert!(said.contains("aeolian.toml"), "{said}"),
            code => prop_assert!(false, "{code:?}: {said}\n{}", String::from_utf8_lossy(&file)),
        }
    }
}
