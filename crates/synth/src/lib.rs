#![doc = include_str!("../README.md")]
//!
//! # Where things are
//!
//! * [`Engine`]: everything that sounds; it plays from a [`Plan`].
//! * [`Transport`]: beats to frames, in integers; [`Automation`]: with it, where all controls stand.
//! * [`instrument`]: the table of instruments.
//! * [`load`]: workloads to measure the engine with.
//!
//! The folders, of which each uses only those above it:
//!
//! * `simd`: the vectors that the hot loops are written with; [`Isa`], the instruction sets.
//! * `osc`, `filter`, `modulation`, `fx`: one algorithm a file.
//! * `mix`: from controls to parameters, from parts to the finished sound.
//! * `voice`: the wavetable voices.
//! * `instrument`: the instruments that are patches of the voices, and those that are not.
//! * `automation`, `span`: what moves, and what sounds; `engine` drives both.

// Loops over several arrays at once, by index: the form that the compiler turns into vector code.
#![allow(clippy::needless_range_loop)]
// Tests allocate and panic.
#![cfg_attr(test, allow(clippy::disallowed_macros, clippy::disallowed_methods))]

// In an order in which each uses only those above it; a formatter sorts what no empty line parts.

mod frame;
mod isa;
mod plan;

pub mod load;
mod simd;
mod transport;

mod elementary;
mod osc;

mod filter;
mod fx;
mod modulation;

mod mix;

mod voice;

pub mod instrument;

mod automation;
mod span;

mod engine;

#[cfg(test)]
mod analysis;

pub use aeolian_score::ENGINE_VERSION;
pub use automation::Automation;
pub use engine::{Engine, LOOK_AHEAD, LOOK_BACK};
pub(crate) use frame::{BLOCK, HALF_QUANTUM, HALF_RATE, LANES};
pub use frame::{CHANNELS, QUANTUM, SAMPLE_RATE};
pub use isa::Isa;
pub use plan::Plan;
pub use span::begins_span;
pub use transport::Transport;
