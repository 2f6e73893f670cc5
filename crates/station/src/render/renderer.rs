//! The renderer: makes chunks, each from the plan that holds, and hands them to the pacer.
//!
//! While it makes a chunk it allocates nothing, frees nothing, takes no lock and makes no system
//! call. What it is done with goes back to be freed elsewhere.

use aeolian_codec::pcm;
use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_SAMPLES, chunk_start};
use aeolian_synth::{Engine, LOOK_AHEAD, Plan};

use super::handover::RendererEnd;
use super::ring::Chunk;
use super::seat::Seat;
use crate::clock::{Clock, MS, Nanos};
use crate::lane::{Next, Task};

/// How long the renderer stays away from a full ring.
const FULL_WAIT: Nanos = 10 * MS;

/// A station's part of the render lane.
pub(crate) struct Renderer {
    player: Player,
    /// The chunk that is being filled; after a fault, the one that was.
    current: Option<Box<Chunk>>,
    seat: Seat,
    /// Tells how long a chunk takes.
    clock: Clock,
    /// Its engine has failed, or it has none yet: it waits for one.
    waits: bool,
}

/// The engine and what it plays from.
struct Player {
    /// None until a station that is started again has been primed.
    engine: Option<Engine>,
    /// The chunk to be begun next.
    next: u64,
    /// A plan for a frame within the chunk that is being made.
    held: Option<Box<Plan>>,
    block: Box<[f32; CHUNK_SAMPLES]>,
    /// The engine begins out of silence: the next chunk must be faded in.
    fresh: bool,
}

impl Player {
    /// Makes the next chunk, where there is an engine.
    fn make(&mut self, chunk: &mut Chunk, seed: u64, plans: &mut RendererEnd) {
        let Self { engine: Some(engine), held, block, .. } = self else { return };
        let index = self.next;
        let start = chunk_start(index);
        let end = start + CHUNK_FRAMES as u64;
        *held = plans.begin(index, engine.frame());
        adopt_what_is_due(engine, held, plans);
        chunk.index = index;
        chunk.stretch.start = *engine.transport();
        // An engine that begins here begins with a whole quantum.
        let mut at = if self.fresh { engine.frame().clamp(start, end) } else { start };
        while engine.look_ahead() {
            adopt_what_is_due(engine, held, plans);
        }
        let sample = |frame: u64| (frame - start) as usize * CHANNELS;
        block[..sample(at)].fill(0.0);
        while at < end {
            // What is held begins after all that has been computed, so that this goes on.
            let until =
                held.as_ref().map_or(end, |plan| plan.frame.saturating_sub(LOOK_AHEAD as u64));
            let until = until.clamp(at, end);
            engine.render(&mut block[sample(at)..sample(until)]);
            at = until;
            adopt_what_is_due(engine, held, plans);
        }
        pcm::to_s16(seed, start, &block[..], &mut chunk.samples);
        chunk.stretch.end = *engine.transport();
        let last_tick = chunk.stretch.end.next_tick().saturating_sub(1);
        let phrases = &engine.plan().phrases;
        let phrase = phrases.iter().rev().find(|phrase| phrase.start <= last_tick);
        chunk.stretch.phrase = phrase.or_else(|| phrases.first()).cloned();
        chunk.fresh = std::mem::take(&mut self.fresh);
        self.next += 1;
    }
}

fn adopt_what_is_due(engine: &mut Engine, held: &mut Option<Box<Plan>>, plans: &mut RendererEnd) {
    if let Some(plan) = held.take_if(|plan| plan.frame <= engine.frame()) {
        plans.give_back(engine.adopt(plan));
    }
}

impl Renderer {
    /// Renders from `first_chunk` on, with this engine or with the one that it is given.
    #[allow(clippy::disallowed_methods, reason = "here it is made")]
    pub(crate) fn new(engine: Option<Engine>, first_chunk: u64, seat: Seat, clock: Clock) -> Self {
        let waits = engine.is_none();
        let player = Player {
            engine,
            next: first_chunk,
            held: None,
            block: Box::new([0.0; CHUNK_SAMPLES]),
            fresh: false,
        };
        Self { player, current: None, seat, clock, waits }
    }

    /// When the next chunk is wanted.
    fn next(&self) -> Next {
        let schedule = &self.seat.schedule;
        match (schedule.begin(self.player.next), schedule.due(self.player.next)) {
            (Some(begin), Some(deadline)) => Next::At { begin, deadline },
            _ => Next::Idle,
        }
    }

    /// Takes over the engine that has been primed, or that the conductor has made after a fault.
    fn take_engine(&mut self) {
        let player = &mut self.player;
        if let Some((chunk, fresh)) = self.seat.plans.replace(&mut player.engine) {
            player.next = chunk;
            player.fresh = fresh;
            self.waits = false;
        }
    }
}

impl Task for Renderer {
    fn step(&mut self, now: Nanos) -> Next {
        if self.seat.is_stopped() {
            return Next::Done;
        }
        if self.waits {
            self.take_engine();
        }
        if self.waits {
            return Next::Idle;
        }
        match self.next() {
            Next::At { begin, .. } if begin <= now => {}
            later => return later,
        }
        if self.player.next >= self.seat.schedule.limit() {
            return Next::at(now + FULL_WAIT);
        }
        self.current = self.current.take().or_else(|| self.seat.ring.take_empty());
        let Some(chunk) = self.current.as_deref_mut() else {
            self.seat.stats.overruns.add(1);
            return Next::at(now + FULL_WAIT);
        };
        let began = self.clock.now();
        self.player.make(chunk, self.seat.seed, &mut self.seat.plans);
        let took = u64::try_from(self.clock.now() - began).unwrap_or(0);
        if let Some(chunk) = self.current.take() {
            self.seat.ring.hand_on(chunk);
        }
        self.seat.stats.rendered(took);
        self.next()
    }

    fn faulted(&mut self, _now: Nanos) -> Next {
        self.waits = true;
        if let Some(plan) = self.player.held.take() {
            self.seat.plans.give_back(plan);
        }
        self.seat.stats.rebuilds.add(1);
        self.seat.plans.report_fault();
        Next::Idle
    }
}
