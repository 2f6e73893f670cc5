//! Chord tables are checked when they are read, and what is wrong is said precisely.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it reads the tables")]

use aeolian_score::Numeral;
use aeolian_score::harmony::ChordTables;
use aeolian_score::{Key, Mode, PitchClass};

const GOOD: &str = r#"
mode = "minor"
start = { i = 1.0 }
[next]
i = { VI = 0.5, v = 0.5 }
v = { i = 1.0 }
VI = { i = 1.0 }
[colour]
i = { i = 0.5, i7 = 0.5 }
"#;

fn refused(text: &str) -> String {
    ChordTables::from_toml(text).expect_err(text).to_string()
}

#[test]
fn every_mode_has_a_built_in_table_whose_most_probable_chord_is_its_own() {
    let tables = ChordTables::built_in();
    for mode in Mode::ALL {
        let table = tables.of(mode);
        assert!(table.chords().len() >= 5, "{mode}");
        let tonic = table.index_of(Numeral::diatonic(mode, 0)).unwrap();
        assert!(table.start()[tonic] >= 0.5, "{mode} sections start at home");
        for chord in table.chords() {
            for tone in chord.tones(Key { tonic: PitchClass::new(0), mode }) {
                let own = Key { tonic: PitchClass::new(0), mode }.contains(tone);
                assert!(own, "{chord} leaves {mode}");
            }
        }
    }
}

#[test]
fn the_archetype_in_minor_is_i_v_vi_iii() {
    let tables = ChordTables::built_in();
    let table = tables.of(Mode::Minor);
    let mut chord = table.index_of("i".parse().unwrap()).unwrap();
    let mut way = vec![table.chords()[chord].to_string()];
    for _ in 0..4 {
        let row = table.next(None, chord);
        chord = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        way.push(table.chords()[chord].to_string());
    }
    assert_eq!(way, ["i", "v", "VI", "III", "i"]);
}

#[test]
fn a_table_of_ones_own_replaces_that_of_its_mode_only() {
    let tables = ChordTables::from_toml(GOOD).unwrap();
    assert_eq!(tables.of(Mode::Minor).chords().len(), 3);
    assert_eq!(tables.of(Mode::Dorian), ChordTables::built_in().of(Mode::Dorian));
}

#[test]
fn at_order_3_the_row_of_the_pair_wins() {
    let text = GOOD
        .replace("start", "order = 3\nstart")
        .replace("[colour]", "\"v i\" = { VI = 1.0 }\n[colour]");
    let tables = ChordTables::from_toml(&text).unwrap();
    let table = tables.of(Mode::Minor);
    let index = |name: &str| table.index_of(name.parse().unwrap()).unwrap();
    assert_eq!(table.next(Some(index("v")), index("i"))[index("VI")], 1.0);
    assert_eq!(table.next(Some(index("VI")), index("i"))[index("VI")], 0.5);
}

#[test]
fn what_is_wrong_with_a_table_is_said_precisely() {
    for (from, to, says) in [
        ("VI = 0.5, v = 0.5", "VI = 0.5, v = 0.4", "next.i sum to 0.9000, not 1"),
        ("VI = 0.5, v = 0.5", "VI = 1.0", "v can never be reached"),
        ("VI = 0.5, v = 0.5", "VI = 1.5, v = -0.5", "next.i.VI: 1.5 is not allowed"),
        ("VI = 0.5, v = 0.5", "VI = 0.5, iv = 0.5", "next.i names iv, which has no row"),
        ("VI = 0.5, v = 0.5", "VI = 0.5, H = 0.5", "\"H\" is not allowed; allowed is a roman"),
        ("VI = 0.5, v = 0.5", "VI = 0.5, v = \"x\"", "line 5"),
        ("mode = \"minor\"", "mode = \"moll\"", "mode: \"moll\" is not allowed"),
        ("mode = \"minor\"", "mod = \"minor\"", "unknown field `mod`"),
        ("start", "order = 4\nstart", "order: 4 is not allowed; allowed is 2"),
        ("start", "order = 3\nstart", "order is 3, but no row is for a pair"),
        ("[colour]", "\"i v\" = { i = 1.0 }\n[colour]", "next.\"i v\" names several chords"),
        ("i7 = 0.5", "i7 = 0.6", "colour.i sum to 1.1000"),
        ("start = { i = 1.0 }", "start = {}", "start sum to 0.0000"),
        ("[colour]\ni =", "[colour]\niv =", "colour.iv names iv, which has no row"),
    ] {
        let error = refused(&GOOD.replace(from, to));
        assert!(error.contains(says), "{error}\n  should say: {says}");
    }
    let twice = format!("[[table]]{GOOD}[[table]]{GOOD}").replace("[next]", "[table.next]");
    let twice = twice.replace("[colour]", "[table.colour]");
    assert!(refused(&twice).contains("two tables for this mode"));
    assert!(refused("[next]\ni = {").contains("line 2"));
}

#[test]
fn the_built_in_tables_are_the_files_in_the_order_of_the_modes() {
    let tables = Mode::ALL.map(|mode| {
        let path = format!("{}/tables/{mode}.toml", env!("CARGO_MANIFEST_DIR"));
        let tables = ChordTables::from_toml(&std::fs::read_to_string(path).unwrap()).unwrap();
        tables.of(mode).clone()
    });
    // What kept stations recognise their tables by is made of this text.
    let text = format!("ChordTables {{ tables: {tables:?} }}");
    assert_eq!(format!("{:?}", ChordTables::built_in()), text);
}
