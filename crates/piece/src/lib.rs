#![doc = include_str!("../README.md")]
//!
//! * [`chunk`]: chunks, and the frames at which they begin.
//! * [`log`]: the control log, from which a station's audio can be made again.
//! * [`state`]: the controls of a station, as they hold from a frame on.
//! * [`piece`]: where the music stands at any frame, and what the engine plays from.
//! * [`bars`]: what sounds in each bar, in frames.
//! * [`past`]: what a station has lived through, and the piece that it goes on with.
//! * [`history`]: what was played, without the audio.
//! * [`offline`]: the audio, without threads or a clock.
//!
//! Everything here is a pure function of what it is given: no thread, no clock, no I/O.

pub mod bars;
pub mod chunk;
pub mod log;
pub mod piece;
pub mod state;

pub mod history;
pub mod offline;
pub mod past;

pub use aeolian_synth::{CHANNELS, SAMPLE_RATE};
pub use chunk::{CHUNK_FRAMES, CHUNK_MS, CHUNK_SAMPLES, chunk_of, chunk_start};
pub use history::History;
pub use offline::Offline;
pub use past::Past;
pub use piece::{Checkpoint, Piece};
pub use state::State;
