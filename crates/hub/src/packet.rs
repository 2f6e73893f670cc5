//! A packet: one released chunk, with what is told before it, encoded once in each codec in use.

use std::any::Any;
use std::sync::OnceLock;

use aeolian_codec::Codec;
use aeolian_codec::table::Making;
use aeolian_piece::CHUNK_SAMPLES;
use bytes::Bytes;

use crate::news::News;

/// One released chunk.
#[derive(Debug)]
pub struct Packet {
    chunk: u64,
    due_unix_ms: u64,
    discontinuity: bool,
    news: Vec<News>,
    samples: Box<[i16; CHUNK_SAMPLES]>,
    /// By codec. Empty until somebody asks, or until the encoder has come to it.
    encoded: [OnceLock<Bytes>; Codec::COUNT],
    beside: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Packet {
    /// A packet of one chunk of interleaved samples, which was due at this moment of Unix time and breaks with the
    /// one before for everybody where that is so. `news` is told before it.
    #[must_use]
    pub fn new(
        chunk: u64,
        due_unix_ms: u64,
        discontinuity: bool,
        samples: Box<[i16; CHUNK_SAMPLES]>,
        news: Vec<News>,
    ) -> Self {
        let (encoded, beside) = (Default::default(), OnceLock::new());
        Self { chunk, due_unix_ms, discontinuity, news, samples, encoded, beside }
    }

    /// Which chunk of the station it is.
    #[must_use]
    pub fn chunk(&self) -> u64 {
        self.chunk
    }

    /// Unix milliseconds at which it was due.
    #[must_use]
    pub fn due_unix_ms(&self) -> u64 {
        self.due_unix_ms
    }

    /// Whether it breaks with the chunk before for everybody.
    #[must_use]
    pub fn discontinuity(&self) -> bool {
        self.discontinuity
    }

    /// What is told before the audio.
    #[must_use]
    pub fn news(&self) -> &[News] {
        &self.news
    }

    /// The samples, interleaved L R L R ….
    #[must_use]
    pub fn samples(&self) -> &[i16; CHUNK_SAMPLES] {
        &self.samples
    }

    /// The audio in a codec: the same bytes for everybody. Where an encoder makes it, none until that has come to
    /// this packet.
    #[must_use]
    pub fn audio(&self, codec: Codec) -> Option<&Bytes> {
        let place = &self.encoded[codec as usize];
        match codec.row().making {
            Making::AtOnce { make, .. } => Some(place.get_or_init(|| make(&self.samples))),
            Making::InTurn { .. } => place.get(),
        }
    }

    /// Keeps what an encoder made of this chunk. A second time changes nothing.
    pub fn set_audio(&self, codec: Codec, audio: &[u8]) {
        // Only one encoder of a codec comes to a packet.
        let _ = self.encoded[codec as usize].set(Bytes::copy_from_slice(audio));
    }

    /// What a carrier makes of this packet once for all its listeners, such as frames of a WebSocket: made by the
    /// first who asks. A hub has one carrier; to another it answers none.
    pub fn beside<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.beside.get_or_init(|| Box::new(make())).downcast_ref()
    }
}
