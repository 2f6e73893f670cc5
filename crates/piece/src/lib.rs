#![doc = include_str!("../README.md")]
//!
//! * [`chunk`]: chunks, and the frames at which they begin.
//! * [`log`]: the control log, from which a station's audio can be made again.
//! * [`State`]: the controls of a station, as they hold from a frame on.
//! * [`Piece`]: where the music stands at any frame, and what the engine plays from.
//! * [`bars`]: what sounds in each bar, in frames.
//! * [`Past`]: what a station has lived through, and the piece that it goes on with.
//! * [`History`]: what was played, without the audio.
//! * [`Offline`]: the audio, without threads or a clock.
//!
//! Everything here is a pure function of what it is given: no thread, no clock, no I/O.
#![warn(unreachable_pub)]

pub mod bars;
pub mod chunk;
pub mod log;
mod piece;
mod state;

mod history;
mod offline;
mod past;

pub use aeolian_synth::{CHANNELS, SAMPLE_RATE};
pub use chunk::{CHUNK_FRAMES, CHUNK_MS, CHUNK_SAMPLES, chunk_of, chunk_start};
pub use history::History;
pub use offline::Offline;
pub use past::{Past, Resumed};
pub use piece::{Checkpoint, Piece};
pub use state::State;
