//! What every encoder does.

use aeolian_piece::CHUNK_SAMPLES;
use bytes::Bytes;

use crate::Error;

/// Encodes the chunks of one stream or file in turn. It may allocate; it is called from one thread at a time.
pub trait Encoder: Send {
    /// Encodes the chunk with this number, interleaved L R L R …, to one packet. What a packet holds may end before
    /// its chunk does, and begin before it: the encoder keeps what is left over for the next one.
    ///
    /// # Errors
    /// When the codec's library refuses.
    fn encode(&mut self, chunk: u64, samples: &[i16; CHUNK_SAMPLES]) -> Result<&[u8], Error>;

    /// The packets that a file ends with, so that all of it can be heard: from what is left over, and from the last
    /// samples, which are less than a chunk, or none.
    ///
    /// # Errors
    /// When the codec's library refuses.
    fn finish(&mut self, chunk: u64, rest: &[i16]) -> Result<Vec<Bytes>, Error>;
}
