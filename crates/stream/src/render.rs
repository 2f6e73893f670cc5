//! The renderer: makes chunks, each from the plan that holds, and hands them to the pacer.
//!
//! While it makes a chunk it allocates nothing, frees nothing, takes no lock and makes no system
//! call. What it is done with goes back to be freed elsewhere.

use std::sync::Arc;

use aeolian_synth::{CHANNELS, Engine, LOOK_AHEAD, Plan};

use crate::clock::{Clock, MS, Nanos};
use crate::handover::RendererEnd;
use crate::lane::{Next, Task};
use crate::ring::{Chunk, WriteEnd};
use crate::shared::Shared;
use crate::{CHUNK_FRAMES, CHUNK_SAMPLES, chunk_start, pcm};

/// How long the renderer stays away from a full ring.
const FULL_WAIT: Nanos = 10 * MS;

/// A station's part of the render lane.
pub(crate) struct Renderer {
    player: Player,
    /// The chunk that is being filled; after a fault, the one that was.
    current: Option<Box<Chunk>>,
    ring: WriteEnd,
    shared: Arc<Shared>,
    clock: Clock,
    /// Its engine has failed: it waits for another.
    broken: bool,
}

/// The engine and what it plays from.
struct Player {
    engine: Engine,
    seed: u64,
    /// The chunk to be begun next.
    next: u64,
    /// A plan for a frame within the chunk that is being made.
    held: Option<Box<Plan>>,
    plans: RendererEnd,
    block: Box<[f32; CHUNK_SAMPLES]>,
    /// The engine is new: the next chunk must be faded in.
    fresh: bool,
}

impl Player {
    /// Makes the next chunk.
    fn make(&mut self, chunk: &mut Chunk) {
        let index = self.next;
        let start = chunk_start(index);
        let end = start + CHUNK_FRAMES as u64;
        self.held = self.plans.begin(index, self.engine.frame());
        self.adopt_what_is_due();
        chunk.index = index;
        chunk.start = *self.engine.transport();
        // An engine that begins here begins with a whole quantum.
        let mut at = if self.fresh { self.engine.frame().clamp(start, end) } else { start };
        self.engine.look_ahead();
        self.adopt_what_is_due();
        let sample = |frame: u64| (frame - start) as usize * CHANNELS;
        self.block[..sample(at)].fill(0.0);
        while at < end {
            // What is held begins after all that has been computed, so that this goes on.
            let until =
                self.held.as_ref().map_or(end, |plan| plan.frame.saturating_sub(LOOK_AHEAD as u64));
            let until = until.clamp(at, end);
            self.engine.render(&mut self.block[sample(at)..sample(until)]);
            at = until;
            self.adopt_what_is_due();
        }
        pcm::to_s16(self.seed, start, &self.block[..], &mut chunk.samples);
        chunk.end = *self.engine.transport();
        let last_tick = chunk.end.next_tick().saturating_sub(1);
        let phrases = &self.engine.plan().phrases;
        let phrase = phrases.iter().rev().find(|phrase| phrase.start <= last_tick);
        chunk.phrase = phrase.or_else(|| phrases.first()).cloned();
        chunk.fresh = std::mem::take(&mut self.fresh);
        self.next += 1;
    }

    fn adopt_what_is_due(&mut self) {
        if let Some(plan) = self.held.take_if(|plan| plan.frame <= self.engine.frame()) {
            let old = self.engine.adopt(plan);
            self.plans.give_back(old);
        }
    }
}

impl Renderer {
    /// Renders from `first_chunk` on; an engine that does not begin with chunk 0 is faded in.
    pub(crate) fn new(
        engine: Engine,
        first_chunk: u64,
        plans: RendererEnd,
        ring: WriteEnd,
        shared: Arc<Shared>,
        clock: Clock,
    ) -> Self {
        let player = Player {
            engine,
            seed: shared.seed(),
            next: first_chunk,
            held: None,
            plans,
            block: Box::new([0.0; CHUNK_SAMPLES]),
            fresh: first_chunk > 0,
        };
        Self { player, current: None, ring, shared, clock, broken: false }
    }

    /// When the next chunk is wanted.
    fn next(&self) -> Next {
        let schedule = &self.shared.schedule;
        match (schedule.begin(self.player.next), schedule.due(self.player.next)) {
            (Some(begin), Some(deadline)) => Next::At { begin, deadline },
            _ => Next::Idle,
        }
    }

    /// Takes over the engine that the conductor has made after a fault.
    fn recover(&mut self) {
        let player = &mut self.player;
        if let Some(chunk) = player.plans.replace(&mut player.engine) {
            player.next = chunk;
            player.fresh = true;
            self.broken = false;
        }
    }
}

impl Task for Renderer {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        if self.broken {
            self.recover();
        }
        if self.broken {
            return Next::Idle;
        }
        match self.next() {
            Next::At { begin, .. } if begin <= now => {}
            later => return later,
        }
        if self.player.next >= self.shared.schedule.limit() {
            return Next::at(now + FULL_WAIT);
        }
        self.current = self.current.take().or_else(|| self.ring.take_empty());
        let Some(chunk) = self.current.as_deref_mut() else {
            self.shared.stats.overruns.add(1);
            return Next::at(now + FULL_WAIT);
        };
        let began = self.clock.now();
        self.player.make(chunk);
        let took = u64::try_from(self.clock.now() - began).unwrap_or(0);
        if let Some(chunk) = self.current.take() {
            self.ring.hand_on(chunk);
        }
        self.shared.stats.rendered(took);
        self.next()
    }

    fn faulted(&mut self, _now: Nanos) -> Next {
        self.broken = true;
        if let Some(plan) = self.player.held.take() {
            self.player.plans.give_back(plan);
        }
        self.shared.report_fault();
        Next::Idle
    }
}
