//! The melody: what a listener remembers.
//!
//! * `motif`: the cells that an arc is about, and their variations.
//! * `script`: which cell comes when in a phrase, and how full it is.
//! * `ratio`: keeps 70 % chord tones, 25 % scale tones and 5 % chromatic ones over a long run.
//! * `line`: turns the script into pitches, one after another, under the rules of a good line.

pub(crate) mod line;
mod motif;
mod ratio;
mod script;

pub use ratio::{Class, classify};
