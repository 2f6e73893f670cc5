//! Opus: 44.1 kHz chunks to packets of five 20 ms frames at 48 kHz.
//!
//! * `coder`: one stream of packets.
//! * `resample`: 44.1 kHz to 48 kHz.

mod clock;

mod resample;

mod coder;

pub use clock::{PACKET_FRAMES, SAMPLE_RATE};
pub use coder::{Coder, PRE_SKIP};
