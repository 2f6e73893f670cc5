//! The lane: no poke is lost, and what was set before it is seen after it.

use std::sync::Arc;

use loom::sync::Notify;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::thread;

use crate::clock::{Clock, Nanos};
use crate::lane::{Lane, Next, Task};
use crate::schedule::Schedule;

/// Waits for the schedule to be set, as the renderer of a station that sleeps does.
struct Sleeper {
    schedule: Arc<Schedule>,
    woken: Arc<Notify>,
}

impl Task for Sleeper {
    fn step(&mut self, _now: Nanos) -> Next {
        match self.schedule.begin(0) {
            None => Next::Idle,
            Some(_) => {
                self.woken.notify();
                Next::Done
            }
        }
    }

    fn faulted(&mut self, _now: Nanos) -> Next {
        Next::Done
    }
}

#[test]
fn a_station_that_is_woken_while_it_falls_asleep_is_rendered() {
    loom::model(|| {
        let (schedule, woken) = (Arc::new(Schedule::new(200)), Arc::new(Notify::new()));
        let lane = Lane::start("render", 1, Clock::start()).unwrap();
        let sleeper = Sleeper { schedule: schedule.clone(), woken: woken.clone() };
        let poker = lane.poker(lane.add(Box::new(sleeper)));
        schedule.anchor(0, 0);
        poker.poke();
        // Loom fails where this waits for ever.
        woken.wait();
    });
}

/// Sees whether it was told, by one who told it and then poked.
struct Told {
    told: [Arc<AtomicBool>; 2],
    heard: Arc<Notify>,
}

impl Task for Told {
    fn step(&mut self, _now: Nanos) -> Next {
        if self.told.iter().all(|told| told.load(Relaxed)) {
            self.heard.notify();
            return Next::Done;
        }
        Next::Idle
    }

    fn faulted(&mut self, _now: Nanos) -> Next {
        Next::Done
    }
}

#[test]
fn of_two_who_poke_a_task_at_once_neither_is_missed() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let told = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let heard = Arc::new(Notify::new());
        let lane = Lane::start("conduct", 1, Clock::start()).unwrap();
        let task = Told { told: told.clone(), heard: heard.clone() };
        let poker = Arc::new(lane.poker(lane.add(Box::new(task))));
        let [first, second] = told;
        let other = poker.clone();
        let telling = thread::spawn(move || {
            first.store(true, Relaxed);
            other.poke();
        });
        second.store(true, Relaxed);
        poker.poke();
        heard.wait();
        telling.join().unwrap();
    });
}
