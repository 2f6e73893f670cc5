//! Opus: 44.1 kHz chunks to packets of five 20 ms frames at 48 kHz.
//!
//! * [`coder`]: one stream of packets.
//! * [`ogg`]: packets in Ogg pages, for files and players.
//! * [`resample`]: 44.1 kHz to 48 kHz.

pub mod coder;
pub mod ogg;
pub mod resample;

pub use coder::Coder;
pub use ogg::OggOpus;

/// Opus's own rate.
pub const SAMPLE_RATE: u32 = 48_000;

/// Frames at 48 kHz in a packet: 100 ms, as in a chunk.
pub const PACKET_FRAMES: usize = 4_800;

/// Frames at 48 kHz by which decoded audio lies behind what was encoded: the resampler's and the
/// codec's delay.
pub const PRE_SKIP: u16 = resample::DELAY_FRAMES + coder::LOOKAHEAD_FRAMES;
