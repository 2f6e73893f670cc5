//! What a composer remembers, as JSON: from it, and from the station's seed and chord tables, it can
//! be made again without all that it has composed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Composer;
use crate::ensemble::bass;
use crate::form::Form;
use crate::harmony::progression::Trail;
use crate::harmony::table::ChordTables;
use crate::harmony::voicing::{RANGES, Voicing};
use crate::melody::memory::Memory;
use crate::time::{TICKS_PER_BAR, Tick};

/// No piece lasts so long: 35 000 years at 60 beats a minute.
const START_MAX: Tick = 1 << 50;

/// The fewest bars of a phrase.
const BARS_MIN: u64 = 4;

#[derive(Serialize, Deserialize)]
struct Memo {
    index: u64,
    start: Tick,
    form: Form,
    trail: Trail,
    voicing: Voicing,
    bass: u8,
    memory: Memory,
    last_kick: Tick,
}

impl Memo {
    /// What keeps a composer from having remembered this.
    fn fault(&self, seed: u64) -> Option<&'static str> {
        let within = |pitch: u8, (low, high): (u8, u8)| (low..=high).contains(&pitch);
        let starts = self.start.is_multiple_of(TICKS_PER_BAR) && self.start <= START_MAX;
        if !starts {
            return Some("start must be that of a bar");
        }
        if self.index > self.start / (BARS_MIN * TICKS_PER_BAR) {
            return Some("index must not be above what there is room for before start");
        }
        if !self.form.is_sound(seed, self.index) {
            return Some("form must be within an arc");
        }
        if !self.voicing.iter().zip(RANGES).all(|(pitch, range)| within(*pitch, range)) {
            return Some("voicing must lie within the lanes");
        }
        if !within(self.bass, bass::RANGE) {
            return Some("bass must lie in its register");
        }
        if !self.memory.is_sound() {
            return Some("memory must hold MIDI notes");
        }
        (self.last_kick > self.start).then_some("last_kick must not come after start")
    }
}

impl Composer {
    /// What this composer remembers: a few hundred bytes, however much it has composed.
    ///
    /// # Errors
    /// None that is known: all of it can be written as JSON.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(Memo {
            index: self.index,
            start: self.start,
            form: self.form,
            trail: self.trail,
            voicing: self.voicing,
            bass: self.bass,
            memory: self.memory,
            last_kick: self.last_kick,
        })
    }

    /// The composer of the station with this seed and these tables that remembers what one with the
    /// same seed and tables has written by [`Composer::to_json`]: both go on alike.
    ///
    /// # Errors
    /// What is wrong with the JSON, where no composer has written it.
    pub fn from_json(seed: u64, tables: ChordTables, json: &Value) -> Result<Self, String> {
        let memo = Memo::deserialize(json).map_err(|error| error.to_string())?;
        if let Some(fault) = memo.fault(seed) {
            return Err(fault.to_owned());
        }
        let Memo { index, start, form, trail, voicing, bass, memory, last_kick } = memo;
        Ok(Self { seed, tables, index, start, form, trail, voicing, bass, memory, last_kick })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Controls;
    use serde_json::json;

    fn played(seed: u64, phrases: usize) -> Composer {
        let mut composer = Composer::new(seed);
        for _ in 0..phrases {
            composer.compose(&Controls::default());
        }
        composer
    }

    #[test]
    fn what_no_composer_can_remember_is_refused_by_its_field() {
        let good = played(7, 30).to_json().unwrap();
        assert!(Composer::from_json(7, ChordTables::built_in(), &good).is_ok(), "{good}");
        for (pointer, wrong, reason) in [
            ("/start", json!(7), "start must"),
            ("/start", json!(u64::MAX), "start must"),
            ("/index", json!(1_000_000), "index must"),
            ("/form/phrase", json!(255), "form must"),
            ("/form/arc", json!(u64::MAX), "form must"),
            ("/form/sections", json!(u64::MAX), "form must"),
            ("/voicing/2", json!(255), "voicing must"),
            ("/bass", json!(0), "bass must"),
            ("/memory/owed/0", json!(i32::MAX), "memory must"),
            ("/memory/last", json!(200), "memory must"),
            ("/last_kick", json!(u64::MAX), "last_kick must"),
            ("/trail", json!([["H", "i"]]), "no such key"),
            ("/trail", json!([["A minor", "viii"]]), "no such chord"),
            ("/trail", json!([["A minor", "i"], ["A minor", "i"], ["A minor", "i"]]), "two"),
            ("/voicing", json!([1]), "invalid length"),
        ] {
            let mut json = good.clone();
            *json.pointer_mut(pointer).unwrap() = wrong;
            let error = Composer::from_json(7, ChordTables::built_in(), &json).unwrap_err();
            assert!(error.contains(reason), "{pointer}: {error}");
        }
        let error = Composer::from_json(7, ChordTables::built_in(), &json!({})).unwrap_err();
        assert!(error.contains("missing field"), "{error}");
    }
}
