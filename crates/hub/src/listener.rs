//! A listener: a cursor into what a station has released.

use std::collections::VecDeque;
use std::sync::Arc;

use aeolian_codec::Codec;
use aeolian_piece::{CHUNK_MS, chunk_start};
use bytes::Bytes;
use tokio::sync::watch;

use crate::hub::{Edge, Hub};
use crate::news::News;
use crate::packet::Packet;
use crate::releases::{Newest, Releases};

/// More chunks behind than this, and a listener is moved to the live edge.
const BEHIND_MAX: u64 = 5;

/// So many skips without a calm stretch between them, and a listener is sent away.
const SKIPS_MAX: u32 = 4;

/// Chunks heard without a skip after which earlier skips are forgiven.
const CALM_CHUNKS: u32 = 100;

/// More chunks behind than this (10 s), and a listener is not moved any more but sent away.
const GONE_CHUNKS: u64 = 100;

/// What a listener is given next.
#[derive(Clone, Debug)]
pub enum Event {
    /// A chunk.
    Audio(Audio),
    /// What is told before the next chunk.
    News(News),
    /// It stayed too far behind: it is sent away.
    Evicted,
    /// The station has ended.
    Ended,
}

/// A chunk as one listener hears it.
#[derive(Clone, Debug)]
pub struct Audio {
    /// The chunk.
    pub packet: Arc<Packet>,
    /// Whether this listener did not hear the chunk before.
    pub gap: bool,
    codec: Codec,
    fades: bool,
}

impl Audio {
    /// Its bytes in the listener's codec; faded in after a gap for a listener that is
    /// [fading in](Listener::fading_in).
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let faded = || self.codec.faded_in(self.packet.chunk(), self.packet.samples());
        let faded = if self.gap && self.fades { faded() } else { None };
        // A listener is given only what is there in its codec.
        faded.or_else(|| self.packet.audio(self.codec).cloned()).unwrap_or_default()
    }
}

/// Follows a station. Dropping it leaves the station.
#[derive(Debug)]
pub struct Listener {
    hub: Arc<Hub>,
    edge: watch::Receiver<Edge>,
    codec: Codec,
    first_chunk: u64,
    /// The chunk to be given next.
    cursor: u64,
    /// How much of its packet's news has been given.
    news_given: usize,
    /// What is told before anything else: the bar on joining, state and bar after a skip.
    ahead: VecDeque<News>,
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
    /// A listener in a codec, who is given the last chunks that fill its target delay at once.
    #[must_use]
    pub fn new(hub: Arc<Hub>, codec: Codec, target_delay_ms: u32) -> Self {
        let burst = u64::from(target_delay_ms).div_ceil(CHUNK_MS);
        hub.join(codec, burst);
        let edge = hub.subscribe();
        let next = edge.borrow().next;
        let cursor = next.saturating_sub(burst).max(hub.oldest()).min(next);
        Self {
            ahead: hub.bar_before(cursor).map(News::Bar).into_iter().collect(),
            hub,
            edge,
            codec,
            first_chunk: cursor,
            cursor,
            news_given: 0,
            allowance: burst,
            discontinuity: false,
            fades: false,
            skips: 0,
            calm: 0,
        }
    }

    /// For a player that takes packets as they come: what it hears begins with a fade, now and after a gap.
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

    /// The codec of its audio.
    #[must_use]
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// How many released chunks it has not been given.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.edge.borrow().next_in(self.codec).saturating_sub(self.cursor)
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
        let next = edge.next_in(self.codec);
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
        if let Some(news) = self.ahead.pop_front() {
            return Some(Event::News(news));
        }
        if behind == 0 {
            return None;
        }
        let Some(packet) = self.hub.packet(self.cursor) else {
            // The station slept and forgot, or went on between the two looks.
            self.skip_to(self.hub.oldest().max(self.cursor + 1));
            return self.try_next();
        };
        if let Some(news) = packet.news().get(self.news_given) {
            self.news_given += 1;
            return Some(Event::News(news.clone()));
        }
        self.pass();
        // Where the encoder left it out, what follows does not follow.
        let left_out = packet.audio(self.codec).is_none();
        let gap = std::mem::replace(&mut self.discontinuity, left_out);
        if left_out {
            return self.try_next();
        }
        Some(Event::Audio(Audio { packet, gap, codec: self.codec, fades: self.fades }))
    }

    /// The next chunk with all its news, as everybody hears it. It is the short way for a listener who keeps up:
    /// none where there is no chunk, or anything else to be told, which [`Listener::try_next`] gives. Never waits;
    /// any thread.
    pub fn try_next_packet(&mut self) -> Option<Arc<Packet>> {
        let edge = *self.edge.borrow();
        let behind = edge.next_in(self.codec).saturating_sub(self.cursor);
        let keeps_up = (1..=BEHIND_MAX + self.allowance).contains(&behind);
        if edge.ended || !keeps_up || self.has_more_to_tell() {
            return None;
        }
        let packet = self.hub.packet(self.cursor)?;
        packet.audio(self.codec)?;
        if behind == 1 {
            self.allowance = 0;
        }
        self.pass();
        Some(packet)
    }

    /// The newest chunk of the station in this listener's codec, to be offered to all who hear the
    /// same: [`Listener::take`]. None where there is none, or the station has ended. Never waits; any
    /// thread.
    #[must_use]
    pub fn newest(&self) -> Option<Newest> {
        let edge = *self.edge.borrow();
        let chunk = edge.next_in(self.codec).checked_sub(1).filter(|_| !edge.ended)?;
        let packet = self.hub.packet(chunk)?;
        packet.audio(self.codec)?;
        Some(Newest { hub: self.hub.clone(), codec: self.codec, packet })
    }

    /// [`Listener::try_next_packet`] for a listener to whom nothing but this chunk is to be given, which
    /// is nearly everyone nearly always: answers whether it takes it. Others, and others' chunks, do not. Looks at
    /// nothing that is shared. Never waits; any thread.
    pub fn take(&mut self, newest: &Newest) -> bool {
        let is_own = Arc::ptr_eq(&self.hub, &newest.hub) && self.codec == newest.codec;
        if !is_own || self.cursor != newest.packet.chunk() || self.has_more_to_tell() {
            return false;
        }
        self.allowance = 0;
        self.pass();
        true
    }

    /// Whether something is to be told that is not in the packets, or not as it is there.
    fn has_more_to_tell(&self) -> bool {
        !self.ahead.is_empty() || self.news_given > 0 || self.discontinuity
    }

    /// Goes on to the next chunk.
    fn pass(&mut self) {
        self.news_given = 0;
        self.cursor += 1;
        self.calm += 1;
        if self.calm >= CALM_CHUNKS {
            self.skips = 0;
        }
    }

    /// Tells when there may be something new for this listener and for every other of its station
    /// and codec: one task that waits can then serve many by [`Listener::try_next`].
    #[must_use]
    pub fn releases(&self) -> Releases {
        let edge = self.edge.clone();
        let (seen, waiting_since) = {
            let edge = edge.borrow();
            (edge.next_in(self.codec), edge.released)
        };
        Releases { edge, codec: self.codec, seen, waiting_since }
    }

    fn skip_to(&mut self, chunk: u64) {
        self.hub.count_lagged();
        self.cursor = chunk;
        self.news_given = 0;
        self.calm = 0;
        self.allowance = 0;
        self.discontinuity = true;
        let (state, bar) = (self.hub.state(), self.hub.bar_before(chunk));
        self.ahead = state.map(News::State).into_iter().chain(bar.map(News::Bar)).collect();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.leave(self.codec);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::news::Vitals;
    use crate::stats::Stats;
    use aeolian_codec::fade::FADE_FRAMES;
    use aeolian_piece::{CHANNELS, CHUNK_SAMPLES};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    fn hub() -> Arc<Hub> {
        Arc::new(Hub::new(Arc::new(Stats::default())))
    }

    fn packet(chunk: u64, sample: i16, news: Vec<News>) -> Packet {
        Packet::new(chunk, 0, false, Box::new([sample; CHUNK_SAMPLES]), news)
    }

    /// Releases a chunk, in Opus too, with news before it where its number is even.
    fn release(hub: &Hub, chunk: u64) {
        let vitals = |listeners| Vitals { buffer_chunks: 2, listeners, render_load: 0.0 };
        let news = [1, 2].map(|listeners| News::Vitals(vitals(listeners)));
        let news = if chunk.is_multiple_of(2) { news.to_vec() } else { Vec::new() };
        let packet = packet(chunk, chunk as i16, news);
        packet.set_audio(Codec::Opus, &chunk.to_le_bytes());
        hub.release(packet);
        hub.set_encoded(Codec::Opus, chunk + 1);
    }

    /// What a listener is given: news, and chunks by their numbers.
    #[derive(Clone, Debug, PartialEq)]
    enum Delivered {
        News(News),
        Chunk(u64),
    }

    fn whole(packet: &Packet) -> Vec<Delivered> {
        let news = packet.news().iter().cloned().map(Delivered::News);
        news.chain([Delivered::Chunk(packet.chunk())]).collect()
    }

    /// What is left to be given.
    fn rest(listener: &mut Listener) -> Vec<Delivered> {
        let mut given = Vec::new();
        loop {
            match listener.try_next() {
                Some(Event::Audio(audio)) => given.push(Delivered::Chunk(audio.packet.chunk())),
                Some(Event::News(news)) => given.push(Delivered::News(news)),
                _ => return given,
            }
        }
    }

    #[test]
    fn the_short_way_gives_the_same_as_the_long_one() {
        for codec in [Codec::Pcm, Codec::Opus] {
            let hub = hub();
            let mut short = Listener::new(hub.clone(), codec, 0);
            let mut long = Listener::new(hub.clone(), codec, 0);
            for chunk in 0..6 {
                release(&hub, chunk);
                if chunk == 2 {
                    continue;
                }
                let packets = std::iter::from_fn(|| short.try_next_packet());
                let given: Vec<_> = packets.flat_map(|packet| whole(&packet)).collect();
                assert_eq!(given, rest(&mut long), "{} at {chunk}", codec.name());
                assert!(!given.is_empty());
            }
        }
    }

    #[test]
    fn the_short_way_is_not_for_who_has_more_to_be_told_than_chunks() {
        let hub = hub();
        let mut behind = Listener::new(hub.clone(), Codec::Pcm, 0);
        let mut halfway = Listener::new(hub.clone(), Codec::Pcm, 0);
        assert!(behind.try_next_packet().is_none(), "there is nothing yet");
        release(&hub, 0);
        assert!(matches!(halfway.try_next(), Some(Event::News(_))));
        assert!(halfway.try_next_packet().is_none());
        (1..=BEHIND_MAX).for_each(|chunk| release(&hub, chunk));
        assert!(behind.try_next_packet().is_none(), "it is moved to the live edge");
        assert!(!rest(&mut behind).is_empty());
        release(&hub, BEHIND_MAX + 1);
        assert!(behind.try_next_packet().is_some());
        hub.end();
        assert!(halfway.try_next_packet().is_none());
        assert!(matches!(halfway.try_next(), Some(Event::Ended)));
    }

    #[test]
    fn the_newest_chunk_is_taken_by_who_had_the_one_before_and_nobody_else() {
        let (here, elsewhere) = (hub(), hub());
        let join = |codec| Listener::new(here.clone(), codec, 0);
        let [mut short, mut long, mut behind, mut halfway] = [(); 4].map(|()| join(Codec::Pcm));
        let mut opus = join(Codec::Opus);
        let mut stranger = Listener::new(elsewhere.clone(), Codec::Pcm, 0);
        assert!(long.newest().is_none(), "there is nothing yet");
        for chunk in 0..4 {
            release(&here, chunk);
            release(&elsewhere, chunk);
            let newest = long.newest().unwrap();
            assert!(!stranger.take(&newest), "of another station");
            assert!(!opus.take(&newest), "in another codec");
            assert!(short.take(&newest));
            assert_eq!(whole(newest.packet()), rest(&mut long));
            assert!(!short.take(&newest), "it has it");
        }
        let newest = long.newest().unwrap();
        assert!(!behind.take(&newest), "it has not had the one before");
        behind.skip_to(3);
        assert!(!behind.take(&newest), "it is to be told of a gap first");
        while halfway.cursor < 3 {
            halfway.try_next();
        }
        release(&here, 4);
        assert!(halfway.take(&newest));
        let newest = long.newest().unwrap();
        assert!(matches!(halfway.try_next(), Some(Event::News(_))));
        assert!(!halfway.take(&newest), "it had the first of two news");
        here.end();
        assert!(long.newest().is_none(), "the station has ended");
    }

    #[test]
    fn a_player_is_faded_in_when_it_joins_and_after_a_gap_and_hears_the_rest_as_it_is() {
        let hub = hub();
        let mut player = Listener::new(hub.clone(), Codec::Pcm, 0).fading_in();
        let heard = |player: &mut Listener| {
            let mut samples = Vec::new();
            while let Some(event) = player.try_next() {
                let Event::Audio(audio) = event else { continue };
                let bytes = audio.bytes();
                samples.extend(bytes.chunks_exact(2).map(|s| i16::from_le_bytes([s[0], s[1]])));
            }
            samples
        };
        let loud = |chunk| hub.release(packet(chunk, 9_000, Vec::new()));
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
    fn what_other_codecs_get_wakes_nobody() {
        let hub = hub();
        let mut opus = Listener::new(hub.clone(), Codec::Opus, 0).releases();
        let mut cx = Context::from_waker(Waker::noop());
        {
            let mut waiting = pin!(opus.next());
            hub.release(packet(0, 0, Vec::new()));
            hub.set_encoded(Codec::Flac, 1);
            assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Pending);
            hub.set_encoded(Codec::Opus, 1);
            assert_eq!(waiting.poll(&mut cx), Poll::Ready(true));
        }
        hub.end();
        assert_eq!(pin!(opus.next()).poll(&mut cx), Poll::Ready(false));
    }

    #[test]
    fn who_did_not_look_at_two_chunks_knows_how_long_the_first_has_waited() {
        let hub = hub();
        release(&hub, 0);
        let mut releases = Listener::new(hub.clone(), Codec::Opus, 0).releases();
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
