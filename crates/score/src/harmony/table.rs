//! Chord tables: the Markov chains that harmony comes from, as data.
//!
//! A table belongs to a mode. Its rows say, for each chord, how probable each next chord is
//! (order 2 in the sense of bigrams); at order 3 it may also hold rows for pairs of chords, which
//! win over the row of the single chord. Each chord may be given colours, drawn afresh every time
//! it comes. See `tables/minor.toml` for the format.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::key::{MODES_ALLOWED, Mode};
use crate::numeral::{NUMERALS_ALLOWED, Numeral};
use crate::rng::Rng;

/// Why a file of chord tables was refused. The text names the table, row and chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not TOML, an unknown field, or a value of the wrong type; the text has the line.
    #[error("{0}")]
    Toml(String),
    /// A value that no table can have.
    #[error("table {table}: {field}: {given} is not allowed; allowed is {allowed}")]
    Value {
        /// The mode, or the table's place in the file.
        table: String,
        /// The field or row.
        field: String,
        /// What was given.
        given: String,
        /// What would be taken.
        allowed: String,
    },
    /// Values that are each allowed but do not make a chain.
    #[error("table {table}: {problem}")]
    Chain {
        /// The mode.
        table: String,
        /// What is wrong, and where.
        problem: String,
    },
}

type Shares = BTreeMap<String, f64>;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    mode: String,
    #[serde(default = "bigrams")]
    order: u8,
    start: Shares,
    next: BTreeMap<String, Shares>,
    #[serde(default)]
    colour: BTreeMap<String, Shares>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    table: Vec<RawTable>,
}

fn bigrams() -> u8 {
    2
}

/// The most chords that a table may have, so that a draw needs no memory of its own.
pub(crate) const CHORDS_MAX: usize = 32;

/// The most colours that a chord may have.
const COLOURS_MAX: usize = 16;

/// How far the sum of a row may be from 1: hand-written rows are rounded.
const SUM_TOLERANCE: f64 = 0.001;

/// One mode's chain of chords. Valid by construction: every row sums to 1, every chord has a row
/// and can be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    mode: Mode,
    chords: Vec<Numeral>,
    colours: Vec<Vec<(Numeral, f32)>>,
    start: Vec<f32>,
    next: Vec<Vec<f32>>,
    after_pair: BTreeMap<(usize, usize), Vec<f32>>,
}

impl Table {
    /// The chords of the chain, plain, in a fixed order; the other methods speak of their indices.
    #[must_use]
    pub fn chords(&self) -> &[Numeral] {
        &self.chords
    }

    /// How probable it is that a section starts with each chord.
    #[must_use]
    pub fn start(&self) -> &[f32] {
        &self.start
    }

    /// How probable each chord is after `last`, which came after `before`.
    #[must_use]
    pub fn next(&self, before: Option<usize>, last: usize) -> &[f32] {
        let pair = before.and_then(|before| self.after_pair.get(&(before, last)));
        pair.or_else(|| self.next.get(last)).unwrap_or(&self.start)
    }

    /// The chord that `numeral` is, or is a colour of.
    #[must_use]
    pub fn index_of(&self, numeral: Numeral) -> Option<usize> {
        let is = |i: &usize| self.colours[*i].iter().any(|(colour, _)| *colour == numeral);
        self.chords
            .iter()
            .position(|chord| *chord == numeral)
            .or_else(|| (0..self.chords.len()).find(is))
    }

    /// Draws the dress of a chord: richer when tension, 0 to 1, is high; as the table says at 0.5.
    pub(crate) fn draw_colour(&self, chord: usize, tension: f32, rng: &mut Rng) -> Numeral {
        let mut weights = [0.0; COLOURS_MAX];
        let colours = &self.colours[chord];
        for (weight, (numeral, probability)) in weights.iter_mut().zip(colours) {
            let plain = *numeral == self.chords[chord];
            *weight = probability * if plain { 1.5 - tension } else { 0.5 + tension };
        }
        colours.get(rng.weighted(&weights)).map_or(self.chords[chord], |(numeral, _)| *numeral)
    }
}

/// The chord tables of all modes.
#[derive(Clone, Debug, PartialEq)]
pub struct ChordTables {
    tables: Arc<[Table]>,
}

/// The files of `tables/`, as the build script has turned them into JSON.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/tables.json"));

impl ChordTables {
    /// The tables that come with Aeolian.
    #[must_use]
    pub fn built_in() -> Self {
        static TABLES: OnceLock<ChordTables> = OnceLock::new();
        let read = || {
            let raw: RawFile = serde_json::from_str(BUILT_IN).expect("the build script wrote it");
            let mut tables = validate(raw.table).expect("a test reads every built-in table");
            tables.sort_by_key(|table| table.mode as u8);
            Self { tables: tables.into() }
        };
        TABLES.get_or_init(read).clone()
    }

    /// Reads a file that holds one table, or several as `[[table]]`. Modes that it does not speak
    /// of keep their built-in table.
    ///
    /// # Errors
    /// The first thing that is wrong: not TOML, unknown fields or chords, rows that do not sum to
    /// 1, chords without a row or that no path reaches, two tables for a mode.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let mut tables = Self::built_in().tables.to_vec();
        let mut seen = Vec::new();
        for table in read(text)? {
            if seen.contains(&table.mode) {
                let problem = "there are two tables for this mode".to_owned();
                return Err(Error::Chain { table: table.mode.to_string(), problem });
            }
            seen.push(table.mode);
            if let Some(slot) = tables.iter_mut().find(|slot| slot.mode == table.mode) {
                *slot = table;
            }
        }
        Ok(Self { tables: tables.into() })
    }

    /// The table of a mode.
    #[must_use]
    pub fn of(&self, mode: Mode) -> &Table {
        let found = self.tables.iter().find(|table| table.mode == mode);
        found.unwrap_or(&self.tables[0])
    }
}

#[cfg(feature = "toml")]
fn read(text: &str) -> Result<Vec<Table>, Error> {
    let refuse = |error: toml::de::Error| Error::Toml(error.to_string().trim_end().to_owned());
    let several = text.lines().any(|line| line.trim_start().starts_with("[[table]]"));
    let raw = if several {
        toml::from_str::<RawFile>(text).map_err(refuse)?.table
    } else {
        vec![toml::from_str::<RawTable>(text).map_err(refuse)?]
    };
    validate(raw)
}

fn validate(raw: Vec<RawTable>) -> Result<Vec<Table>, Error> {
    raw.into_iter().enumerate().map(|(i, raw)| chain_of(i, raw)).collect()
}

fn chain_of(place: usize, raw: RawTable) -> Result<Table, Error> {
    let mode: Mode = raw.mode.parse().map_err(|_| Error::Value {
        table: (place + 1).to_string(),
        field: "mode".to_owned(),
        given: format!("\"{}\"", raw.mode),
        allowed: MODES_ALLOWED.to_owned(),
    })?;
    let names: Vec<&String> = raw.next.keys().filter(|name| !name.contains(' ')).collect();
    let listing = Listing { mode, names };
    if !(2..=3).contains(&raw.order) {
        return Err(listing.value("order", &raw.order.to_string(), "2 (bigrams) or 3 (trigrams)"));
    }
    if listing.names.len() > CHORDS_MAX {
        let given = format!("{} chords", listing.names.len());
        return Err(listing.value("next", &given, &format!("at most {CHORDS_MAX}")));
    }
    let chords = listing.names.iter().map(|name| listing.numeral("next", name));
    let chords = chords.collect::<Result<Vec<Numeral>, Error>>()?;
    let start = listing.row("start", &raw.start)?;
    let mut next = Vec::new();
    for name in &listing.names {
        next.push(listing.row(&format!("next.{name}"), &raw.next[*name])?);
    }
    let mut after_pair = BTreeMap::new();
    for (name, row) in raw.next.iter().filter(|(name, _)| name.contains(' ')) {
        let field = format!("next.\"{name}\"");
        let pair: Vec<&str> = name.split(' ').collect();
        let (3, [before, last]) = (raw.order, pair.as_slice()) else {
            let problem = format!(
                "{field} names several chords: a table of order 3 may have \
                                   rows for pairs, one of order 2 for single chords only"
            );
            return Err(listing.chain(problem));
        };
        let pair = (listing.index(&field, before)?, listing.index(&field, last)?);
        after_pair.insert(pair, listing.row(&field, row)?);
    }
    if raw.order == 3 && after_pair.is_empty() {
        let problem = "order is 3, but no row is for a pair of chords, such as \"i v\"";
        return Err(listing.chain(problem.to_owned()));
    }
    listing.check_reachable(&start, &next)?;
    let mut colours: Vec<Vec<(Numeral, f32)>> = chords.iter().map(|c| vec![(*c, 1.0)]).collect();
    for (name, row) in &raw.colour {
        let field = format!("colour.{name}");
        let index = listing.index(&field, name)?;
        if row.len() > COLOURS_MAX {
            let given = format!("{} colours", row.len());
            return Err(listing.value(&field, &given, &format!("at most {COLOURS_MAX}")));
        }
        listing.check_sum(&field, row)?;
        colours[index].clear();
        for (colour, probability) in row {
            let numeral = listing.numeral(&field, colour)?;
            colours[index].push((numeral, *probability as f32));
        }
    }
    Ok(Table { mode, chords, colours, start, next, after_pair })
}

struct Listing<'a> {
    mode: Mode,
    names: Vec<&'a String>,
}

impl Listing<'_> {
    fn value(&self, field: &str, given: &str, allowed: &str) -> Error {
        let (field, given, allowed) = (field.to_owned(), given.to_owned(), allowed.to_owned());
        Error::Value { table: self.mode.to_string(), field, given, allowed }
    }

    fn chain(&self, problem: String) -> Error {
        Error::Chain { table: self.mode.to_string(), problem }
    }

    fn numeral(&self, field: &str, name: &str) -> Result<Numeral, Error> {
        name.parse().map_err(|_| self.value(field, &format!("\"{name}\""), NUMERALS_ALLOWED))
    }

    fn index(&self, field: &str, name: &str) -> Result<usize, Error> {
        self.numeral(field, name)?;
        self.names.iter().position(|known| *known == name).ok_or_else(|| {
            self.chain(format!("{field} names {name}, which has no row of its own under next"))
        })
    }

    fn check_sum(&self, field: &str, row: &Shares) -> Result<(), Error> {
        for (name, probability) in row {
            if !(0.0..=1.0).contains(probability) {
                let field = format!("{field}.{name}");
                return Err(self.value(&field, &probability.to_string(), "a number from 0 to 1"));
            }
        }
        let sum = row.values().fold(0.0, |sum, probability| sum + probability);
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(self.chain(format!("the probabilities of {field} sum to {sum:.4}, not 1")));
        }
        Ok(())
    }

    fn row(&self, field: &str, row: &Shares) -> Result<Vec<f32>, Error> {
        self.check_sum(field, row)?;
        let mut weights = vec![0.0; self.names.len()];
        for (name, probability) in row {
            weights[self.index(field, name)?] = *probability as f32;
        }
        Ok(weights)
    }

    fn check_reachable(&self, start: &[f32], next: &[Vec<f32>]) -> Result<(), Error> {
        let mut reached: Vec<bool> = start.iter().map(|p| *p > 0.0).collect();
        for _ in 0..reached.len() {
            for (from, row) in next.iter().enumerate() {
                for (to, probability) in row.iter().enumerate() {
                    reached[to] |= reached[from] && *probability > 0.0;
                }
            }
        }
        match reached.iter().position(|reached| !reached) {
            Some(i) => {
                let name = self.names[i];
                Err(self.chain(format!("{name} can never be reached from the start")))
            }
            None => Ok(()),
        }
    }
}
