#![doc = include_str!("../README.md")]
//!
//! * [`table`]: every codec, a row each. [`Encoder`]: what each of them does.
//! * [`pcm`]: 16-bit samples; [`opus`]: what its decoder must know.
//! * [`container`]: what players and files want around a codec's packets.
//! * [`File`]: a container's file, for any writer. [`Tags`]: what a stream or a file says about its music.
//! * [`fade`]: fades over what is missing, so that nothing clicks.
#![warn(unreachable_pub)]

mod error;
pub mod fade;
mod tags;

mod encoder;

mod flac;
mod mp3;
pub mod opus;
pub mod pcm;

pub mod table;

pub mod container;

mod file;

pub use encoder::Encoder;
pub use error::Error;
pub use fade::Fade;
pub use file::File;
pub use table::Codec;
pub use tags::Tags;
