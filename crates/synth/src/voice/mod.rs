//! The wavetable voices: a pool of [`LANES`] that share their loops, lane by lane. Instruments are patches
//! of theirs.

pub(crate) mod patch;
pub(crate) mod pool;

pub(crate) mod lanes;

mod render;
