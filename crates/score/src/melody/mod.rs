//! The melody: what a listener remembers.
//!
//! * `motif`: the cells that an arc is about, and their variations.
//! * `script`: which cell comes when in a phrase, and how full it is.
//! * `ratio`: keeps 70 % chord tones, 25 % scale tones and 5 % chromatic ones over a long run.
//! * `memory`: the rules that always hold, and what they need to know of the notes before.
//! * `arch`: where the line aims.
//! * `line`: turns the script into pitches, one after another, under the rules of a good line.

mod motif;
mod ratio;

pub(crate) mod memory;
mod script;

mod arch;

pub(crate) mod line;

pub use ratio::{Class, classify};
