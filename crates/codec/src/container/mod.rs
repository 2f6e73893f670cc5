//! What players and files want around a codec's packets.
//!
//! * [`table`]: every container, a row each.
//! * `ogg`: Opus packets in Ogg pages.
//! * `flac`: FLAC frames behind a head.
//! * `mp3`: MP3 frames, bare or as a file.
//! * [`wav`]: samples behind a head.

pub(crate) mod flac;
pub(crate) mod mp3;
mod ogg;
pub mod wav;

pub mod table;

use bytes::Bytes;

use crate::{Error, Tags};

pub use table::{ROWS, Row};

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A live stream: it begins anywhere and never ends.
    Stream,
    /// A file: it begins with its first chunk, and says how long it is.
    File,
}

/// Wraps the packets of one stream or file in turn. It may allocate; it is called from one thread at a time.
pub trait Container: Send {
    /// What comes before the first packet.
    ///
    /// # Errors
    /// When a library refuses.
    fn head(&mut self, tags: &Tags) -> Result<Bytes, Error>;

    /// The bytes of a packet.
    fn wrap(&mut self, packet: Bytes) -> Bytes;

    /// Takes note of the samples that a file's next packet is made of, for what a container says of them at the end.
    fn note(&mut self, _samples: &[i16]) {}

    /// Ends a file that is heard for so many frames, with its last packet if it has one.
    ///
    /// # Errors
    /// When a library refuses.
    fn end(&mut self, last: Option<Bytes>, frames: u64) -> Result<FileEnd, Error>;
}

/// The end of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEnd {
    /// What is written last.
    pub bytes: Bytes,
    /// What is written over the head, where that was to say what is known only now. As long as the head.
    pub head: Option<Bytes>,
}
