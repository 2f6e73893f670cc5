//! What the table of controls promises for every row, those to come included: a test here asks the
//! row what it takes, and knows no name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod station;

use aeolian_score::control::ROWS;
use aeolian_score::control::change::{Apply, FieldError};
use aeolian_score::control::preset::Preset;
use aeolian_score::control::row::{Holds, Row};
use aeolian_score::control::values::Values;
use aeolian_score::{Change, Controls};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn read(name: &str, value: &Value) -> Result<Change, Vec<FieldError>> {
    Change::from_json(&Map::from_iter([(name.to_owned(), value.clone())]))
}

/// The state on the wire.
fn state(controls: &Controls) -> Map<String, Value> {
    serde_json::from_str(&serde_json::to_string(controls).unwrap()).unwrap()
}

/// Values at the edges of what a row takes.
fn allowed(row: &Row) -> Vec<Value> {
    let choices = row.values.choices();
    match row.values {
        Values::Number { lowest, highest, .. } => vec![json!(lowest), json!(highest)],
        Values::Key => vec![json!(0), json!(127), json!("C"), json!("Bb"), json!("F# dorian")],
        Values::Mode | Values::Preset => choices
            .iter()
            .flat_map(|it| [Some(it.name), it.also])
            .flatten()
            .map(Value::from)
            .collect(),
        Values::Parts => {
            choices.iter().flat_map(|it| [0, 1].map(|gain| json!({ it.name: gain }))).collect()
        }
    }
}

/// Values just outside, each with the field that a refusal names.
fn outside(row: &Row) -> Vec<(Value, String)> {
    let wrong = match row.values {
        Values::Number { lowest, highest, .. } => {
            vec![json!(lowest - 1e-6), json!(highest + 1e-6), json!("loud")]
        }
        Values::Key => vec![json!(-1), json!(128), json!(60.5), json!("H"), json!("A mineur")],
        Values::Mode | Values::Preset => vec![json!("blue"), json!(0)],
        Values::Parts => {
            let part = row.values.choices()[0].name;
            let field = format!("{}.{part}", row.name);
            let levels = [json!(-1e-6), json!(1.000_001), json!("loud")];
            return levels.map(|level| (json!({ part: level }), field.clone())).to_vec();
        }
    };
    let anything = [json!(true), json!(null), json!([])];
    wrong.into_iter().chain(anything).map(|value| (value, row.name.to_owned())).collect()
}

#[test]
fn the_state_has_exactly_the_rows_in_their_order() {
    let text = serde_json::to_string(&Controls::default()).unwrap();
    let mut rest = text.as_str();
    for row in ROWS {
        let member = format!("\"{}\":", row.name);
        rest = &rest[rest.find(&member).unwrap_or_else(|| panic!("{member} in {rest}"))..];
    }
    assert_eq!(state(&Controls::default()).len(), ROWS.len());
}

#[test]
fn every_default_can_be_asked_for_and_changes_nothing() {
    for row in ROWS.iter().filter(|row| !row.default_value().is_null()) {
        let change = read(row.name, &row.default_value()).unwrap();
        assert!(!change.is_empty(), "{}", row.name);
        assert_eq!(change.applied_to(&Controls::default()), Controls::default(), "{}", row.name);
    }
}

#[test]
fn every_control_takes_what_it_says_and_shows_what_it_took() {
    for row in ROWS {
        for value in allowed(row) {
            let change = read(row.name, &value).unwrap_or_else(|e| panic!("{e:?}"));
            let controls = change.applied_to(&Controls::default());
            let shown = &state(&controls)[row.name];
            let again = read(row.name, shown).unwrap().applied_to(&controls);
            assert_eq!(again, controls, "{}: {value} is shown as {shown}", row.name);
            if let (Values::Parts, Some(gains)) = (row.values, value.as_object()) {
                assert!(gains.iter().all(|(part, gain)| shown[part].as_f64() == gain.as_f64()));
            }
            if let Values::Number { .. } = row.values {
                assert_eq!(shown.as_f64(), value.as_f64(), "{}", row.name);
            }
        }
    }
}

#[test]
fn every_control_refuses_what_lies_outside_with_field_value_and_what_is_allowed() {
    for row in ROWS {
        for (value, field) in outside(row) {
            let errors = read(row.name, &value).expect_err(&format!("{}: {value}", row.name));
            let [error] = errors.as_slice() else { panic!("{errors:?}") };
            assert_eq!(error.field, field);
            if field == row.name {
                let refusal = FieldError::new(&field, &value, &row.values.allowed());
                assert_eq!(*error, refusal);
            }
        }
    }
    let errors = read("tempo", &json!(1)).unwrap_err();
    let fields = ROWS.iter().map(|row| row.name).chain(["apply"]).collect::<Vec<_>>().join(", ");
    assert_eq!(errors[0].allowed, format!("one of the fields {fields}"));
}

#[test]
fn every_change_comes_back_from_the_json_of_the_log() {
    for row in ROWS {
        for value in allowed(row) {
            let change = read(row.name, &value).unwrap();
            assert_eq!(Change::from_json(&change.to_json()).unwrap(), change, "{}", row.name);
            assert_eq!(change.to_json().keys().collect::<Vec<_>>(), [row.name]);
        }
    }
}

#[test]
fn a_changed_control_is_told_by_its_row() {
    for row in ROWS {
        let changed = allowed(row)
            .iter()
            .map(|value| read(row.name, value).unwrap().applied_to(&Controls::default()))
            .find(|controls| *controls != Controls::default())
            .expect("one of its values is not its default");
        assert!(changed.changed_from(&Controls::default()).any(|it| it.name == row.name));
        let undone = Controls::default().before(row.holds, &changed);
        assert!(!undone.changed_from(&changed).any(|it| it.name == row.name));
        assert_eq!(changed.changed_from(&changed).count(), 0);
    }
}

#[test]
fn a_preset_sets_only_rows_that_presets_may_set() {
    for preset in Preset::ALL {
        let sets = preset.sets();
        assert!(Change::from_json(&sets).is_ok_and(|it| !it.is_empty()), "{preset}: {sets:?}");
        for name in sets.keys() {
            let row = ROWS.iter().find(|row| row.name == name);
            assert!(row.is_some_and(|row| row.in_presets), "{preset} sets {name}");
        }
        let change = Change { preset: Some(preset), ..Change::NOTHING };
        let controls = change.applied_to(&Controls::default());
        assert_eq!(controls.preset, Some(preset));
        for row in controls.changed_from(&Controls::default()) {
            assert!(sets.contains_key(row.name) || row.values == Values::Preset, "{}", row.name);
        }
    }
}

#[test]
fn every_row_has_words() {
    for row in ROWS {
        assert!(row.about.ends_with('.') && !row.label.is_empty(), "{}", row.name);
        assert!(row.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", row.name);
        let number = matches!(row.values, Values::Number { .. });
        assert_eq!(row.slider.is_some(), number, "a number has a slider: {}", row.name);
    }
    for apply in Apply::ALL {
        assert_eq!(read("apply", &json!(apply.name())).unwrap().apply, apply);
    }
    assert!(Holds::AtOnce < Holds::NextBar);
}

#[test]
fn the_table_as_json_has_all_that_a_page_needs() {
    let row = |name: &str| ROWS.iter().find(|row| row.name == name).unwrap();
    let wander = serde_json::to_value(row("wander")).unwrap();
    assert_eq!(
        wander,
        json!({
            "name": "wander",
            "label": "Wander",
            "about": "How readily the music visits neighbouring keys.",
            "values": {
                "kind": "number", "lowest": 0.0, "highest": 1.0, "step": 0.01, "decimals": 2,
                "unit": "",
            },
            "default": 0.0,
            "holds": "next_bar",
            "in_presets": true,
            "moved": "moved how far it wanders",
            "slider": {
                "shape": "astray",
                "says": ["close by", "now and then", "often", "far", "always away"],
                "says_lowest": "at home",
                "in_player": false,
            },
            "shortcut": null,
        })
    );
    let mode = serde_json::to_value(row("mode").values).unwrap();
    assert_eq!(mode["kind"], "choice");
    assert_eq!(mode["choices"][1], json!({"name": "major", "also": "ionian", "label": "Major"}));
    assert_eq!(mode["order"], "from bright to dark");
    let key = serde_json::to_value(row("key").values).unwrap();
    assert_eq!(key["choices"][7], json!({"name": "Db", "also": "C#", "label": "D♭"}));
    let in_player = |row: &&Row| row.slider.is_some_and(|slider| slider.in_player);
    assert_eq!(ROWS.iter().filter(in_player).count(), 1, "the small player has room for one");
    assert_eq!(row("bpm").help(), "Beats per minute (60 to 120)");
    assert!(row("preset").help().ends_with("sleep, bright, drift or night)"));
}

/// Any value that a row takes.
fn any_of(row: &Row) -> BoxedStrategy<Value> {
    match row.values {
        Values::Number { lowest, highest, .. } => (lowest..=highest).prop_map(Value::from).boxed(),
        Values::Key | Values::Mode | Values::Preset => {
            proptest::sample::select(allowed(row)).boxed()
        }
        Values::Parts => {
            let names = row.values.choices().into_iter().map(|it| it.name.to_owned());
            let name = proptest::sample::select(names.collect::<Vec<_>>());
            proptest::collection::btree_map(name, 0.0..=1.0f64, 0..5)
                .prop_map(|gains| json!(gains))
                .boxed()
        }
    }
}

/// Any change: of each row nothing, or any value.
fn changes() -> impl Strategy<Value = Change> {
    let member = |row: &Row| proptest::option::of(any_of(row));
    let members: Vec<_> = ROWS.iter().map(member).collect();
    members.prop_filter_map("a key may not contradict the mode", |values| {
        let members = ROWS.iter().zip(values);
        let members = members.filter_map(|(row, value)| Some((row.name.to_owned(), value?)));
        Change::from_json(&members.collect()).ok()
    })
}

proptest! {
    #![proptest_config(station::cases())]

    #[test]
    fn any_change_comes_back_from_its_json(change in changes()) {
        prop_assert_eq!(Change::from_json(&change.to_json()).unwrap(), change);
    }

    #[test]
    fn any_controls_can_be_asked_for(change in changes()) {
        let controls = change.applied_to(&Controls::default());
        let asked = Change::from(&controls);
        prop_assert_eq!(asked.applied_to(&Controls::default()), controls);
        let read = Change::from_json(&asked.to_json()).unwrap();
        prop_assert_eq!(read.applied_to(&Controls::default()), controls);
    }

    #[test]
    fn what_is_heard_before_a_bar_differs_only_in_what_waits_for_it(
        old in changes(), new in changes(),
    ) {
        let old = old.applied_to(&Controls::default());
        let new = new.applied_to(&old);
        let before = new.before(Holds::NextBar, &old);
        prop_assert!(before.changed_from(&new).all(|row| row.holds == Holds::NextBar));
        prop_assert!(before.changed_from(&old).all(|row| row.holds != Holds::NextBar));
    }
}
