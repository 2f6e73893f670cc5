//! Synthesis for Aeolian: phrases of notes to stereo frames.
//!
//! Nothing here performs I/O, takes a lock, reads a clock, logs or panics, and nothing allocates
//! or frees after `new`. The output is a pure function of the seed and of the plans adopted, bit for
//! bit, whatever the block size, the thread or the CPU.
//!
//! * [`engine`]: the engine, which owns everything that sounds.
//! * [`transport`]: beats to frames, in integers.

pub mod engine;
pub mod transport;

pub use engine::{Engine, Plan};
pub use transport::Transport;

/// Frames a second. The engine knows no other rate.
pub const SAMPLE_RATE: u32 = 44_100;

/// Samples in a frame: left and right.
pub const CHANNELS: usize = 2;

/// Frames in the engine's inner block. Controls hold from a whole quantum on.
pub const QUANTUM: usize = 64;
