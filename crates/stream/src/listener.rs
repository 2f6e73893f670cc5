//! A listener: a cursor into what a station has released.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

use crate::hub::{Edge, Hub};
use crate::message::Message;
use crate::packet::Format;
use crate::{CHUNK_MS, chunk_start};

/// More chunks behind than this, and a listener is moved to the live edge.
pub const BEHIND_MAX: u64 = 5;

/// So many skips without a calm stretch between them, and a listener is sent away.
const SKIPS_MAX: u32 = 4;

/// Chunks heard without a skip after which earlier skips are forgiven.
const CALM_CHUNKS: u32 = 100;

/// More chunks behind than this (10 s), and a listener is not moved any more but sent away.
pub const GONE_CHUNKS: u64 = 100;

/// What a listener is to be told next.
#[derive(Clone, Debug)]
pub enum Event {
    /// Audio, in the listener's format.
    Audio(Message),
    /// `state`, `score` or `status`.
    Text(Message),
    /// It stayed too far behind: close with 1013.
    Evicted,
    /// The station has ended: close with 1001.
    Ended,
}

/// Follows a station. Dropping it leaves the station.
#[derive(Debug)]
pub struct Listener {
    hub: Arc<Hub>,
    edge: watch::Receiver<Edge>,
    format: Format,
    first_chunk: u64,
    /// The chunk to be given next.
    cursor: u64,
    /// How many of its packet's texts have been given.
    texts_given: usize,
    /// What goes out before anything else: `score` on joining, `state` and `score` after a skip.
    ahead: VecDeque<Message>,
    /// What it may be behind beyond [`BEHIND_MAX`], until it has taken its first burst.
    allowance: u64,
    discontinuity: bool,
    skips: u32,
    calm: u32,
}

impl Listener {
    pub(crate) fn new(hub: Arc<Hub>, format: Format, target_delay_ms: u32) -> Self {
        hub.join(format);
        let edge = hub.subscribe();
        let next = edge.borrow().next;
        let burst = u64::from(target_delay_ms).div_ceil(CHUNK_MS);
        let cursor = next.saturating_sub(burst).max(hub.oldest()).min(next);
        Self {
            ahead: hub.bar_before(cursor).into_iter().collect(),
            hub,
            edge,
            format,
            first_chunk: cursor,
            cursor,
            texts_given: 0,
            allowance: burst,
            discontinuity: false,
            skips: 0,
            calm: 0,
        }
    }

    /// The frame at which what it hears begins.
    #[must_use]
    pub fn first_frame(&self) -> u64 {
        chunk_start(self.first_chunk)
    }

    /// The format of its audio.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// How many released chunks it has not been given.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.edge.borrow().next_in(self.format).saturating_sub(self.cursor)
    }

    /// Waits for the next event. Cancel-safe: an event is lost only once it has been given.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.try_next() {
                return event;
            }
            if self.edge.changed().await.is_err() {
                return Event::Ended;
            }
        }
    }

    /// The next event, if there is one yet. Never waits; any thread.
    pub fn try_next(&mut self) -> Option<Event> {
        let edge = *self.edge.borrow_and_update();
        if edge.ended {
            return Some(Event::Ended);
        }
        let next = edge.next_in(self.format);
        let behind = next.saturating_sub(self.cursor);
        if behind > BEHIND_MAX + self.allowance {
            self.skips += 1;
            if self.skips >= SKIPS_MAX || behind > GONE_CHUNKS {
                self.hub.stats.evicted.add(1);
                return Some(Event::Evicted);
            }
            self.skip_to(next - 1);
        }
        if behind <= 1 {
            self.allowance = 0;
        }
        if let Some(text) = self.ahead.pop_front() {
            return Some(Event::Text(text));
        }
        if behind == 0 {
            return None;
        }
        let Some(packet) = self.hub.packet(self.cursor) else {
            // The station slept and forgot, or went on between the two looks.
            self.skip_to(self.hub.oldest().max(self.cursor + 1));
            return self.try_next();
        };
        if let Some(text) = packet.texts().get(self.texts_given) {
            self.texts_given += 1;
            return Some(Event::Text(text.clone()));
        }
        self.texts_given = 0;
        self.cursor += 1;
        self.calm += 1;
        if self.calm >= CALM_CHUNKS {
            self.skips = 0;
        }
        let audio = if self.discontinuity {
            packet.audio_after_gap(self.format)
        } else {
            packet.audio(self.format).cloned()
        };
        // Left out by the encoder: what follows does not follow.
        self.discontinuity = audio.is_none();
        audio.map(Event::Audio).or_else(|| self.try_next())
    }

    /// Resolves once the listener is so far behind that it would be evicted: to give up a write to
    /// it that does not end.
    pub async fn gone(&self) {
        let mut edge = self.edge.clone();
        let behind = |edge: &Edge| edge.next_in(self.format).saturating_sub(self.cursor);
        let gone = |edge: &Edge| behind(edge) > GONE_CHUNKS;
        // An error means that the station has ended, and with it every write.
        let _ = edge.wait_for(|edge| edge.ended || gone(edge)).await;
    }

    /// Tells when there may be something new for this listener and for every other of its station:
    /// one task that waits can then serve many by [`Listener::try_next`].
    #[must_use]
    pub fn releases(&self) -> Releases {
        Releases { edge: self.edge.clone() }
    }

    fn skip_to(&mut self, chunk: u64) {
        self.hub.stats.lagged.add(1);
        self.cursor = chunk;
        self.texts_given = 0;
        self.calm = 0;
        self.allowance = 0;
        self.discontinuity = true;
        self.ahead = self.hub.state().into_iter().chain(self.hub.bar_before(chunk)).collect();
    }
}

/// Waits for what a station releases.
#[derive(Clone, Debug)]
pub struct Releases {
    edge: watch::Receiver<Edge>,
}

impl Releases {
    /// Whether both tell of the same station.
    #[must_use]
    pub fn is_of_same_station(&self, other: &Self) -> bool {
        self.edge.same_channel(&other.edge)
    }

    /// Waits until something was released since the last call, or the station has ended.
    /// Cancel-safe.
    pub async fn next(&mut self) {
        // An error means that the station is gone: its listeners have been told so.
        let _ = self.edge.changed().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.leave(self.format);
    }
}
