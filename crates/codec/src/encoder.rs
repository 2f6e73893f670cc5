//! What every encoder of a live stream does.

use aeolian_piece::CHUNK_SAMPLES;

use crate::Error;

/// Encodes the chunks of one stream in turn. It may allocate; it is called from one thread at a time.
pub trait Encoder: Send {
    /// Encodes the chunk with this number, interleaved L R L R …, to one packet.
    ///
    /// # Errors
    /// When the codec's library refuses.
    fn encode(&mut self, chunk: u64, samples: &[i16; CHUNK_SAMPLES]) -> Result<&[u8], Error>;
}
