//! A station at run time: it composes ahead, renders, paces, encodes and hands out.
//!
//! * [`station`]: one endless piece with its seed, controls and listeners.
//! * [`registry`]: every station by its name, on shared threads.
//! * [`listener`]: a listener's cursor into what the station has released.
//! * [`offline`]: the same music without threads or a clock.
//! * [`history`]: what is played, without the audio.
//! * [`piece`]: the conductor's pure part, controls to plans.
//! * [`log`]: the control log, from which the audio can be made again.
//! * [`store`]: the folder in which stations are kept.
//! * [`message`], [`wire`]: what goes to listeners and comes from them.
//! * [`pcm`]: samples to 16 bits; [`opus`]: to Opus; [`flac`]: to FLAC.

mod bars;
pub mod clock;
mod conductor;
mod encoding;
pub mod error;
mod fade;
pub mod flac;
mod handover;
pub mod history;
pub mod hub;
mod lane;
pub mod listener;
pub mod log;
pub mod message;
pub mod offline;
pub mod opus;
pub mod pacer;
pub mod packet;
mod past;
pub mod pcm;
pub mod piece;
pub mod registry;
mod release;
mod render;
mod ring;
pub mod runtime;
mod schedule;
mod shared;
#[cfg(test)]
mod sim;
pub mod station;
pub mod stats;
pub mod store;
pub mod wire;

pub use error::Error;
pub use history::History;
pub use hub::BURST_MS_MAX;
pub use listener::{Event, Listener, Newest, Releases};
pub use message::Message;
pub use offline::Offline;
pub use packet::Format;
pub use registry::Registry;
pub use runtime::Runtime;
pub use station::{Config, Station};
pub use stats::Stats;
pub use store::Store;

pub use aeolian_synth::{CHANNELS, SAMPLE_RATE};

use aeolian_synth::{LOOK_AHEAD, QUANTUM};

/// Frames in a chunk, the unit of ring and wire.
pub const CHUNK_FRAMES: usize = 4_410;

/// Samples in a chunk, left and right counted.
pub const CHUNK_SAMPLES: usize = CHUNK_FRAMES * CHANNELS;

/// Milliseconds in a chunk.
pub const CHUNK_MS: u64 = CHUNK_FRAMES as u64 * 1_000 / SAMPLE_RATE as u64;

/// The first frame of a chunk.
#[must_use]
pub const fn chunk_start(chunk: u64) -> u64 {
    chunk * CHUNK_FRAMES as u64
}

/// The chunk that a frame lies in.
#[must_use]
pub const fn chunk_of(frame: u64) -> u64 {
    frame / CHUNK_FRAMES as u64
}

/// Where the music begins in an engine that has rendered nothing before `chunk`: its first whole quantum.
#[must_use]
pub const fn entry_frame(chunk: u64) -> u64 {
    chunk_start(chunk).next_multiple_of(QUANTUM as u64)
}

/// The first quantum that a render of `chunk` computes, once the engine looks ahead: a plan taken up at the
/// chunk's start holds from this frame.
#[must_use]
pub const fn first_quantum(chunk: u64) -> u64 {
    entry_frame(chunk) + LOOK_AHEAD as u64
}

/// The chunk whose render computes a quantum that begins with `frame`.
#[must_use]
pub const fn rendered_in(frame: u64) -> u64 {
    chunk_of(frame.saturating_sub(LOOK_AHEAD as u64))
}
