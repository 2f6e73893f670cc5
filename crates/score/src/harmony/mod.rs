//! Harmony: which chords sound, and where in the register their tones lie.
//!
//! * [`table`]: the Markov chains, as data.
//! * `progression`: a phrase's chords, drawn from the chain.
//! * `pivot`: the way from one key to another.
//! * `voicing`: the pad's tones, led from chord to chord by the least motion.

pub mod table;
pub(crate) mod voicing;

mod pivot;

pub(crate) mod progression;

pub use table::{ChordTables, Table};
