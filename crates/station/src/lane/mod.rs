//! A lane: a few threads that run many tasks, each at its time, the most urgent first.
//!
//! Each lane does one thing for all stations, such as rendering or pacing. A task says after each step
//! when it wants the next and by when that must be done; of the tasks whose time has come, the one
//! with the earliest deadline runs (earliest deadline first: Liu and Layland, "Scheduling Algorithms
//! for Multiprogramming in a Hard-Real-Time Environment", JACM 1973). A task that waits for nothing
//! but a poke costs nothing. The lock is held to pick a task and to put it back, never while one
//! runs; neither allocates, because room in the queues was reserved when the task was added.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Nanos};
use crate::error::Error;
use crate::sync::{Condvar, Mutex, MutexGuard, thread};

/// When a task wants its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Not before `begin`; done by `deadline` if it can be.
    At { begin: Nanos, deadline: Nanos },
    /// When poked.
    Idle,
    /// Never: the task is dropped.
    Done,
}

impl Next {
    /// At a time, and as urgent as that time is early.
    pub(crate) fn at(time: Nanos) -> Self {
        Self::At { begin: time, deadline: time }
    }
}

/// Something that is done step by step.
pub(crate) trait Task: Send + 'static {
    /// Does what is due at `now`.
    fn step(&mut self, now: Nanos) -> Next;

    /// A step has panicked. Answers what to do with the task.
    fn faulted(&mut self, now: Nanos) -> Next;
}

/// Names a task of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskId(usize);

enum Slot<T> {
    Free,
    /// Waits for its time, or for a poke. `ticket` marks its valid entry in the queues.
    Resting {
        task: Box<T>,
        ticket: u64,
        /// It is ready for the poke that came first: further ones change nothing.
        poked: bool,
    },
    /// A thread has it.
    Running {
        poked: bool,
    },
}

struct Queues<T> {
    slots: Vec<Slot<T>>,
    /// (begin, deadline, ticket, slot), earliest first.
    waiting: BinaryHeap<Reverse<(Nanos, Nanos, u64, usize)>>,
    /// (deadline, ticket, slot), most urgent first.
    ready: BinaryHeap<Reverse<(Nanos, u64, usize)>>,
    tickets: u64,
    stopped: bool,
}

struct Inner<T> {
    queues: Mutex<Queues<T>>,
    bell: Condvar,
    clock: Clock,
}

/// A lane's threads end when the last handle to it is dropped.
pub(crate) struct Lane<T: Task> {
    inner: Arc<Inner<T>>,
}

/// How many entries the queues hold for each task: its valid one and those that pokes have made void.
const ENTRIES_PER_TASK: usize = 4;

impl<T: Task> Lane<T> {
    /// Starts the threads.
    pub(crate) fn start(name: &str, threads: usize, clock: Clock) -> Result<Self, Error> {
        let queues = Queues::new();
        let inner = Arc::new(Inner { queues: Mutex::new(queues), bell: Condvar::new(), clock });
        let lane = Self { inner };
        for i in 0..threads {
            let inner = lane.inner.clone();
            thread::Builder::new()
                .name(format!("{name}-{i}"))
                .spawn(move || inner.run())
                .map_err(Error::NoThread)?;
        }
        Ok(lane)
    }

    /// Adds a task, which takes its first step at once.
    pub(crate) fn add(&self, task: Box<T>) -> TaskId {
        let mut queues = self.inner.lock();
        let free = queues.slots.iter().position(|slot| matches!(slot, Slot::Free));
        let id = free.unwrap_or_else(|| {
            queues.slots.push(Slot::Free);
            queues.slots.len() - 1
        });
        queues.reserve();
        let now = self.inner.clock.now();
        queues.rest(id, task, Next::at(now));
        drop(queues);
        self.inner.bell.notify_one();
        TaskId(id)
    }

    /// What pokes a task: its next step comes at once.
    pub(crate) fn poker(&self, id: TaskId) -> Poker
    where
        T: Send,
    {
        let inner = Arc::downgrade(&self.inner);
        Poker(Box::new(move || {
            if let Some(inner) = inner.upgrade() {
                inner.poke(id);
            }
        }))
    }
}

impl<T: Task> Drop for Lane<T> {
    fn drop(&mut self) {
        self.inner.lock().stopped = true;
        self.inner.bell.notify_all();
    }
}

/// Pokes one task.
pub(crate) struct Poker(Box<dyn Fn() + Send + Sync>);

impl Poker {
    pub(crate) fn poke(&self) {
        (self.0)();
    }
}

impl<T> Queues<T> {
    fn new() -> Self {
        Self {
            slots: Vec::new(),
            waiting: BinaryHeap::new(),
            ready: BinaryHeap::new(),
            tickets: 0,
            stopped: false,
        }
    }

    /// Makes room for the entries of every task.
    fn reserve(&mut self) {
        let entries = self.slots.len() * ENTRIES_PER_TASK;
        let (waiting, ready) = (self.waiting.len(), self.ready.len());
        self.waiting.reserve(entries.saturating_sub(waiting));
        self.ready.reserve(entries.saturating_sub(ready));
    }

    /// Puts a task down until its next step.
    fn rest(&mut self, id: usize, task: Box<T>, next: Next) {
        self.tickets += 1;
        let ticket = self.tickets;
        self.slots[id] = Slot::Resting { task, ticket, poked: false };
        if let Next::At { begin, deadline } = next {
            if self.waiting.len() == self.waiting.capacity() {
                // What pokes have made void lies here until its time: it goes before the queue would grow.
                let slots = &self.slots;
                self.waiting.retain(|Reverse((.., entry, id))| is_valid(slots, *id, *entry));
            }
            self.waiting.push(Reverse((begin, deadline, ticket, id)));
        }
    }

    /// Makes a task ready at once. Answers whether it was not yet.
    fn poke(&mut self, id: usize, now: Nanos) -> bool {
        match self.slots.get_mut(id) {
            Some(Slot::Resting { ticket, poked: poked @ false, .. }) => {
                *poked = true;
                self.tickets += 1;
                *ticket = self.tickets;
                self.push_ready(now, self.tickets, id);
                true
            }
            Some(Slot::Running { poked }) => {
                *poked = true;
                false
            }
            Some(Slot::Resting { .. } | Slot::Free) | None => false,
        }
    }

    /// Moves tasks whose time has come to those that are ready.
    fn ripen(&mut self, now: Nanos) {
        while let Some(Reverse((begin, deadline, ticket, id))) = self.waiting.peek().copied() {
            if begin > now {
                return;
            }
            self.waiting.pop();
            if is_valid(&self.slots, id, ticket) {
                self.push_ready(deadline, ticket, id);
            }
        }
    }

    fn push_ready(&mut self, deadline: Nanos, ticket: u64, id: usize) {
        if self.ready.len() == self.ready.capacity() {
            let slots = &self.slots;
            self.ready.retain(|Reverse((_, entry, id))| is_valid(slots, *id, *entry));
        }
        self.ready.push(Reverse((deadline, ticket, id)));
    }

    /// Takes the most urgent task.
    fn take(&mut self) -> Option<(usize, Box<T>)> {
        while let Some(Reverse((_, entry, id))) = self.ready.pop() {
            if is_valid(&self.slots, id, entry) {
                let slot = std::mem::replace(&mut self.slots[id], Slot::Running { poked: false });
                if let Slot::Resting { task, .. } = slot {
                    return Some((id, task));
                }
            }
        }
        None
    }
}

/// Whether a queue's entry is the one that its task rests by.
fn is_valid<T>(slots: &[Slot<T>], id: usize, entry: u64) -> bool {
    matches!(slots.get(id), Some(Slot::Resting { ticket, .. }) if *ticket == entry)
}

impl<T: Task> Inner<T> {
    fn lock(&self) -> MutexGuard<'_, Queues<T>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poke(&self, TaskId(id): TaskId) {
        let mut queues = self.lock();
        if queues.poke(id, self.clock.now()) {
            drop(queues);
            self.bell.notify_one();
        }
    }

    fn run(&self) {
        let mut queues = self.lock();
        while !queues.stopped {
            let now = self.clock.now();
            queues.ripen(now);
            if let Some((id, mut task)) = queues.take() {
                let more = !queues.ready.is_empty();
                drop(queues);
                if more {
                    self.bell.notify_one();
                }
                let next = self.step(&mut task, now);
                queues = self.put_back(id, task, next);
            } else if let Some(Reverse((begin, ..))) = queues.waiting.peek().copied() {
                let wait = Duration::from_nanos(u64::try_from(begin - now).unwrap_or(0));
                let waited = self.bell.wait_timeout(queues, wait);
                queues = waited.unwrap_or_else(PoisonError::into_inner).0;
            } else {
                queues = self.bell.wait(queues).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// A task's step. One that panics even when it is told that it has is given up.
    fn step(&self, task: &mut T, now: Nanos) -> Next {
        let step = catch_unwind(AssertUnwindSafe(|| task.step(now)));
        step.unwrap_or_else(|_| {
            let faulted = || task.faulted(self.clock.now());
            catch_unwind(AssertUnwindSafe(faulted)).unwrap_or(Next::Done)
        })
    }

    fn put_back(&self, id: usize, task: Box<T>, next: Next) -> MutexGuard<'_, Queues<T>> {
        let mut queues = self.lock();
        let poked = matches!(queues.slots[id], Slot::Running { poked: true });
        match next {
            Next::Done => {
                queues.slots[id] = Slot::Free;
                drop(queues);
                // What a fault has left behind may panic again.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
                queues = self.lock();
            }
            _ if poked => queues.rest(id, task, Next::at(self.clock.now())),
            _ => queues.rest(id, task, next),
        }
        queues
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Says its name and the step's number at every step.
    struct Say {
        name: &'static str,
        steps: u32,
        out: Sender<(&'static str, u32)>,
        /// What it answers to its steps; then it is idle.
        plan: Vec<Next>,
        panics_at: Option<u32>,
    }

    impl Task for Say {
        fn step(&mut self, now: Nanos) -> Next {
            self.steps += 1;
            let _ = self.out.send((self.name, self.steps));
            assert!(self.panics_at != Some(self.steps), "as the test wants it");
            let next = self.plan.get(self.steps as usize - 1).copied().unwrap_or(Next::Idle);
            match next {
                Next::At { begin, deadline } => {
                    Next::At { begin: now + begin, deadline: now + deadline }
                }
                other => other,
            }
        }

        fn faulted(&mut self, _now: Nanos) -> Next {
            let _ = self.out.send((self.name, 0));
            assert!(self.name != "worst", "as the test wants it");
            Next::Idle
        }
    }

    fn say(name: &'static str, out: &Sender<(&'static str, u32)>, plan: &[Next]) -> Box<Say> {
        Box::new(Say { name, steps: 0, out: out.clone(), plan: plan.to_vec(), panics_at: None })
    }

    fn heard(said: &Receiver<(&'static str, u32)>, count: usize) -> Vec<(&'static str, u32)> {
        let patience = Duration::from_secs(20);
        (0..count).map(|_| said.recv_timeout(patience).unwrap()).collect()
    }

    #[test]
    fn of_the_tasks_whose_time_has_come_the_earliest_deadline_runs_first() {
        let mut queues = Queues::new();
        let (out, _said) = channel();
        for (id, (begin, deadline)) in [(5, 90), (1, 30), (2, 10), (3, 20)].into_iter().enumerate()
        {
            queues.slots.push(Slot::Free);
            queues.rest(id, say("x", &out, &[]), Next::At { begin, deadline });
        }
        queues.ripen(3);
        let order: Vec<_> = std::iter::from_fn(|| Some(queues.take()?.0)).collect();
        assert_eq!(order, [2, 3, 1], "the one that begins at 5 waits");
    }

    #[test]
    fn a_thousand_pokes_of_a_task_that_nobody_serves_are_one() {
        let mut queues = Queues::new();
        let (out, _said) = channel();
        queues.slots.push(Slot::Free);
        queues.reserve();
        queues.rest(0, say("x", &out, &[]), Next::Idle);
        let news = (0..1_000).filter(|now| queues.poke(0, *now)).count();
        assert_eq!((news, queues.ready.len()), (1, 1));
    }

    #[test]
    fn entries_that_pokes_have_made_void_never_make_a_queue_grow() {
        let mut queues = Queues::new();
        let (out, _said) = channel();
        queues.slots.push(Slot::Free);
        queues.reserve();
        let room = (queues.waiting.capacity(), queues.ready.capacity());
        queues.rest(0, say("x", &out, &[]), Next::at(1_000_000));
        for now in 0..1_000 {
            queues.ripen(now);
            queues.poke(0, now);
            let (id, task) = queues.take().unwrap();
            let begin = if now % 2 == 0 { now + 1 } else { 1_000_000 + now };
            queues.rest(id, task, Next::At { begin, deadline: 1_000_000 + now });
        }
        assert_eq!((queues.waiting.capacity(), queues.ready.capacity()), room);
        queues.ripen(2_000_000);
        assert!(queues.take().is_some() && queues.take().is_none(), "it runs once");
    }

    #[test]
    fn an_idle_task_runs_when_poked_and_a_done_one_never_again() {
        let lane = Lane::start("test", 2, Clock::start()).unwrap();
        let (out, said) = channel();
        let id = lane.add(say("a", &out, &[Next::Idle, Next::at(1), Next::Done]));
        assert_eq!(heard(&said, 1), [("a", 1)]);
        let poker = lane.poker(id);
        poker.poke();
        assert_eq!(heard(&said, 2), [("a", 2), ("a", 3)]);
        poker.poke();
        lane.add(say("b", &out, &[]));
        assert_eq!(heard(&said, 1), [("b", 1)]);
    }

    #[test]
    fn a_task_that_panics_is_told_and_takes_no_other_down() {
        let lane = Lane::start("test", 1, Clock::start()).unwrap();
        let (out, said) = channel();
        let mut bad = say("bad", &out, &[]);
        bad.panics_at = Some(1);
        let bad = lane.add(bad);
        let mut worst = say("worst", &out, &[]);
        worst.panics_at = Some(1);
        assert_eq!(heard(&said, 2), [("bad", 1), ("bad", 0)]);
        lane.add(worst);
        assert_eq!(heard(&said, 2), [("worst", 1), ("worst", 0)]);
        lane.add(say("good", &out, &[Next::at(1); 3]));
        assert_eq!(heard(&said, 4).last(), Some(&("good", 4)));
        lane.poker(bad).poke();
        assert_eq!(heard(&said, 1), [("bad", 2)]);
    }
}
