//! Opus: 44.1 kHz chunks to packets of five 20 ms frames at 48 kHz.
//!
//! * [`coder`]: one stream of packets.
//! * [`resample`]: 44.1 kHz to 48 kHz.

pub mod coder;
pub mod resample;

pub use coder::Coder;

/// Opus's own rate.
pub const SAMPLE_RATE: u32 = 48_000;

/// Frames at 48 kHz in a packet: 100 ms, as in a chunk.
pub const PACKET_FRAMES: usize = 4_800;

/// Frames at 48 kHz by which decoded audio lies behind what was encoded: the resampler's and the
/// codec's delay.
pub const PRE_SKIP: u16 = resample::DELAY_FRAMES + coder::LOOKAHEAD_FRAMES;
