//! A station's part of the encoding lane: Opus, while somebody listens to it.

use std::sync::Arc;

use super::Coder;
use crate::clock::{CHUNK_NS, Nanos};
use crate::lane::{Next, Task};
use crate::packet::Format;
use crate::shared::Shared;

/// How many kept packets are encoded first when somebody begins to listen: what fills a buffer, and
/// some more for who came just before.
const BACKLOG_CHUNKS: u64 = 8;

/// Encodes each released packet once. Packets that were released while nobody listened in Opus are
/// left out.
pub(crate) struct Encoding {
    shared: Arc<Shared>,
    /// None while nobody listens: a coder holds a lot of memory.
    coder: Option<Coder>,
    next: u64,
}

impl Encoding {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, coder: None, next: 0 }
    }

    /// Encodes the next packet, if there is one.
    fn encode(&mut self) -> Result<bool, crate::Error> {
        let hub = &self.shared.hub;
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
            none => none.insert(Coder::new()?),
        };
        packet.set_opus(coder.encode(&packet.samples())?);
        self.next += 1;
        hub.encoded(self.next);
        Ok(true)
    }
}

impl Task for Encoding {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        if self.shared.hub.listening(Format::Opus) == 0 {
            self.coder = None;
            return Next::Idle;
        }
        match self.encode() {
            Ok(true) => Next::At { begin: now, deadline: now + CHUNK_NS },
            Ok(false) => Next::Idle,
            Err(error) => {
                tracing::error!(station = self.shared.config.name, %error, "no Opus");
                Next::at(now + CHUNK_NS)
            }
        }
    }

    fn faulted(&mut self, now: Nanos) -> Next {
        self.shared.stats.rebuilds.add(1);
        self.coder = None;
        self.next += 1;
        Next::at(now)
    }
}
