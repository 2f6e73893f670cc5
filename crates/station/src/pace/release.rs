//! The release: takes chunks out of the ring when they are due and gives them to the hub.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use aeolian_codec::Fade;
use aeolian_hub::BURST_CHUNKS_MAX;
use aeolian_hub::{News, Packet, Vitals};
use aeolian_piece::bars::{Bars, NowPlaying};
use aeolian_piece::{CHUNK_FRAMES, CHUNK_SAMPLES, SAMPLE_RATE, chunk_start};

use super::pacer::{MISSING_MAX, PATIENCE, Pace, Pacer, REANCHOR_AFTER};
use crate::clock::{CHUNK_NS, MS, Nanos, unix_ms};
use crate::lane::{Next, Task};
use crate::lock::lock;
use crate::render::ring::{Chunk, ReadEnd};
use crate::shared::Shared;

/// Chunks released to nobody before the station sleeps: a listener who reconnects finds it awake.
const LINGER_CHUNKS: u64 = 10;

/// Chunks given at once to the listener who wakes a station, to fill its buffer: of these as many as
/// it wants.
const BURST_CHUNKS: RangeInclusive<u64> = 4..=BURST_CHUNKS_MAX;

// More would be so late from the beginning that the schedule was given up.
const _: () = assert!(BURST_CHUNKS_MAX as Nanos * CHUNK_NS <= REANCHOR_AFTER);

/// Chunks after those that a woken station still starts with: where it cannot keep up with its
/// schedule yet, it takes a later one.
const SETTLING_CHUNKS: u64 = 6;

/// How long after it was woken a station's first chunks are waited for: where many stations wake in
/// the same instant, each starts as soon as it can. Later than this, they are missing.
const WAKING: Nanos = 1_500 * MS;

/// How often a waking station looks for its first chunks, at first; then by tens.
const WAKING_LOOK: Nanos = MS;

/// Chunks in a second: how often `status` is sent.
const STATUS_CHUNKS: u64 = SAMPLE_RATE as u64 / CHUNK_FRAMES as u64;

/// Chunks after which the frame that was reached is noted, where stations are kept: a minute.
const NOTE_CHUNKS: u64 = 60 * STATUS_CHUNKS;

/// A station's part of the pacing lane.
pub(crate) struct Release {
    shared: Arc<Shared>,
    ring: ReadEnd,
    /// None while the station sleeps.
    pacer: Option<Pacer>,
    /// The chunk to be released next.
    next: u64,
    woken: Nanos,
    /// How many chunks a woken station starts with that it has yet to release.
    to_wake: u64,
    fade: Fade,
    bars: Bars,
    /// The chunk in hand, so that a fault does not lose it.
    current: Option<Box<Chunk>>,
    spare: Box<[i16; CHUNK_SAMPLES]>,
    /// Chunks that were missing without a break.
    missing: u64,
    /// Nothing goes out until there are real chunks again.
    starved: bool,
    discontinuity: bool,
    /// Chunks released since somebody listened.
    unheard: u64,
    rendered_ns: u64,
}

impl Release {
    pub(crate) fn new(shared: Arc<Shared>, ring: ReadEnd, first_chunk: u64) -> Self {
        Self {
            shared,
            ring,
            pacer: None,
            next: first_chunk,
            woken: 0,
            to_wake: 0,
            fade: Fade::default(),
            bars: Bars::default(),
            current: None,
            spare: Box::new([0; CHUNK_SAMPLES]),
            missing: 0,
            starved: false,
            discontinuity: false,
            unheard: 0,
            rendered_ns: 0,
        }
    }

    /// Sets the schedule so that the first chunks are due at once.
    fn wake(&mut self, now: Nanos) -> Pacer {
        let burst = self.shared.hub.take_burst().clamp(*BURST_CHUNKS.start(), *BURST_CHUNKS.end());
        let due = now - (burst - 1) as Nanos * CHUNK_NS;
        self.shared.schedule.anchor(self.next, due);
        self.woken = now;
        self.to_wake = burst + SETTLING_CHUNKS;
        self.unheard = 0;
        self.missing = 0;
        self.shared.poke_primer();
        self.shared.poke_renderer();
        self.shared.poke_conductor();
        Pacer::new(self.next, due)
    }

    /// One of the chunks that a woken station starts with has been released. With the last of the
    /// burst its schedule is set, and again where one comes late after that: late first chunks are a
    /// later start, not missing ones.
    fn wake_further(&mut self, pacer: &mut Pacer, now: Nanos) {
        self.to_wake -= 1;
        let next_due = now + CHUNK_NS;
        let was_late = next_due > pacer.due() + PATIENCE;
        if self.to_wake == SETTLING_CHUNKS || self.to_wake < SETTLING_CHUNKS && was_late {
            pacer.anchor(next_due);
            self.shared.schedule.anchor(self.next, next_due);
        }
    }

    /// When a waking station looks again for a chunk that is not there; none when it has waited for
    /// too long.
    fn look_while_waking(&self, now: Nanos) -> Option<Nanos> {
        let waited = now - self.woken;
        let look = if waited < 100 * MS { WAKING_LOOK } else { 10 * WAKING_LOOK };
        (self.to_wake > 0 && waited < WAKING).then_some(now + look)
    }

    fn sleep(&mut self) {
        self.shared.schedule.sleep();
        self.pacer = None;
        self.shared.hub.clear();
    }

    /// Takes a new schedule, by which the next chunk is due now.
    fn reanchor(&mut self, now: Nanos) {
        self.shared.schedule.anchor(self.next, now);
        self.shared.stats.reanchors.add(1);
        let (station, chunk) = (&self.shared.config.name, self.next);
        tracing::warn!(station, chunk, "more than 2 s behind schedule; starting a new schedule");
        self.discontinuity = true;
    }

    /// Throws away chunks whose time was given up. Answers whether the next one is there.
    fn find_next(&mut self) -> bool {
        while let Some(front) = self.ring.front() {
            if front >= self.next {
                return front == self.next;
            }
            if let Some(chunk) = self.ring.take_full() {
                self.shared.stats.too_late.add(1);
                self.ring.give_back(chunk);
            }
        }
        false
    }

    /// Releases the next chunk, which is in the ring, or fills in for it.
    fn release(&mut self, now: Nanos, due: Nanos) {
        let mut news = Vec::from_iter(lock(&self.shared.news).take().map(News::State));
        if self.next.is_multiple_of(STATUS_CHUNKS) {
            news.push(News::Vitals(self.vitals()));
        }
        let late_ms = u64::try_from((now - due) / MS).unwrap_or(0);
        let due_unix_ms = unix_ms().saturating_sub(late_ms);
        let gap = std::mem::take(&mut self.discontinuity);
        let found = self.ring.front() == Some(self.next);
        self.current = if found { self.ring.take_full() } else { None };
        let packet = match &mut self.current {
            Some(chunk) => {
                self.missing = 0;
                self.fade.pass(&mut chunk.samples, chunk.fresh || gap);
                let bars = self.bars.follow(&chunk.stretch);
                news.extend(bars.into_iter().map(|bar| News::Bar(Arc::new(bar))));
                *lock(&self.shared.now_playing) = NowPlaying::at_end_of(&chunk.stretch);
                Packet::new(self.next, due_unix_ms, gap, Box::new(chunk.samples), news)
            }
            None => {
                if self.missing == 0 {
                    let (station, chunk) = (&self.shared.config.name, self.next);
                    tracing::warn!(
                        station,
                        chunk,
                        "underrun: no chunk was ready; fading to silence"
                    );
                }
                self.missing += 1;
                self.shared.stats.underruns.add(1);
                self.shared.last_underrun.store(self.next + 1, Relaxed);
                self.fade.out(&mut self.spare);
                Packet::new(self.next, due_unix_ms, gap, self.spare.clone(), news)
            }
        };
        self.give_back();
        self.next += 1;
        self.shared.schedule.set_released(self.next);
        self.shared.depth.store(self.ring.depth() as u64, Relaxed);
        self.shared.hub.release(packet);
        self.shared.poke_encoding();
        self.record_controls(now);
        if self.next.is_multiple_of(NOTE_CHUNKS) {
            self.shared.note_frame();
        }
        self.unheard = if self.shared.hub.listeners() > 0 { 0 } else { self.unheard + 1 };
    }

    fn give_back(&mut self) {
        if let Some(chunk) = self.current.take() {
            self.ring.give_back(chunk);
        }
    }

    fn vitals(&mut self) -> Vitals {
        let stats = &self.shared.stats;
        let rendered_ns = stats.render_ns.get();
        let load = (rendered_ns - self.rendered_ns) / 1_000;
        self.rendered_ns = rendered_ns;
        stats.render_load_millionths.set(load);
        Vitals {
            buffer_chunks: self.ring.depth(),
            listeners: self.shared.hub.listeners(),
            render_load: load as f64 / 1e6,
        }
    }

    /// Notes how long the controls took that have just reached the wire.
    fn record_controls(&self, now: Nanos) {
        let out = chunk_start(self.next);
        lock(&self.shared.on_the_way).retain(|control| {
            let waits = control.frame >= out;
            if !waits {
                let took_us = u64::try_from((now - control.arrived) / 1_000).unwrap_or(0);
                self.shared.stats.control_to_wire.record(took_us);
            }
            waits
        });
    }
}

impl Task for Release {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        let mut pacer = match self.pacer {
            Some(pacer) => pacer,
            None if self.shared.hub.listeners() > 0 => self.wake(now),
            None => return Next::Idle,
        };
        let next = loop {
            // Those of the burst are due at once, however late they come.
            let is_burst = self.to_wake > SETTLING_CHUNKS;
            match if is_burst { Pace::Due } else { pacer.pace(now) } {
                Pace::Wait(until) => break Next::at(until),
                Pace::Reanchored => self.reanchor(now),
                Pace::Due => {}
            }
            let found = self.find_next();
            if !found {
                if let Some(look) = self.look_while_waking(now) {
                    break Next::at(look);
                }
                if std::mem::take(&mut self.to_wake) > 0 {
                    pacer.anchor(now);
                    self.shared.schedule.anchor(self.next, now);
                }
                if self.starved || self.missing >= MISSING_MAX {
                    self.starved = true;
                    pacer.anchor(now);
                    break Next::at(now + WAKING_LOOK * 10);
                }
                if let Some(look) = pacer.back_off(now) {
                    break Next::at(look);
                }
            } else if self.starved {
                self.starved = false;
                pacer.anchor(now);
                self.reanchor(now);
            }
            self.release(now, pacer.due());
            pacer.released();
            if self.to_wake > 0 {
                self.wake_further(&mut pacer, now);
            }
            if self.unheard > LINGER_CHUNKS {
                self.sleep();
                return Next::Idle;
            }
        };
        self.pacer = Some(pacer);
        next
    }

    fn faulted(&mut self, now: Nanos) -> Next {
        self.shared.stats.rebuilds.add(1);
        self.give_back();
        self.pacer = None;
        self.discontinuity = true;
        // Who listens has had its burst.
        self.shared.hub.forget_burst();
        Next::at(now + CHUNK_NS)
    }
}
