//! A station's part of the encoding lane: Opus and FLAC, each while somebody listens to it.

use std::sync::Arc;

use crate::clock::{CHUNK_NS, Nanos};
use crate::hub::{BURST_CHUNKS_MAX, Hub};
use crate::lane::{Next, Task};
use crate::packet::{Format, Packet};
use crate::shared::Shared;
use crate::{Error, flac, opus};

/// How many kept packets are encoded first when somebody begins to listen: the longest burst, and
/// some more for who came just before.
const BACKLOG_CHUNKS: u64 = BURST_CHUNKS_MAX + 2;

/// Encodes each released packet once in every format that this lane encodes and somebody listens to.
/// Packets that were released while nobody listened in a format are left out of it.
pub(crate) struct Encoding {
    shared: Arc<Shared>,
    opus: Track<opus::Coder>,
    flac: Track<flac::Coder>,
}

/// What encodes the packets of a station in turn.
trait Encode: Sized {
    const FORMAT: Format;

    fn start() -> Result<Self, Error>;

    fn encode(&mut self, packet: &Packet) -> Result<&[u8], Error>;
}

impl Encode for opus::Coder {
    const FORMAT: Format = Format::Opus;

    fn start() -> Result<Self, Error> {
        Self::new()
    }

    fn encode(&mut self, packet: &Packet) -> Result<&[u8], Error> {
        self.encode(&packet.samples())
    }
}

impl Encode for flac::Coder {
    const FORMAT: Format = Format::Flac;

    fn start() -> Result<Self, Error> {
        Self::new()
    }

    fn encode(&mut self, packet: &Packet) -> Result<&[u8], Error> {
        self.encode(packet.chunk(), &packet.samples())
    }
}

/// How far one format has got.
struct Track<C> {
    /// None while nobody listens: a coder holds a lot of memory.
    coder: Option<C>,
    next: u64,
    /// While a packet is being encoded: a panic leaves it set.
    busy: bool,
}

/// What a track's step came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Encoded,
    Nothing,
    Failed,
}

impl<C: Encode> Track<C> {
    fn new() -> Self {
        Self { coder: None, next: 0, busy: false }
    }

    fn step(&mut self, shared: &Shared) -> Step {
        if shared.hub.listening(C::FORMAT) == 0 {
            self.coder = None;
            return Step::Nothing;
        }
        self.busy = true;
        let encoded = self.encode(&shared.hub);
        self.busy = false;
        match encoded {
            Ok(true) => Step::Encoded,
            Ok(false) => Step::Nothing,
            Err(error) => {
                let (station, format) = (&shared.config.name, C::FORMAT.name());
                tracing::error!(station, format, %error, "a chunk cannot be encoded");
                Step::Failed
            }
        }
    }

    /// Encodes the next packet, if there is one.
    fn encode(&mut self, hub: &Hub) -> Result<bool, Error> {
        let edge = hub.edge();
        let oldest = hub.oldest();
        if self.coder.is_none() {
            self.next = edge.next.saturating_sub(BACKLOG_CHUNKS).max(self.next).max(oldest);
        } else if self.next < oldest {
            // Too slow by all the packets kept: their listeners skip.
            self.coder = None;
            self.next = oldest;
        }
        let Some(packet) = hub.packet(self.next) else { return Ok(false) };
        if packet.discontinuity() {
            self.coder = None;
        }
        let coder = match &mut self.coder {
            Some(coder) => coder,
            none => none.insert(C::start()?),
        };
        packet.set_encoded(C::FORMAT, coder.encode(&packet)?);
        self.next += 1;
        hub.encoded(C::FORMAT, self.next);
        Ok(true)
    }

    /// Passes over the packet that could not be encoded without a panic.
    fn recover(&mut self) {
        if std::mem::take(&mut self.busy) {
            self.coder = None;
            self.next += 1;
        }
    }
}

impl Encoding {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, opus: Track::new(), flac: Track::new() }
    }
}

impl Task for Encoding {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        let steps = [self.opus.step(&self.shared), self.flac.step(&self.shared)];
        if steps.contains(&Step::Encoded) {
            Next::At { begin: now, deadline: now + CHUNK_NS }
        } else if steps.contains(&Step::Failed) {
            Next::at(now + CHUNK_NS)
        } else {
            Next::Idle
        }
    }

    fn faulted(&mut self, now: Nanos) -> Next {
        self.shared.stats.rebuilds.add(1);
        self.opus.recover();
        self.flac.recover();
        Next::at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::{BURST_MS_MAX, PACKETS_KEPT};
    use crate::{CHUNK_SAMPLES, Config, Event, Listener};

    #[test]
    fn a_chunk_is_encoded_in_the_formats_that_somebody_listens_to_and_in_no_other() {
        let shared = Arc::new(Shared::new(Config::new("main", 1), None));
        let mut encoding = Encoding::new(shared.clone());
        // What has been encoded of a new chunk once the lane has nothing more to do.
        let mut encoded = |chunk| {
            let packet = Packet::new(chunk, 0, false, &[0; CHUNK_SAMPLES], Vec::new());
            shared.hub.release(packet, None);
            while encoding.step(0) != Next::Idle {}
            let packet = shared.hub.packet(chunk).unwrap();
            [Format::Opus, Format::Flac].map(|format| packet.audio(format).is_some())
        };
        let listen = |format| Listener::new(shared.hub.clone(), format, 400);
        assert_eq!(encoded(0), [false, false]);
        let pcm = listen(Format::Pcm);
        assert_eq!(encoded(1), [false, false]);
        let flac = listen(Format::Flac);
        assert_eq!(encoded(2), [false, true]);
        let opus = listen(Format::Opus);
        assert_eq!(encoded(3), [true, true]);
        drop(flac);
        assert_eq!(encoded(4), [true, false]);
        drop((opus, pcm));
        assert_eq!(encoded(5), [false, false]);
    }

    #[test]
    fn who_is_the_first_to_listen_in_a_format_has_the_longest_burst_in_it() {
        let shared = Arc::new(Shared::new(Config::new("main", 1), None));
        let mut encoding = Encoding::new(shared.clone());
        for chunk in 0..PACKETS_KEPT as u64 {
            let packet = Packet::new(chunk, 0, false, &[0; CHUNK_SAMPLES], Vec::new());
            shared.hub.release(packet, None);
        }
        for format in [Format::Opus, Format::Flac] {
            let mut listener = Listener::new(shared.hub.clone(), format, BURST_MS_MAX);
            while encoding.step(0) != Next::Idle {}
            let mut heard = 0;
            while let Some(Event::Audio(_)) = listener.try_next() {
                heard += 1;
            }
            assert_eq!(heard, BURST_CHUNKS_MAX, "{}", format.name());
        }
    }
}
