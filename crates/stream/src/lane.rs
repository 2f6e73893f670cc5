//! A lane: a few threads that run many tasks, each at its time, the most urgent first.
//!
//! Three lanes carry all stations: one renders, one paces, one conducts. A task says after each step
//! when it wants the next and by when that must be done; of the tasks whose time has come, the one
//! with the earliest deadline runs (earliest deadline first: Liu and Layland, "Scheduling Algorithms
//! for Multiprogramming in a Hard-Real-Time Environment", JACM 1973). A task that waits for nothing
//! but a poke costs nothing. The lock is held to pick a task and to put it back, never while one
//! runs; neither allocates, because a task's places in the queues were reserved when it was added.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Error;
use crate::clock::{Clock, Nanos};

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

enum Place<T> {
    Free,
    /// Waits for its time, or for a poke. `ticket` marks its valid entry in the queues.
    Resting {
        task: Box<T>,
        ticket: u64,
    },
    /// A thread has it.
    Running {
        poked: bool,
    },
}

struct Queues<T> {
    places: Vec<Place<T>>,
    /// (begin, deadline, ticket, place), earliest first.
    waiting: BinaryHeap<Reverse<(Nanos, Nanos, u64, usize)>>,
    /// (deadline, ticket, place), most urgent first.
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

/// How many entries the queues hold for each task before they would grow: its valid one and those
/// that pokes have made void.
const ENTRIES_PER_TASK: usize = 4;

impl<T: Task> Lane<T> {
    /// Starts the threads.
    pub(crate) fn start(name: &str, threads: usize, clock: Clock) -> Result<Self, Error> {
        let queues = Queues {
            places: Vec::new(),
            waiting: BinaryHeap::new(),
            ready: BinaryHeap::new(),
            tickets: 0,
            stopped: false,
        };
        let inner = Arc::new(Inner { queues: Mutex::new(queues), bell: Condvar::new(), clock });
        let lane = Self { inner };
        for i in 0..threads {
            let inner = lane.inner.clone();
            std::thread::Builder::new()
                .name(format!("{name}-{i}"))
                .spawn(move || inner.run())
                .map_err(Error::NoThread)?;
        }
        Ok(lane)
    }

    /// Adds a task, which takes its first step at once.
    pub(crate) fn add(&self, task: Box<T>) -> TaskId {
        let mut queues = self.inner.lock();
        let free = queues.places.iter().position(|place| matches!(place, Place::Free));
        let id = free.unwrap_or_else(|| {
            queues.places.push(Place::Free);
            queues.places.len() - 1
        });
        let entries = queues.places.len() * ENTRIES_PER_TASK;
        let (waiting, ready) = (queues.waiting.len(), queues.ready.len());
        queues.waiting.reserve(entries.saturating_sub(waiting));
        queues.ready.reserve(entries.saturating_sub(ready));
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

impl<T: Task> Queues<T> {
    /// Puts a task down until its next step.
    fn rest(&mut self, id: usize, task: Box<T>, next: Next) {
        self.tickets += 1;
        let ticket = self.tickets;
        if let Next::At { begin, deadline } = next {
            self.waiting.push(Reverse((begin, deadline, ticket, id)));
        }
        self.places[id] = Place::Resting { task, ticket };
    }

    /// Moves tasks whose time has come to those that are ready.
    fn ripen(&mut self, now: Nanos) {
        while let Some(Reverse((begin, deadline, ticket, id))) = self.waiting.peek().copied() {
            if begin > now {
                return;
            }
            self.waiting.pop();
            self.ready.push(Reverse((deadline, ticket, id)));
        }
    }

    /// Takes the most urgent task.
    fn take(&mut self) -> Option<(usize, Box<T>)> {
        while let Some(Reverse((_, entry, id))) = self.ready.pop() {
            if matches!(&self.places[id], Place::Resting { ticket, .. } if *ticket == entry) {
                let place =
                    std::mem::replace(&mut self.places[id], Place::Running { poked: false });
                if let Place::Resting { task, .. } = place {
                    return Some((id, task));
                }
            }
        }
        None
    }
}

impl<T: Task> Inner<T> {
    fn lock(&self) -> MutexGuard<'_, Queues<T>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poke(&self, TaskId(id): TaskId) {
        let mut queues = self.lock();
        queues.tickets += 1;
        let new = queues.tickets;
        match queues.places.get_mut(id) {
            Some(Place::Resting { ticket, .. }) => *ticket = new,
            Some(Place::Running { poked }) => {
                *poked = true;
                return;
            }
            Some(Place::Free) | None => return,
        }
        queues.ready.push(Reverse((self.clock.now(), new, id)));
        drop(queues);
        self.bell.notify_one();
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
                let step = catch_unwind(AssertUnwindSafe(|| task.step(now)));
                let next = step.unwrap_or_else(|_| task.faulted(self.clock.now()));
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

    fn put_back(&self, id: usize, task: Box<T>, next: Next) -> MutexGuard<'_, Queues<T>> {
        let mut queues = self.lock();
        let poked = matches!(queues.places[id], Place::Running { poked: true });
        match next {
            Next::Done => {
                queues.places[id] = Place::Free;
                drop(queues);
                drop(task);
                queues = self.lock();
            }
            _ if poked => queues.rest(id, task, Next::at(self.clock.now())),
            _ => queues.rest(id, task, next),
        }
        queues
    }
}
