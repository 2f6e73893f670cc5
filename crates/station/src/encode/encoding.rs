//! A station's part of the encoding lane: every codec whose packets an encoder makes, each while somebody listens to it.

use std::sync::Arc;

use aeolian_codec::table::Making;
use aeolian_codec::{Codec, Encoder};
use aeolian_hub::BURST_CHUNKS_MAX;
use aeolian_hub::Hub;

use crate::clock::{CHUNK_NS, Nanos};
use crate::lane::{Next, Task};
use crate::shared::Shared;

/// How many kept packets are encoded first when somebody begins to listen: the longest burst, and
/// some more for who came just before.
const BACKLOG_CHUNKS: u64 = BURST_CHUNKS_MAX + 2;

/// Encodes each released packet once in every codec that somebody listens to.
/// Packets that were released while nobody listened in a codec are left out of it.
pub(crate) struct Encoding {
    shared: Arc<Shared>,
    tracks: Vec<Track>,
}

/// How far one codec has got.
struct Track {
    codec: Codec,
    /// None while nobody listens: an encoder holds a lot of memory.
    encoder: Option<Box<dyn Encoder>>,
    next: u64,
    /// While a packet is being encoded: a panic leaves it set.
    busy: bool,
}

/// What a track's step came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Nothing,
    Failed,
    Encoded,
}

impl Track {
    fn new(codec: Codec) -> Self {
        Self { codec, encoder: None, next: 0, busy: false }
    }

    fn step(&mut self, shared: &Shared) -> Step {
        if shared.hub.listening(self.codec) == 0 {
            self.encoder = None;
            return Step::Nothing;
        }
        self.busy = true;
        let encoded = self.encode(&shared.hub);
        self.busy = false;
        match encoded {
            Ok(true) => Step::Encoded,
            Ok(false) => Step::Nothing,
            Err(error) => {
                let (station, codec) = (&shared.config.name, self.codec.name());
                tracing::error!(station, codec, %error, "cannot encode a chunk");
                Step::Failed
            }
        }
    }

    /// Encodes the next packet, if there is one.
    fn encode(&mut self, hub: &Hub) -> Result<bool, aeolian_codec::Error> {
        let edge = hub.edge();
        let oldest = hub.oldest();
        if self.encoder.is_none() {
            self.next = edge.next.saturating_sub(BACKLOG_CHUNKS).max(self.next).max(oldest);
        } else if self.next < oldest {
            // Too slow by all the packets kept: their listeners skip.
            self.encoder = None;
            self.next = oldest;
        }
        let Some(packet) = hub.packet(self.next) else { return Ok(false) };
        if packet.discontinuity() {
            self.encoder = None;
        }
        if self.encoder.is_none() {
            self.encoder = self.codec.start().transpose()?;
        }
        if let Some(encoder) = &mut self.encoder {
            packet.set_audio(self.codec, encoder.encode(packet.chunk(), packet.samples())?);
        }
        self.next += 1;
        hub.set_encoded(self.codec, self.next);
        Ok(true)
    }

    /// Passes over the packet that could not be encoded without a panic.
    fn recover(&mut self) {
        if std::mem::take(&mut self.busy) {
            self.encoder = None;
            self.next += 1;
        }
    }
}

impl Encoding {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let is_made_in_turn = |codec: &Codec| matches!(codec.row().making, Making::InTurn { .. });
        Self { shared, tracks: Codec::all().filter(is_made_in_turn).map(Track::new).collect() }
    }
}

impl Task for Encoding {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        let most = self.tracks.iter_mut().map(|track| track.step(&self.shared)).max();
        match most {
            Some(Step::Encoded) => Next::At { begin: now, deadline: now + CHUNK_NS },
            Some(Step::Failed) => Next::at(now + CHUNK_NS),
            Some(Step::Nothing) | None => Next::Idle,
        }
    }

    fn faulted(&mut self, now: Nanos) -> Next {
        self.shared.stats.rebuilds.add(1);
        self.tracks.iter_mut().for_each(Track::recover);
        Next::at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use aeolian_hub::PACKETS_KEPT;
    use aeolian_hub::{BURST_MS_MAX, Event, Listener, Packet};
    use aeolian_piece::CHUNK_SAMPLES;

    fn release(hub: &Hub, chunk: u64) {
        hub.release(Packet::new(chunk, 0, false, Box::new([0; CHUNK_SAMPLES]), Vec::new()));
    }

    #[test]
    fn a_chunk_is_encoded_in_the_codecs_that_somebody_listens_to_and_in_no_other() {
        let shared = Arc::new(Shared::new(Config::new("main", 1), None));
        let mut encoding = Encoding::new(shared.clone());
        // What has been encoded of a new chunk once the lane has nothing more to do.
        let mut encoded = |chunk| {
            release(&shared.hub, chunk);
            while encoding.step(0) != Next::Idle {}
            let packet = shared.hub.packet(chunk).unwrap();
            [Codec::Opus, Codec::Flac].map(|codec| packet.audio(codec).is_some())
        };
        let listen = |codec| Listener::new(shared.hub.clone(), codec, 400);
        assert_eq!(encoded(0), [false, false]);
        let pcm = listen(Codec::Pcm);
        assert_eq!(encoded(1), [false, false]);
        let flac = listen(Codec::Flac);
        assert_eq!(encoded(2), [false, true]);
        let opus = listen(Codec::Opus);
        assert_eq!(encoded(3), [true, true]);
        drop(flac);
        assert_eq!(encoded(4), [true, false]);
        drop((opus, pcm));
        assert_eq!(encoded(5), [false, false]);
    }

    #[test]
    fn who_is_the_first_to_listen_in_a_codec_has_the_longest_burst_in_it() {
        let shared = Arc::new(Shared::new(Config::new("main", 1), None));
        let mut encoding = Encoding::new(shared.clone());
        (0..PACKETS_KEPT as u64).for_each(|chunk| release(&shared.hub, chunk));
        for codec in Codec::all() {
            let mut listener = Listener::new(shared.hub.clone(), codec, BURST_MS_MAX);
            while encoding.step(0) != Next::Idle {}
            let mut heard = 0;
            while let Some(Event::Audio(_)) = listener.try_next() {
                heard += 1;
            }
            assert_eq!(heard, BURST_CHUNKS_MAX, "{}", codec.name());
        }
    }
}
