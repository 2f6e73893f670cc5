//! Opus's own clock.

/// Opus's own rate.
pub const SAMPLE_RATE: u32 = 48_000;

/// Frames at 48 kHz in a packet: 100 ms, as in a chunk.
pub const PACKET_FRAMES: usize = 4_800;
