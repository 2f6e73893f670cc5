//! Synthesis for Aeolian: phrases of notes to stereo frames.
//!
//! Nothing here performs I/O, takes a lock, reads a clock, logs or panics, and nothing allocates
//! or frees after `new`. The output is a pure function of the seed and of the plans adopted, bit for
//! bit, whatever the block size, the thread or the CPU.
//!
//! * [`engine`]: the engine, which owns everything that sounds.
//! * [`transport`]: beats to frames, in integers.
//! * [`isa`]: the instruction sets that the loops are compiled for.
//! * [`instrument`]: the table of instruments, and those that are not patches of the voices.
//! * `voice`: the wavetable voices.
//! * `osc`, `filter`, `modulation`, `fx`: one algorithm a file.
//! * `simd`: the vectors that the hot loops are written with.
//! * `mix`: from controls to parameters, from parts to the finished sound.

// Loops over several arrays at once, by index: the form that the compiler turns into vector code.
#![allow(clippy::needless_range_loop)]

pub mod engine;
pub mod instrument;
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

/// Frames a second of what needs no treble: voices, drums, swells and effects. None of them is heard
/// above 9 kHz, and half the rate is half the work. [`mix::upsampler`] brings their sum to
/// [`SAMPLE_RATE`], where the breath of noise and the limiter are.
pub(crate) const HALF_RATE: u32 = SAMPLE_RATE / 2;

/// Samples in a frame: left and right.
pub const CHANNELS: usize = 2;

/// Frames in the engine's inner block, 5.8 ms. Controls hold from a whole quantum on.
pub const QUANTUM: usize = 256;

/// Frames at [`HALF_RATE`] in a quantum.
pub(crate) const HALF_QUANTUM: usize = QUANTUM / 2;

/// Frames that the engine computes before it gives out the first of them: a quantum that the limiter
/// looks ahead, and one that waits for its neighbours to be brought to the sample rate. A frame that is
/// given out is the same frame of the music.
pub const LOOK_AHEAD: usize = (mix::upsampler::DELAY + fx::limiter::DELAY) * QUANTUM;
