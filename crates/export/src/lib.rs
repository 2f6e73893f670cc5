#![doc = include_str!("../README.md")]
//!
//! * [`Music`]: what is played. [`Job`]: what is made of it, and where it goes.
//! * [`ScoreFile`]: the notes alone.
//! * [`atomic_file`]: files that appear only when they are whole.
#![warn(unreachable_pub)]

pub mod atomic_file;
mod error;
mod music;

#[cfg(feature = "plot")]
mod plot;
mod score_file;
mod tags;

#[cfg(feature = "plot")]
mod picture;
mod sink;

mod stem_files;

mod job;

pub use error::{Error, Field};
pub use job::Job;
pub use music::Music;
pub use score_file::ScoreFile;
pub use sink::{Bits, Destination};

pub use aeolian_synth::{CHANNELS, SAMPLE_RATE};
