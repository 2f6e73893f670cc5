//! A row in the table of controls is not enough: something must read it.

#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

mod station;

use aeolian_score::control::ROWS;
use aeolian_score::control::row::Row;
use aeolian_score::control::values::Values;
use aeolian_score::{Change, Composer, Controls, Phrase};
use serde_json::{Map, Value, json};
use station::Station;

/// A change of one control, far from its default.
fn far(row: &Row) -> Change {
    let value = match (row.values, row.values.choices().last()) {
        (Values::Number { lowest, highest, .. }, _) => {
            let default = row.default_value().as_f64().unwrap_or(lowest);
            json!(if default - lowest > highest - default { lowest } else { highest })
        }
        (Values::Parts, Some(part)) => json!({ part.name: 0 }),
        (_, Some(choice)) => json!(choice.name),
        (_, None) => unreachable!("{} takes names, and has none", row.name),
    };
    let asked: Map<String, Value> = Map::from_iter([(row.name.to_owned(), value)]);
    Change::from_json(&asked).expect("the row takes it")
}

/// Some phrases of a station: long enough for a section to leave its key.
fn composed(change: &Change) -> Vec<Phrase> {
    let controls = change.applied_to(&Controls::default());
    let mut composer = Composer::new(7);
    (0..12).map(|_| composer.compose(&controls)).collect()
}

/// The first seconds of a station.
fn rendered(change: &Change) -> Vec<f32> {
    let mut out = vec![0.0; 2 * 44_100 * 8];
    Station::new(7, change).render(&mut out, 4410);
    out
}

#[test]
fn every_control_changes_the_notes_or_the_sound() {
    let (notes, sound) = (composed(&Change::NOTHING), rendered(&Change::NOTHING));
    for row in ROWS {
        let change = far(row);
        assert_ne!(change.applied_to(&Controls::default()), Controls::default(), "{}", row.name);
        let heard = composed(&change) != notes || rendered(&change) != sound;
        assert!(heard, "nothing reads {}", row.name);
    }
}
