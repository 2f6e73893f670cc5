//! The melody: what a listener remembers.
//!
//! * `motif`: the cells that an arc is about, and their variations.
//! * `script`: which cell comes when in a phrase, and how full it is.
//! * `ratio`: keeps 70 % chord tones, 25 % scale tones and 5 % chromatic ones over a long run.
//! * `memory`: the rules that always hold, and what they need to know of the notes before.
//! * `arch`: where the line aims.
//! * `line`: turns the script into pitches, one after another, under the rules of a good line.

mod arch;
pub(crate) mod line;
pub(crate) mod memory;
mod motif;
mod ratio;
mod script;

pub use ratio::{Class, classify};
