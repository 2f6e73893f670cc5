//! The conductor: turns what is asked of a station into plans, and composes ahead.
//!
//! It picks the first chunk that has not begun, composes what holds from its first quantum, and puts
//! the plan where the renderer finds it. Only when it is certain that the renderer does so in time is
//! the change logged and answered; otherwise it tries again with a later frame, as if nothing had
//! happened. Changes that hold from the same frame are composed as one, so the log alone, frame by
//! frame, gives the same music.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use aeolian_piece::chunk::{entry_frame, first_quantum, rendered_in};
use aeolian_piece::log::{Delayed, Entry};
use aeolian_piece::{Piece, State};
use aeolian_score::Change;
use aeolian_score::control::Controls;
use aeolian_score::control::change::Apply;

use crate::clock::{MS, Nanos};
use crate::lane::{Next, Task};
use crate::lock::lock;
use crate::render::handover::{ConductorEnd, Replacement, Verdict};
use crate::shared::{Ask, OnTheWay, Shared};

/// How long before a chunk begins its last changes are composed, when several were asked for.
const COALESCE: Nanos = 25 * MS;

/// When to look again after the renderer was met in the middle of taking a plan.
const MOMENT: Nanos = MS / 5;

/// How soon a failed engine is replaced; doubled for each failure that follows at once.
const REBUILD_WAIT: Nanos = 10 * MS;
const REBUILD_WAIT_MAX: Nanos = 5_000 * MS;

/// Rendered chunks after which an earlier fault is forgotten.
const CALM_CHUNKS: u64 = 100;

/// The piece, and what was last laid out for the renderer.
#[derive(Clone)]
struct Position {
    /// Before the changes that hold from `frame`.
    base: Piece,
    /// After them.
    piece: Piece,
    /// The frame of the plan that was put in last.
    frame: u64,
    /// What holds from `frame`, in order.
    changes: Vec<Change>,
}

/// What a plan that is on trial will bring if it is certain.
struct Attempt {
    position: Position,
    entries: Vec<Entry>,
    answers: Vec<(Ask, u64)>,
    /// How many of the delayed changes, earliest first, are in it.
    delayed: usize,
}

/// A station's part of the conductor lane.
pub(crate) struct Conductor {
    shared: Arc<Shared>,
    plans: ConductorEnd,
    position: Position,
    open: Option<Attempt>,
    /// What has been answered already. Earliest first.
    delayed: Vec<Delayed>,
    revision: u64,
    /// When the failed engine is to be replaced.
    rebuild_at: Option<Nanos>,
    rebuild_wait: Nanos,
    rebuilt_chunk: u64,
}

impl Conductor {
    /// A conductor that goes on with `piece`, and with what waits for its bar or phrase, earliest
    /// first.
    pub(crate) fn new(
        shared: Arc<Shared>,
        plans: ConductorEnd,
        piece: Piece,
        delayed: Vec<Delayed>,
    ) -> Self {
        let frame = piece.frame();
        let position = Position { base: piece.clone(), piece, frame, changes: Vec::new() };
        let revision = lock(&shared.state).revision;
        shared.delayed.store(delayed.len(), SeqCst);
        let conductor = Self {
            shared,
            plans,
            position,
            open: None,
            delayed,
            revision,
            rebuild_at: None,
            rebuild_wait: REBUILD_WAIT,
            rebuilt_chunk: 0,
        };
        conductor.publish();
        conductor
    }

    /// Shows what is composed, and from where it can be taken up.
    fn publish(&self) {
        *lock(&self.shared.checkpoint) = Some(self.position.piece.checkpoint());
        let phrases = self.position.piece.phrases().cloned().collect();
        let old = std::mem::replace(&mut *lock(&self.shared.phrases), phrases);
        drop(old);
    }

    /// What all controls will be once the delayed change with this revision holds, as things stand.
    fn foreseen(&self, revision: u64) -> Controls {
        let mut controls = *self.position.piece.controls();
        for delayed in &self.delayed {
            controls = delayed.change.applied_to(&controls);
            if delayed.revision == revision {
                break;
            }
        }
        controls
    }

    /// The frame at which a delayed change will hold, as things stand.
    fn frame_of(&self, delayed: &Delayed) -> u64 {
        self.position.piece.quantum_of(delayed.tick)
    }

    /// Lays out what has to be, if anything. Answers when to come again.
    fn conduct(&mut self, now: Nanos) -> Next {
        loop {
            if let Some(attempt) = self.open.take() {
                match self.plans.verdict(attempt.position.frame) {
                    Verdict::Certain => self.settle(attempt),
                    Verdict::Late => self.put_off(attempt),
                    Verdict::Open => {
                        self.open = Some(attempt);
                        return Next::at(now + MOMENT);
                    }
                }
            }
            self.take_delayed_asks();
            let open_chunk = self.plans.open_chunk();
            let Some(frame) = self.frame_for(open_chunk) else {
                return Next::at(now + MOMENT);
            };
            let due = self.delayed.iter().take_while(|d| self.frame_of(d) <= frame).count();
            let asked = !lock(&self.shared.asks).is_empty();
            if asked && due == 0 && frame == self.position.frame {
                // Something holds from there already: wait for what else may come in time.
                let last_call = self.shared.schedule.begin(open_chunk).map(|at| at - COALESCE);
                if let Some(last_call) = last_call.filter(|last_call| now < *last_call) {
                    return Next::at(last_call);
                }
            }
            if !self.attempt(frame, due) {
                return self.wake_up(open_chunk, now);
            }
        }
    }

    /// The frame from which what is laid out now will hold; none while the renderer is about to take
    /// the plan before.
    fn frame_for(&self, open_chunk: u64) -> Option<u64> {
        let earliest = first_quantum(open_chunk).max(self.position.frame);
        if earliest > self.position.frame && !self.plans.is_decided() {
            return None;
        }
        let delayed = self.delayed.first().map(|delayed| self.frame_of(delayed));
        Some(match delayed {
            // What is asked for now joins what takes hold within this chunk: one chunk, one plan.
            Some(frame) if rendered_in(frame) <= open_chunk => frame.max(earliest),
            _ => earliest,
        })
    }

    /// Composes what holds from `frame` and puts it in. Answers whether there was anything.
    fn attempt(&mut self, frame: u64, due: usize) -> bool {
        let mut position = self.position.clone();
        if frame > position.frame {
            position.base = position.piece.clone();
            position.changes.clear();
            position.frame = frame;
        }
        let phrase_ended = position.base.advance(frame);
        let mut entries = Vec::new();
        for Delayed { revision, change, .. } in self.delayed.iter().take(due) {
            entries.push(Entry { frame, revision: *revision, change: change.clone() });
        }
        let mut answers = Vec::new();
        for ask in self.take_asks(|apply| apply == Apply::Now) {
            let revision = self.revision + 1 + answers.len() as u64;
            entries.push(Entry { frame, revision, change: ask.change.clone() });
            answers.push((ask, revision));
        }
        if entries.is_empty() && !phrase_ended {
            return false;
        }
        position.changes.extend(entries.iter().map(|entry| entry.change.clone()));
        position.piece = position.base.clone();
        position.piece.change(&position.changes);
        let plan = position.piece.plan();
        let attempt = Attempt { position, entries, answers, delayed: due };
        match self.plans.put(plan) {
            Verdict::Certain => self.settle(attempt),
            Verdict::Late => self.put_off(attempt),
            Verdict::Open => self.open = Some(attempt),
        }
        true
    }

    /// The plan holds: logs, tells everybody and answers.
    fn settle(&mut self, attempt: Attempt) {
        let Attempt { position, entries, answers, delayed } = attempt;
        let frame = position.frame;
        let changed = !entries.is_empty();
        self.position = position;
        self.publish();
        self.delayed.drain(..delayed);
        self.shared.delayed.store(self.delayed.len(), SeqCst);
        let on_the_way = answers.iter().map(|(ask, _)| OnTheWay { frame, arrived: ask.arrived });
        lock(&self.shared.on_the_way).extend(on_the_way);
        self.shared.keep(entries);
        let mut controls = *self.position.base.controls();
        let before = self.position.changes.len() - answers.len();
        for change in &self.position.changes[..before] {
            controls = change.applied_to(&controls);
        }
        self.revision += answers.len() as u64;
        if changed {
            // What was accepted before and holds only now is told with the revision reached since.
            let held = *self.position.piece.controls();
            self.announce(State { controls: held, revision: self.revision, frame });
        }
        for (ask, revision) in answers {
            controls = ask.change.applied_to(&controls);
            self.shared.stats.controls.add(1);
            // Whoever asked may have gone.
            let _ = ask.answer.send(State { controls, revision, frame });
        }
    }

    /// The plan came too late: what was asked for waits for the next.
    fn put_off(&mut self, attempt: Attempt) {
        let mut asks = lock(&self.shared.asks);
        for (ask, _) in attempt.answers.into_iter().rev() {
            asks.push_front(ask);
        }
    }

    /// Tells everybody.
    fn announce(&self, state: State) {
        *lock(&self.shared.state) = state;
        self.shared.hub.set_state(state);
        *lock(&self.shared.news) = Some(state);
    }

    /// Takes some of what is asked. Any kind may come at any moment, also between two looks.
    fn take_asks(&self, which: impl Fn(Apply) -> bool) -> Vec<Ask> {
        let mut asks = lock(&self.shared.asks);
        let (taken, left): (Vec<_>, Vec<_>) =
            asks.drain(..).partition(|ask| which(ask.change.apply));
        asks.extend(left);
        taken
    }

    /// Answers the asks that wait for a bar or phrase, and remembers them. What holds stays as it is
    /// until then: everybody is told that there is another revision, and its asker what will hold.
    fn take_delayed_asks(&mut self) {
        for Ask { change, answer, .. } in self.take_asks(|apply| apply != Apply::Now) {
            let mut piece = self.position.piece.clone();
            piece.advance(first_quantum(self.plans.open_chunk()));
            self.revision += 1;
            let revision = self.revision;
            let tick = piece.tick_of_hold(change.apply).unwrap_or(0);
            let frame = piece.frame_of_hold(change.apply);
            let delayed = Delayed::new(tick, revision, &change);
            self.shared.keep_delayed(&delayed);
            self.delayed.push(delayed);
            Delayed::sort(&mut self.delayed);
            self.shared.delayed.store(self.delayed.len(), SeqCst);
            self.shared.stats.controls.add(1);
            let held = *lock(&self.shared.state);
            self.announce(State { revision, ..held });
            let _ = answer.send(State { controls: self.foreseen(revision), revision, frame });
        }
    }

    /// When there will be something to do, if nobody asks before.
    fn wake_up(&self, open_chunk: u64, now: Nanos) -> Next {
        let piece = &self.position.piece;
        let phrase_end = piece.phrases().next().map(|phrase| phrase.end());
        let turn = phrase_end.map(|end| piece.transport().frame_of(end)).map(rendered_in);
        let delayed = self.delayed.first().map(|d| rendered_in(self.frame_of(d)).saturating_sub(1));
        let Some(chunk) = turn.into_iter().chain(delayed).min() else { return Next::Idle };
        match self.shared.schedule.begin(chunk.max(open_chunk)) {
            Some(begin) => Next::at(begin.max(now) + MS),
            None => Next::Idle,
        }
    }

    /// Makes a new engine where the failed one left off.
    fn rebuild(&mut self, now: Nanos) -> Option<Next> {
        if self.plans.take_fault() {
            let chunk = self.plans.open_chunk();
            let calm = chunk > self.rebuilt_chunk + CALM_CHUNKS;
            self.rebuild_wait =
                if calm { REBUILD_WAIT } else { (self.rebuild_wait * 2).min(REBUILD_WAIT_MAX) };
            self.rebuild_at = Some(now + self.rebuild_wait);
            let station = &self.shared.config.name;
            tracing::error!(station, chunk, "engine panicked; rebuilding");
        }
        let at = self.rebuild_at?;
        if now < at {
            return Some(Next::at(at));
        }
        let chunk = self.plans.open_chunk();
        self.rebuilt_chunk = chunk;
        let position = &self.position;
        let ahead = position.frame > first_quantum(chunk);
        let mut piece = if ahead { position.base.clone() } else { position.piece.clone() };
        piece.advance(entry_frame(chunk));
        let replacement = Replacement::out_of_silence(self.shared.seed(), &piece, chunk);
        self.plans.replace_engine(Box::new(replacement));
        // Not before: where making it has failed, it is tried again.
        self.rebuild_at = None;
        self.shared.poke_renderer();
        None
    }
}

impl Task for Conductor {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        self.plans.free_spent();
        let rebuild = self.rebuild(now);
        let next = self.conduct(now);
        match (rebuild, next) {
            (Some(Next::At { begin, deadline }), Next::At { begin: later, .. })
                if begin < later =>
            {
                Next::At { begin, deadline }
            }
            (Some(rebuild), Next::Idle) => rebuild,
            _ => next,
        }
    }

    fn faulted(&mut self, now: Nanos) -> Next {
        self.shared.stats.rebuilds.add(1);
        tracing::error!(
            station = self.shared.config.name,
            "conductor panicked; rebuilding, pending controls are lost"
        );
        self.open = None;
        lock(&self.shared.asks).clear();
        Next::at(now + REBUILD_WAIT_MAX)
    }
}
