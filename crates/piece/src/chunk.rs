//! Chunks: 100 ms of frames, the unit of ring and wire, and the frames at which they begin.

use aeolian_synth::{CHANNELS, LOOK_AHEAD, QUANTUM, SAMPLE_RATE};

/// Frames in a chunk.
pub const CHUNK_FRAMES: usize = 4_410;

/// Samples in a chunk, left and right counted.
pub const CHUNK_SAMPLES: usize = CHUNK_FRAMES * CHANNELS;

/// Milliseconds in a chunk.
pub const CHUNK_MS: u64 = CHUNK_FRAMES as u64 * 1_000 / SAMPLE_RATE as u64;

/// The first frame of a chunk.
#[must_use]
pub const fn chunk_start(chunk: u64) -> u64 {
    chunk * CHUNK_FRAMES as u64
}

/// The chunk that a frame lies in.
#[must_use]
pub const fn chunk_of(frame: u64) -> u64 {
    frame / CHUNK_FRAMES as u64
}

/// Where the music begins in an engine that has rendered nothing before `chunk`: its first whole quantum.
#[must_use]
pub const fn entry_frame(chunk: u64) -> u64 {
    chunk_start(chunk).next_multiple_of(QUANTUM as u64)
}

/// The first quantum that a render of `chunk` computes, once the engine looks ahead: a plan taken up at the
/// chunk's start holds from this frame.
#[must_use]
pub const fn first_quantum(chunk: u64) -> u64 {
    entry_frame(chunk) + LOOK_AHEAD as u64
}

/// The chunk whose render computes a quantum that begins with `frame`.
#[must_use]
pub const fn rendered_in(frame: u64) -> u64 {
    chunk_of(frame.saturating_sub(LOOK_AHEAD as u64))
}
