//! The wavetable voices: a pool of [`LANES`] that share their loops, lane by lane. Instruments are patches
//! of theirs.

pub(crate) mod lanes;
pub(crate) mod patch;
pub(crate) mod pool;
mod render;

/// Voices that can sound at once; each is a lane of every array.
pub(crate) const LANES: usize = 16;

/// Frames at [`crate::HALF_RATE`] between two values of a voice's envelope, pitch or cutoff: 1.5 ms.
pub(crate) const BLOCK: usize = 32;
