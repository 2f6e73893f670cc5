//! A listener: a cursor into what a station has released.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
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
    /// Whether it has not heard the chunk before the next one.
    discontinuity: bool,
    /// Whether it is to be faded in then.
    fades: bool,
    skips: u32,
    calm: u32,
}

impl Listener {
    pub(crate) fn new(hub: Arc<Hub>, format: Format, target_delay_ms: u32) -> Self {
        let burst = u64::from(target_delay_ms).div_ceil(CHUNK_MS);
        hub.join(format, burst);
        let edge = hub.subscribe();
        let next = edge.borrow().next;
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
            fades: false,
            skips: 0,
            calm: 0,
        }
    }

    /// For a player that takes PCM or FLAC as they come: what it hears begins with a fade, now and after a gap.
    #[must_use]
    pub fn fading_in(mut self) -> Self {
        (self.discontinuity, self.fades) = (true, true);
        self
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
        self.pass();
        let audio = match (self.discontinuity, self.fades) {
            (false, _) => packet.audio(self.format).cloned(),
            (true, false) => packet.audio_after_gap(self.format),
            (true, true) => packet.audio_faded_in(self.format),
        };
        // Left out by the encoder: what follows does not follow.
        self.discontinuity = audio.is_none();
        audio.map(Event::Audio).or_else(|| self.try_next())
    }

    /// The texts and the audio of the next chunk in one run of WebSocket frames, the same bytes for
    /// everybody. It is the short way for a listener who keeps up: none where there is no chunk, or
    /// anything else to be told, which [`Listener::try_next`] gives. Never waits; any thread.
    pub fn try_next_framed(&mut self) -> Option<Bytes> {
        let edge = *self.edge.borrow();
        let behind = edge.next_in(self.format).saturating_sub(self.cursor);
        let keeps_up = (1..=BEHIND_MAX + self.allowance).contains(&behind);
        if edge.ended || !keeps_up || self.has_more_to_tell() {
            return None;
        }
        let framed = self.hub.packet(self.cursor)?.framed(self.format)?.clone();
        if behind == 1 {
            self.allowance = 0;
        }
        self.pass();
        Some(framed)
    }

    /// The newest chunk of the station in this listener's format, to be offered to all who hear the
    /// same: [`Listener::take`]. None where there is none, or the station has ended. Never waits; any
    /// thread.
    #[must_use]
    pub fn newest(&self) -> Option<Newest> {
        let edge = *self.edge.borrow();
        let chunk = edge.next_in(self.format).checked_sub(1).filter(|_| !edge.ended)?;
        let framed = self.hub.packet(chunk)?.framed(self.format)?.clone();
        Some(Newest { hub: self.hub.clone(), format: self.format, chunk, framed })
    }

    /// [`Listener::try_next_framed`] for a listener to whom nothing but this chunk is to be given, which
    /// is nearly everyone nearly always; none for others, and others' chunks. Looks at nothing that is
    /// shared. Never waits; any thread.
    pub fn take<'a>(&mut self, newest: &'a Newest) -> Option<&'a Bytes> {
        let is_own = Arc::ptr_eq(&self.hub, &newest.hub) && self.format == newest.format;
        if !is_own || self.cursor != newest.chunk || self.has_more_to_tell() {
            return None;
        }
        self.allowance = 0;
        self.pass();
        Some(&newest.framed)
    }

    /// Whether something is to be told that is not in the packets, or not as it is there.
    fn has_more_to_tell(&self) -> bool {
        !self.ahead.is_empty() || self.texts_given > 0 || self.discontinuity
    }

    /// Goes on to the next chunk.
    fn pass(&mut self) {
        self.texts_given = 0;
        self.cursor += 1;
        self.calm += 1;
        if self.calm >= CALM_CHUNKS {
            self.skips = 0;
        }
    }

    /// Tells when there may be something new for this listener and for every other of its station
    /// and format: one task that waits can then serve many by [`Listener::try_next`].
    #[must_use]
    pub fn releases(&self) -> Releases {
        let edge = self.edge.clone();
        let (seen, waiting_since) = {
            let edge = edge.borrow();
            (edge.next_in(self.format), edge.released)
        };
        Releases { edge, format: self.format, seen, waiting_since }
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

/// The newest chunk of a station in a format, with the texts before it, as WebSocket frames.
#[derive(Clone, Debug)]
pub struct Newest {
    hub: Arc<Hub>,
    format: Format,
    chunk: u64,
    framed: Bytes,
}

/// Waits for what a station releases in a format.
#[derive(Clone, Debug)]
pub struct Releases {
    edge: watch::Receiver<Edge>,
    format: Format,
    /// The chunk that was not there yet when it was looked last.
    seen: u64,
    waiting_since: Instant,
}

impl Releases {
    /// Whether both tell of the same station and format.
    #[must_use]
    pub fn are_those_of(&self, other: &Self) -> bool {
        self.edge.same_channel(&other.edge) && self.format == other.format
    }

    /// Waits until something was released since the last call; false once the station has ended.
    /// What other formats get wakes nobody. Cancel-safe.
    pub async fn next(&mut self) -> bool {
        let (format, seen) = (self.format, self.seen);
        let is_new = |edge: &Edge| edge.ended || edge.next_in(format) != seen;
        // An error means that the station is gone: its listeners have been told so.
        let Ok(edge) = self.edge.wait_for(is_new).await else { return false };
        // Chunks come at their pace: those after the first that was not seen came later by as much.
        let later_ms = edge.next.saturating_sub(seen + 1).saturating_mul(CHUNK_MS);
        let first = edge.released.checked_sub(Duration::from_millis(later_ms));
        self.waiting_since = first.unwrap_or(edge.released);
        self.seen = edge.next_in(format);
        !edge.ended
    }

    /// When the first chunk was released that the last [`Releases::next`] told of.
    #[must_use]
    pub fn waiting_since(&self) -> Instant {
        self.waiting_since
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.leave(self.format);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fade::FADE_FRAMES;
    use crate::packet::{BINARY_HEADER_BYTES, Packet};
    use crate::{CHANNELS, CHUNK_SAMPLES, Stats};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn hub() -> Arc<Hub> {
        Arc::new(Hub::new(Arc::new(Stats::default())))
    }

    /// Releases a chunk, in Opus too, with a text before it where its number is even.
    fn release(hub: &Hub, chunk: u64) {
        let text = || Message::json(&format!("before {chunk}"));
        let texts = if chunk.is_multiple_of(2) { vec![text(), text()] } else { Vec::new() };
        let samples = [chunk as i16; CHUNK_SAMPLES];
        let packet = Packet::new(chunk, 0, false, &samples, texts);
        packet.set_encoded(Format::Opus, &chunk.to_le_bytes());
        hub.release(packet, None);
        hub.encoded(Format::Opus, chunk + 1);
    }

    /// What is left to tell, as it goes to a socket.
    fn rest(listener: &mut Listener) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(Event::Audio(message) | Event::Text(message)) = listener.try_next() {
            bytes.extend_from_slice(message.framed());
        }
        bytes
    }

    #[test]
    fn the_short_way_gives_the_same_bytes_as_the_long_one() {
        for format in Format::ON_SOCKETS {
            let hub = hub();
            let mut short = Listener::new(hub.clone(), format, 0);
            let mut long = Listener::new(hub.clone(), format, 0);
            for chunk in 0..6 {
                release(&hub, chunk);
                if chunk == 2 {
                    continue;
                }
                let framed = std::iter::from_fn(|| short.try_next_framed());
                let bytes: Vec<u8> = framed.flatten().collect();
                assert!(bytes == rest(&mut long), "{} at {chunk}", format.name());
                assert!(!bytes.is_empty());
            }
        }
    }

    #[test]
    fn the_short_way_is_not_for_who_has_more_to_be_told_than_chunks() {
        let hub = hub();
        let mut behind = Listener::new(hub.clone(), Format::Pcm, 0);
        let mut halfway = Listener::new(hub.clone(), Format::Pcm, 0);
        assert!(behind.try_next_framed().is_none(), "there is nothing yet");
        release(&hub, 0);
        assert!(matches!(halfway.try_next(), Some(Event::Text(_))));
        assert!(halfway.try_next_framed().is_none());
        (1..=BEHIND_MAX).for_each(|chunk| release(&hub, chunk));
        assert!(behind.try_next_framed().is_none(), "it is moved to the live edge");
        assert!(!rest(&mut behind).is_empty());
        release(&hub, BEHIND_MAX + 1);
        assert!(behind.try_next_framed().is_some());
        hub.end();
        assert!(halfway.try_next_framed().is_none());
        assert!(matches!(halfway.try_next(), Some(Event::Ended)));
    }

    #[test]
    fn the_newest_chunk_is_taken_by_who_had_the_one_before_and_nobody_else() {
        let (here, elsewhere) = (hub(), hub());
        let join = |format| Listener::new(here.clone(), format, 0);
        let [mut short, mut long, mut behind, mut halfway] = [(); 4].map(|()| join(Format::Pcm));
        let mut opus = join(Format::Opus);
        let mut stranger = Listener::new(elsewhere.clone(), Format::Pcm, 0);
        assert!(long.newest().is_none(), "there is nothing yet");
        for chunk in 0..4 {
            release(&here, chunk);
            release(&elsewhere, chunk);
            let newest = long.newest().unwrap();
            assert!(stranger.take(&newest).is_none(), "of another station");
            assert!(opus.take(&newest).is_none(), "in another format");
            assert_eq!(short.take(&newest).unwrap(), &rest(&mut long));
            assert!(short.take(&newest).is_none(), "it has it");
        }
        let newest = long.newest().unwrap();
        assert!(behind.take(&newest).is_none(), "it has not had the one before");
        behind.skip_to(3);
        assert!(behind.take(&newest).is_none(), "it is to be told of a gap first");
        while halfway.cursor < 3 {
            halfway.try_next();
        }
        release(&here, 4);
        assert!(halfway.take(&newest).is_some());
        let newest = long.newest().unwrap();
        assert!(matches!(halfway.try_next(), Some(Event::Text(_))));
        assert!(halfway.take(&newest).is_none(), "it had the first of two texts");
        here.end();
        assert!(long.newest().is_none(), "the station has ended");
    }

    #[test]
    fn a_player_is_faded_in_when_it_joins_and_after_a_gap_and_hears_the_rest_as_it_is() {
        let hub = hub();
        let mut player = Listener::new(hub.clone(), Format::Pcm, 0).fading_in();
        let heard = |player: &mut Listener| {
            let mut samples = Vec::new();
            while let Some(event) = player.try_next() {
                let Event::Audio(message) = event else { continue };
                let bytes = message.payload().slice(BINARY_HEADER_BYTES..);
                samples.extend(bytes.chunks_exact(2).map(|s| i16::from_le_bytes([s[0], s[1]])));
            }
            samples
        };
        let loud = |chunk| {
            hub.release(Packet::new(chunk, 0, false, &[9_000; CHUNK_SAMPLES], Vec::new()), None);
        };
        let rises = |samples: &[i16]| {
            let (rise, rest) = samples.split_at(FADE_FRAMES * CHANNELS);
            let steepest = rise.windows(3).map(|three| three[2] - three[0]).max().unwrap();
            assert!(rise[0] == 0 && rise.is_sorted() && steepest < 40, "{steepest}");
            assert!(rest.iter().all(|sample| *sample == 9_000));
        };
        (0..3).for_each(loud);
        let joined = heard(&mut player);
        assert_eq!(joined.len(), 3 * CHUNK_SAMPLES);
        rises(&joined);
        (3..11).for_each(loud);
        let moved = heard(&mut player);
        assert_eq!(moved.len(), CHUNK_SAMPLES, "it is moved to the live edge");
        rises(&moved);
        loud(11);
        assert_eq!(heard(&mut player), [9_000; CHUNK_SAMPLES]);
    }

    #[test]
    fn what_other_formats_get_wakes_nobody() {
        let hub = hub();
        let mut opus = Listener::new(hub.clone(), Format::Opus, 0).releases();
        let mut cx = Context::from_waker(Waker::noop());
        let packet = Packet::new(0, 0, false, &[0; CHUNK_SAMPLES], Vec::new());
        {
            let mut waiting = pin!(opus.next());
            hub.release(packet, None);
            hub.encoded(Format::Flac, 1);
            assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Pending);
            hub.encoded(Format::Opus, 1);
            assert_eq!(waiting.poll(&mut cx), Poll::Ready(true));
        }
        hub.end();
        assert_eq!(pin!(opus.next()).poll(&mut cx), Poll::Ready(false));
    }
    #[test]
    fn who_did_not_look_at_two_chunks_knows_how_long_the_first_has_waited() {
        let hub = hub();
        release(&hub, 0);
        let mut releases = Listener::new(hub.clone(), Format::Opus, 0).releases();
        let mut waited = || {
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(pin!(releases.next()).poll(&mut cx), Poll::Ready(true));
            hub.edge().released - releases.waiting_since()
        };
        release(&hub, 1);
        assert_eq!(waited(), Duration::ZERO);
        (2..5).for_each(|chunk| release(&hub, chunk));
        assert_eq!(waited(), Duration::from_millis(2 * CHUNK_MS));
        release(&hub, 5);
        assert_eq!(waited(), Duration::ZERO);
    }
}
