//! Synthesis for Aeolian: phrases of notes to stereo frames.
//!
//! Nothing here performs I/O, takes a lock, reads a clock, logs or panics, and nothing allocates
//! or frees after `new`. The output is a pure function of the seed and of the plans adopted, bit for
//! bit, whatever the block size, the thread or the CPU.
//!
//! * [`engine`]: the engine, which owns everything that sounds.
//! * [`transport`]: beats to frames, in integers.
//! * [`isa`]: the instruction sets that the loops are compiled for.
//! * `voice`: the bank of voices, the drums, the granular texture.
//! * `osc`, `filter`, `modulation`, `fx`: one algorithm a file.
//! * `simd`: the vectors that the hot loops are written with.
//! * `mix`: from controls to parameters, from parts to the finished sound.

// Loops over several arrays at once, by index: the form that the compiler turns into vector code.
#![allow(clippy::needless_range_loop)]

pub mod engine;
pub mod isa;
pub mod load;
pub mod transport;

#[cfg(test)]
mod analysis;
mod elementary;
mod filter;
mod fx;
mod mix;
mod modulation;
mod osc;
mod simd;
mod voice;

pub use engine::{Engine, Plan};
pub use isa::Isa;
pub use transport::Transport;

/// Frames a second. The engine knows no other rate.
pub const SAMPLE_RATE: u32 = 44_100;

/// Samples in a frame: left and right.
pub const CHANNELS: usize = 2;

/// Frames in the engine's inner block. Controls hold from a whole quantum on.
pub const QUANTUM: usize = 64;

/// Frames that the engine computes before it gives out the first of them, for the limiter to look
/// ahead. A frame that is given out is the same frame of the music.
pub const LOOK_AHEAD: usize = fx::limiter::AHEAD * QUANTUM;
