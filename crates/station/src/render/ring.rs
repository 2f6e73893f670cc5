//! The ring between renderer and pacer: chunks go round, full one way and empty the other.
//!
//! All memory is taken when the ring is made. Each way is a single-producer, single-consumer queue
//! without locks; a full or an empty one is an answer, not a wait.

use aeolian_piece::CHUNK_SAMPLES;
use aeolian_piece::bars::Stretch;
use aeolian_synth::Transport;
use rtrb::{Consumer, Producer, RingBuffer};

/// Chunks in a ring.
pub(crate) const RING_CHUNKS: usize = 10;

/// A rendered chunk.
pub(crate) struct Chunk {
    /// Which one of the station.
    pub(crate) index: u64,
    /// Where the music stood while it was computed.
    pub(crate) stretch: Stretch,
    /// Whether the engine was new, so that it must be faded in.
    pub(crate) fresh: bool,
    /// Interleaved, L R L R ….
    pub(crate) samples: [i16; CHUNK_SAMPLES],
}

/// The renderer's end.
pub(crate) struct WriteEnd {
    full: Producer<Box<Chunk>>,
    empty: Consumer<Box<Chunk>>,
}

/// The pacer's end.
pub(crate) struct ReadEnd {
    full: Consumer<Box<Chunk>>,
    empty: Producer<Box<Chunk>>,
}

/// A ring of empty chunks.
#[allow(clippy::disallowed_methods, reason = "here it is made")]
pub(crate) fn ring(transport: Transport) -> (WriteEnd, ReadEnd) {
    let (full_in, full_out) = RingBuffer::new(RING_CHUNKS);
    let (mut empty_in, empty_out) = RingBuffer::new(RING_CHUNKS);
    for _ in 0..RING_CHUNKS {
        let chunk = Chunk {
            index: 0,
            stretch: Stretch { start: transport, end: transport, phrase: None },
            fresh: false,
            samples: [0; CHUNK_SAMPLES],
        };
        // The queue was made with room for exactly these.
        let _ = empty_in.push(Box::new(chunk));
    }
    (WriteEnd { full: full_in, empty: empty_out }, ReadEnd { full: full_out, empty: empty_in })
}

impl WriteEnd {
    /// A chunk to be filled; none while the ring is full.
    pub(crate) fn take_empty(&mut self) -> Option<Box<Chunk>> {
        self.empty.pop().ok()
    }

    /// Hands on a chunk that was taken here, so there is room for it.
    pub(crate) fn hand_on(&mut self, chunk: Box<Chunk>) {
        if let Err(rtrb::PushError::Full(chunk)) = self.full.push(chunk) {
            std::mem::forget(chunk);
        }
    }
}

impl ReadEnd {
    /// How many chunks wait.
    pub(crate) fn depth(&self) -> usize {
        self.full.slots()
    }

    /// The index of the first chunk that waits.
    pub(crate) fn front(&self) -> Option<u64> {
        self.full.peek().ok().map(|chunk| chunk.index)
    }

    /// Takes the first chunk that waits.
    pub(crate) fn take_full(&mut self) -> Option<Box<Chunk>> {
        self.full.pop().ok()
    }

    /// Gives a chunk back to be filled again. What it holds besides samples is freed here.
    pub(crate) fn give_back(&mut self, mut chunk: Box<Chunk>) {
        chunk.stretch.phrase = None;
        // There is room for all chunks of the ring.
        let _ = self.empty.push(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_score::control::value::Bpm;

    fn filled() -> (WriteEnd, ReadEnd) {
        ring(Transport::new(Bpm::DEFAULT))
    }

    #[test]
    fn a_full_ring_has_no_empty_chunk_and_an_empty_one_no_full_one() {
        let (mut write, mut read) = filled();
        assert!(read.take_full().is_none() && read.front().is_none());
        for index in 0..RING_CHUNKS as u64 {
            let mut chunk = write.take_empty().unwrap();
            chunk.index = index;
            write.hand_on(chunk);
        }
        assert!(write.take_empty().is_none());
        assert_eq!((read.depth(), read.front()), (RING_CHUNKS, Some(0)));
        let chunk = read.take_full().unwrap();
        read.give_back(chunk);
        assert!(write.take_empty().is_some() && write.take_empty().is_none());
    }

    /// Miri and ThreadSanitizer see every access of it.
    #[test]
    fn chunks_cross_between_threads_whole_and_in_order() {
        const CHUNKS: u64 = if cfg!(miri) { 30 } else { 2_000 };
        let (mut write, mut read) = filled();
        let rendering = std::thread::spawn(move || {
            for index in 0..CHUNKS {
                let mut chunk = loop {
                    match write.take_empty() {
                        Some(chunk) => break chunk,
                        None => std::thread::yield_now(),
                    }
                };
                chunk.index = index;
                chunk.samples[..8].fill(index as i16);
                write.hand_on(chunk);
            }
        });
        for index in 0..CHUNKS {
            let chunk = loop {
                match read.take_full() {
                    Some(chunk) => break chunk,
                    None => std::thread::yield_now(),
                }
            };
            assert_eq!(chunk.index, index);
            assert_eq!(chunk.samples[..8], [index as i16; 8]);
            read.give_back(chunk);
        }
        rendering.join().unwrap();
    }
}
