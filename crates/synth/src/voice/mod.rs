//! Voices: a pool of [`LANES`] that share their loops, lane by lane.

pub(crate) mod brush;
pub(crate) mod kick;
pub(crate) mod lanes;
pub(crate) mod patch;
pub(crate) mod pool;
mod render;
pub(crate) mod swell;
pub(crate) mod texture;

/// Voices that can sound at once; each is a lane of every array.
pub(crate) const LANES: usize = 16;

/// Frames between two values of an envelope, a pitch or a cutoff.
pub(crate) const BLOCK: usize = 32;
