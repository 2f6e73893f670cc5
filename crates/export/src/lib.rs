#![doc = include_str!("../README.md")]
//!
//! * [`Music`]: what is played. [`Job`]: what is made of it.
//! * [`Sink`]: audio to a WAV, FLAC or Opus file, or to a stream.
//! * [`StemFiles`]: a file a part. [`ScoreFile`]: the notes.
//! * [`atomic_file`]: files that appear only when they are whole.
#![cfg_attr(
    feature = "plot",
    doc = "* [`plot`]: waveform, spectrum, loudness and score in a picture. [`Picture`]: that as a file."
)]

pub mod atomic_file;
mod error;
mod music;

#[cfg(feature = "plot")]
pub mod plot;
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
#[cfg(feature = "plot")]
pub use picture::Picture;
pub use score_file::ScoreFile;
pub use sink::{Bits, Destination, Sink};
pub use stem_files::StemFiles;
pub use tags::Tags;

pub use aeolian_synth::{CHANNELS, SAMPLE_RATE};
