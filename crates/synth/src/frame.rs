//! How time is cut into frames, and voices into lanes.

/// Frames a second. The engine knows no other rate.
pub const SAMPLE_RATE: u32 = 44_100;

/// Frames a second of what needs no treble: voices, drums, swells and effects. None of them is heard
/// above 9 kHz, and half the rate is half the work. [`crate::mix::upsampler`] brings their sum to
/// [`SAMPLE_RATE`], where the breath of noise and the limiter are.
pub(crate) const HALF_RATE: u32 = SAMPLE_RATE / 2;

/// Samples in a frame: left and right.
pub const CHANNELS: usize = 2;

/// Frames in the engine's inner block, 5.8 ms. Controls hold from a whole quantum on.
pub const QUANTUM: usize = 256;

/// Frames at [`HALF_RATE`] in a quantum.
pub(crate) const HALF_QUANTUM: usize = QUANTUM / 2;

/// Voices that can sound at once; each is a lane of every array.
pub(crate) const LANES: usize = 16;

/// Frames at [`HALF_RATE`] between two values of a voice's envelope, pitch or cutoff: 1.5 ms.
pub(crate) const BLOCK: usize = 32;
