//! What can go wrong with a codec.

/// A codec's library refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Opus library refused.
    #[error("no Opus packet can be made: {0}")]
    Opus(String),
    /// The FLAC library refused.
    #[error("no FLAC frame can be made: {0}")]
    Flac(String),
    /// The MP3 library refused, or would not make what it should.
    #[error("no MP3 frame can be made: {0}")]
    Mp3(String),
}
