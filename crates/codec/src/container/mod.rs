//! What players and files want around a codec's packets.
//!
//! * [`ogg`]: Opus packets in Ogg pages.
//! * [`wav`]: the head of a WAV file that never ends.

pub mod ogg;
pub mod wav;

pub use ogg::OggOpus;
