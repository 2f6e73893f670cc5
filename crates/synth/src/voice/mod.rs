//! Voices: a pool of [`LANES`] that share their loops, lane by lane.

pub(crate) mod breath;
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

/// Frames at [`crate::HALF_RATE`] between two values of a voice's envelope, pitch or cutoff: 1.5 ms.
pub(crate) const BLOCK: usize = 32;

/// The same for the drums, which are quicker: 0.7 ms.
const STEP: usize = 16;
