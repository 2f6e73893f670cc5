//! The handover: how plans come to the renderer, exactly on time or not at all.
//!
//! There is one mailbox, which holds at most one plan. At the start of each chunk the renderer first
//! says which chunk it begins, then empties the mailbox. The conductor picks a frame in a chunk that has
//! not begun, puts the plan in, then looks again: if the chunk still has not begun, the renderer will
//! find the plan in time. For of two swaps of one mailbox one comes first: either the conductor's, and the
//! renderer's finds the plan, or the renderer's, and then the conductor's sees what the renderer said before
//! it. Otherwise the conductor takes the plan back, or, if it is gone, waits for the renderer's verdict: a plan
//! whose frame has passed is refused. Loom proves it (`proofs`).

use std::sync::Arc;

use aeolian_piece::Piece;
use aeolian_piece::chunk::rendered_in;
use aeolian_synth::{Automation, Engine, Plan};
use rtrb::{Consumer, Producer, RingBuffer};

use super::mailbox::Mailbox;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// What both sides see.
struct Desk {
    /// The chunk that was begun last, plus one: 0 before the first.
    begun: AtomicU64,
    plan: Mailbox<Plan>,
    /// How many plans the renderer has decided on: it plays from them, refuses them, or has found another for the
    /// same frame. Counted, because two plans may have one frame.
    decided: AtomicU64,
    /// The frame of the plan refused last.
    refused: AtomicU64,
    /// A new engine, and the chunk with which it begins, for a renderer that has none or whose own has failed.
    engine: Mailbox<Replacement>,
    /// The engine that failed.
    failed: Mailbox<Replacement>,
    /// The engine has failed, and nobody has asked since.
    fault: AtomicBool,
    /// Wakes the conductor.
    wake: Wake,
}

/// Wakes the conductor. Not called while a chunk is being made.
pub(crate) type Wake = Box<dyn Fn() + Send + Sync>;

/// An engine that takes over where there is none, or from one that has failed.
pub(crate) struct Replacement {
    /// None once the renderer has it, who had none before.
    pub(crate) engine: Option<Engine>,
    /// The chunk that it renders first.
    pub(crate) chunk: u64,
    /// It begins out of silence: the chunk must be faded in.
    pub(crate) fresh: bool,
}

impl Replacement {
    /// An engine that goes on out of silence where a piece stands.
    pub(crate) fn out_of_silence(seed: u64, piece: &Piece, chunk: u64) -> Self {
        let automation = Automation::at_rest(seed, piece.controls(), *piece.transport());
        let engine = Some(Engine::resume(seed, piece.plan(), automation));
        Self { engine, chunk, fresh: true }
    }
}

/// More spent plans than there can be between two visits of the conductor.
const SPENT_PLANS: usize = 16;

/// The conductor's end.
pub(crate) struct ConductorEnd {
    desk: Arc<Desk>,
    /// How many plans were put in to stay: those that were replaced or taken back are not among them.
    given: u64,
    spent: Consumer<Box<Plan>>,
}

/// The end of who makes the first engine, where that takes a while.
pub(crate) struct PrimerEnd {
    desk: Arc<Desk>,
}

/// The renderer's end.
pub(crate) struct RendererEnd {
    desk: Arc<Desk>,
    spent: Producer<Box<Plan>>,
    /// A plan for the next chunk, found when the one before it was begun.
    early: Option<Box<Plan>>,
    /// What the desk shows.
    decided: u64,
}

/// What became of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds from its frame.
    Certain,
    /// It came too late and was taken back.
    Late,
    /// The renderer has it in hand: ask again.
    Open,
}

/// Both ends, of a station that begins with `first_chunk`. `wake` wakes the conductor.
#[allow(clippy::disallowed_methods, reason = "here it is made")]
pub(crate) fn pair(first_chunk: u64, wake: Wake) -> (ConductorEnd, RendererEnd) {
    let desk = Arc::new(Desk {
        begun: AtomicU64::new(first_chunk),
        plan: Mailbox::new(),
        decided: AtomicU64::new(0),
        refused: AtomicU64::new(u64::MAX),
        engine: Mailbox::new(),
        failed: Mailbox::new(),
        fault: AtomicBool::new(false),
        wake,
    });
    let (producer, consumer) = RingBuffer::new(SPENT_PLANS);
    let renderer = RendererEnd { desk: desk.clone(), spent: producer, early: None, decided: 0 };
    (ConductorEnd { desk, given: 0, spent: consumer }, renderer)
}

impl PrimerEnd {
    /// Gives the renderer its first engine.
    pub(crate) fn give(&self, first: Box<Replacement>) {
        drop(self.desk.engine.swap(Some(first)));
    }

    /// No engine could be made: another is to be.
    pub(crate) fn report_fault(&self) {
        self.desk.report_fault();
    }
}

impl Desk {
    fn report_fault(&self) {
        self.fault.store(true, SeqCst);
        (self.wake)();
    }
}

impl ConductorEnd {
    /// For who makes the first engine.
    pub(crate) fn primer(&self) -> PrimerEnd {
        PrimerEnd { desk: self.desk.clone() }
    }

    /// The first chunk that has not begun.
    pub(crate) fn open_chunk(&self) -> u64 {
        self.desk.begun.load(SeqCst)
    }

    /// Whether the renderer has decided on all that was put in.
    pub(crate) fn is_decided(&self) -> bool {
        self.desk.decided.load(SeqCst) == self.given
    }

    /// Puts a plan into the mailbox. A plan for an earlier frame must have been decided on; one for the same
    /// frame is replaced.
    pub(crate) fn put(&mut self, plan: Box<Plan>) -> Verdict {
        let frame = plan.frame;
        let replaced = self.desk.plan.swap(Some(plan));
        // A plan that is replaced was going to be taken in time; so is the one in its place.
        if replaced.is_some() {
            return Verdict::Certain;
        }
        self.given += 1;
        if rendered_in(frame) >= self.open_chunk() {
            return Verdict::Certain;
        }
        match self.desk.plan.take() {
            Some(_) => {
                self.given -= 1;
                Verdict::Late
            }
            None => self.verdict(frame),
        }
    }

    /// What became of the plan put in last, for `frame`, which was in the renderer's hands.
    pub(crate) fn verdict(&self, frame: u64) -> Verdict {
        if !self.is_decided() {
            Verdict::Open
        } else if self.desk.refused.load(SeqCst) == frame {
            Verdict::Late
        } else {
            Verdict::Certain
        }
    }

    /// Frees what the renderer is done with.
    pub(crate) fn free_spent(&mut self) {
        while let Ok(plan) = self.spent.pop() {
            drop(plan);
        }
        drop(self.desk.failed.take());
    }

    /// Whether the engine has failed since this was asked last.
    pub(crate) fn take_fault(&self) -> bool {
        self.desk.fault.swap(false, SeqCst)
    }

    /// Offers an engine to a renderer whose own has failed.
    pub(crate) fn replace_engine(&self, replacement: Box<Replacement>) {
        drop(self.desk.engine.swap(Some(replacement)));
    }
}

impl RendererEnd {
    /// Begins a chunk: answers with the plan in the mailbox, if its frame, `engine_frame` or later, has
    /// not passed. Neither allocates nor frees.
    pub(crate) fn begin(&mut self, chunk: u64, engine_frame: u64) -> Option<Box<Plan>> {
        self.desk.begun.store(chunk + 1, SeqCst);
        if self.spent.slots() < 3 {
            return None;
        }
        // The conductor may have learnt that this chunk has begun and put in a plan for the next, all
        // before this look. Another for the same frame may replace it.
        if let Some(plan) = self.desk.plan.take()
            && let Some(replaced) = self.early.replace(plan)
        {
            self.give_back(replaced);
            self.decide();
        }
        let plan = self.early.take_if(|plan| rendered_in(plan.frame) <= chunk)?;
        let frame = plan.frame;
        let due = if frame < engine_frame {
            self.desk.refused.store(frame, SeqCst);
            self.give_back(plan);
            None
        } else {
            Some(plan)
        };
        self.decide();
        due
    }

    fn decide(&mut self) {
        self.decided += 1;
        self.desk.decided.store(self.decided, SeqCst);
    }

    /// Gives back a plan that is no longer played from.
    pub(crate) fn give_back(&mut self, plan: Box<Plan>) {
        if let Err(rtrb::PushError::Full(plan)) = self.spent.push(plan) {
            // There was room for three when the chunk began; to leak is better than to free here.
            std::mem::forget(plan);
        }
    }

    /// The engine has failed. Called between chunks.
    pub(crate) fn report_fault(&self) {
        self.desk.report_fault();
    }

    /// Exchanges a failed engine, or none, for the one that takes over, if there is one yet. Answers with the
    /// chunk that it renders first, and whether that begins out of silence.
    pub(crate) fn replace(&self, engine: &mut Option<Engine>) -> Option<(u64, bool)> {
        let mut replacement = self.desk.engine.take()?;
        std::mem::swap(&mut replacement.engine, engine);
        let Replacement { chunk, fresh, .. } = *replacement;
        // The conductor emptied this before it offered the new engine; to leak is better than to free here.
        std::mem::forget(self.desk.failed.swap(Some(replacement)));
        Some((chunk, fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_piece::chunk::first_quantum;
    use aeolian_score::Controls;
    use aeolian_score::rng::Rng;
    use std::collections::BTreeSet;

    fn plan(frame: u64) -> Box<Plan> {
        Box::new(Plan { frame, span: 0, controls: Controls::default(), phrases: Vec::new() })
    }

    #[test]
    fn a_plan_that_is_found_a_chunk_early_waits_for_its_chunk_and_may_be_replaced() {
        let (mut conductor, mut renderer) = pair(0, Box::new(|| ()));
        let frame = first_quantum(1) + 64;
        assert_eq!(conductor.put(plan(frame)), Verdict::Certain);
        assert!(renderer.begin(0, first_quantum(0)).is_none());
        assert!(!conductor.is_decided());
        assert_eq!(conductor.put(plan(frame)), Verdict::Certain);
        assert_eq!(renderer.begin(1, first_quantum(1)).unwrap().frame, frame);
        assert!(conductor.is_decided());
        assert_eq!(conductor.spent.slots(), 1, "the one that was replaced");
        conductor.free_spent();
        assert!(renderer.begin(2, first_quantum(2)).is_none());
    }

    /// Plans that two threads hand over: Miri, which sees every access, is slow.
    const CERTAIN: usize = if cfg!(miri) { 10 } else { 500 };

    #[test]
    fn a_plan_is_certain_exactly_when_the_renderer_has_it_in_time() {
        let (mut conductor, mut renderer) = pair(0, Box::new(|| ()));
        let done = Arc::new(AtomicBool::new(false));
        let stop = done.clone();
        // Chunks begin as fast as a processor can, so that the two meet at every possible moment.
        let rendering = std::thread::spawn(move || {
            let (mut rng, mut in_time) = (Rng::at(1, 1, 1), BTreeSet::new());
            for chunk in 0.. {
                if let Some(plan) = renderer.begin(chunk, first_quantum(chunk)) {
                    assert_eq!(rendered_in(plan.frame), chunk, "taken in its own chunk");
                    in_time.insert(plan.frame);
                    renderer.give_back(plan);
                }
                if stop.load(SeqCst) {
                    break;
                }
                for _ in 0..rng.below(300) {
                    std::hint::spin_loop();
                }
                if rng.chance(0.2) {
                    std::thread::yield_now();
                }
            }
            in_time
        });
        let (mut certain, mut late) = (BTreeSet::new(), 0_u32);
        let mut rng = Rng::at(2, 2, 2);
        while certain.len() < CERTAIN || late == 0 && !cfg!(miri) {
            conductor.free_spent();
            if !conductor.is_decided() {
                std::thread::yield_now();
                continue;
            }
            let frame = first_quantum(conductor.open_chunk());
            for _ in 0..rng.below(200) {
                std::hint::spin_loop();
            }
            let mut verdict = conductor.put(plan(frame));
            while verdict == Verdict::Open {
                std::thread::yield_now();
                verdict = conductor.verdict(frame);
            }
            if verdict == Verdict::Certain {
                certain.insert(frame);
            } else {
                late += 1;
            }
        }
        while !conductor.is_decided() {
            std::thread::yield_now();
        }
        done.store(true, SeqCst);
        let in_time = rendering.join().unwrap();
        assert_eq!(certain, in_time);
    }

    #[test]
    fn a_plan_whose_frame_has_passed_is_refused_and_given_back() {
        let (mut conductor, mut renderer) = pair(0, Box::new(|| ()));
        for chunk in 0..3 {
            assert!(renderer.begin(chunk, first_quantum(chunk)).is_none());
        }
        // The conductor was held up between its look at the chunk and putting the plan in.
        conductor.desk.plan.swap(Some(plan(first_quantum(2))));
        conductor.given += 1;
        assert!(renderer.begin(3, first_quantum(3)).is_none());
        assert_eq!(conductor.verdict(first_quantum(2)), Verdict::Late);
        assert_eq!(conductor.spent.pop().unwrap().frame, first_quantum(2));
    }

    #[test]
    fn a_plan_for_the_same_frame_takes_the_place_of_the_one_before() {
        let (mut conductor, mut renderer) = pair(0, Box::new(|| ()));
        let (first, mut second) = (plan(64), plan(64));
        second.controls.bpm = aeolian_score::control::value::Bpm::MAX;
        assert_eq!(conductor.put(first), Verdict::Certain);
        assert_eq!(conductor.put(second), Verdict::Certain);
        let taken = renderer.begin(0, 0).unwrap();
        assert_eq!(taken.controls.bpm, aeolian_score::control::value::Bpm::MAX);
        assert!(renderer.begin(1, first_quantum(1)).is_none());
        assert_eq!(conductor.put(plan(64)), Verdict::Late);
    }
}
