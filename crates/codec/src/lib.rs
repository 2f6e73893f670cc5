#![doc = include_str!("../README.md")]
//!
//! * [`table`]: every codec, a row each.
//! * [`pcm`]: 16-bit samples; [`opus`], [`flac`], [`mp3`]: their compressed forms.
//! * [`container`]: what players and files want around a codec's packets.
//! * [`file`](mod@file): a container's file, for any writer.
//! * [`tags`]: what a stream or a file says about its music.
//! * [`fade`]: fades over what is missing, so that nothing clicks.

pub mod error;
pub mod fade;
pub mod tags;

pub mod encoder;

pub mod flac;
pub mod mp3;
pub mod opus;
pub mod pcm;

pub mod table;

pub mod container;

pub mod file;

pub use encoder::Encoder;
pub use error::Error;
pub use fade::Fade;
pub use file::File;
pub use table::Codec;
pub use tags::Tags;
