//! One thread that listens for many.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use aeolian_wire::Format;
use anyhow::{Context, Result};
use mio::{Events, Poll, Token};

use crate::arrival::Receiver;
use crate::grid::Grid;
use crate::identity::Identity;
use crate::laps;
use crate::options::ListenerPlan;
use crate::session::{Session, Surroundings};
use crate::tally::Tally;

/// More chunks behind the others than this, and a listener is behind.
const BEHIND_MAX: u64 = 5;

/// What all workers share.
pub struct Swarm {
    /// The server.
    pub server: SocketAddr,
    /// The station's name.
    pub station: String,
    /// The zero of all times.
    pub start: Instant,
    /// When chunks are due.
    pub grid: Grid,
    /// What the sample heard.
    pub identity: Identity,
    /// Listeners that the server has taken, stalled ones too.
    pub joined: AtomicUsize,
    /// Listeners that the server has not taken.
    pub failed: AtomicUsize,
    /// Listeners that it took, and that are over.
    pub left: AtomicUsize,
    /// Whether what arrives is counted.
    pub measuring: AtomicBool,
    /// Whether everybody shall go.
    pub stop: AtomicBool,
}

impl Swarm {
    /// For listeners of one station.
    pub fn new(server: SocketAddr, station: &str) -> Self {
        Self {
            server,
            station: station.to_owned(),
            start: Instant::now(),
            grid: Grid::default(),
            identity: Identity::default(),
            joined: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
            measuring: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        }
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            server: self.server,
            station: &self.station,
            identity: &self.identity,
            start: self.start,
            grid: &self.grid,
            measuring: self.measuring.load(Relaxed),
        }
    }
}

/// A worker's listeners, by the number of their plan.
struct Worker<'a> {
    swarm: &'a Swarm,
    plans: &'a [ListenerPlan],
    poll: Poll,
    sessions: Vec<Option<Session>>,
    tallies: BTreeMap<Format, Tally>,
    receiver: Receiver,
}

/// Listens until told to stop; gives what was heard by format. Stalled listeners are not counted.
///
/// # Errors
/// The machine runs out of something.
pub fn run(swarm: &Swarm, plans: &[ListenerPlan]) -> Result<BTreeMap<Format, Tally>> {
    let mut worker = Worker {
        swarm,
        plans,
        poll: Poll::new().context("cannot poll")?,
        sessions: Vec::with_capacity(plans.len()),
        tallies: BTreeMap::new(),
        receiver: Receiver::default(),
    };
    let mut events = Events::with_capacity(1_024);
    let mut next_lap = Instant::now();
    while !swarm.stop.load(Relaxed) {
        let wait = worker.connect_the_due()?;
        let wait = wait.min(next_lap.saturating_duration_since(Instant::now()));
        match worker.poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled.context("cannot poll")?,
        }
        let surroundings = swarm.surroundings();
        for event in &events {
            worker.ready(&surroundings, event.token());
        }
        if Instant::now() >= next_lap {
            worker.lap(&surroundings)?;
            next_lap = Instant::now() + laps::EVERY;
        }
    }
    Ok(worker.finish())
}

impl Worker<'_> {
    /// Connects whoever is due; gives the time until the next one is.
    fn connect_the_due(&mut self) -> Result<Duration> {
        while let Some(plan) = self.plans.get(self.sessions.len()) {
            let wait = plan.at.saturating_sub(self.swarm.start.elapsed());
            if !wait.is_zero() {
                return Ok(wait.min(laps::EVERY));
            }
            let (registry, token) = (self.poll.registry(), Token(self.sessions.len()));
            let (source, format, sampled) = (plan.source, plan.format, plan.sampled);
            let surroundings = self.swarm.surroundings();
            let session =
                Session::connect(registry, token, &surroundings, source, format, sampled)?;
            self.sessions.push(Some(session));
        }
        Ok(laps::EVERY)
    }

    /// Goes once through all who listen, and reads what there is. Who stalls is left out once the measurement begins.
    fn lap(&mut self, surroundings: &Surroundings<'_>) -> Result<()> {
        for first in (0..self.sessions.len()).step_by(laps::PART) {
            let part =
                self.sessions.iter().zip(self.plans).enumerate().skip(first).take(laps::PART);
            let reading = part.filter_map(|(i, (session, plan))| {
                let session = session.as_ref().filter(|session| session.is_listening())?;
                (!(surroundings.measuring && plan.stalls)).then_some((i, session.socket()))
            });
            for i in laps::readable(reading)? {
                self.ready(surroundings, Token(i));
            }
        }
        Ok(())
    }

    fn ready(&mut self, surroundings: &Surroundings<'_>, token: Token) {
        let Some(plan) = self.plans.get(token.0) else { return };
        let Some(Some(session)) = self.sessions.get_mut(token.0) else { return };
        let tally = self.tallies.entry(plan.format).or_default();
        let was_listening = session.is_listening();
        let outcome = session.ready(self.poll.registry(), surroundings, &mut self.receiver, tally);
        if !was_listening && session.is_listening() {
            self.swarm.joined.fetch_add(1, Relaxed);
            session.unwatch(self.poll.registry());
        }
        if let Err(end) = outcome {
            let count = if session.is_listening() { &self.swarm.left } else { &self.swarm.failed };
            count.fetch_add(1, Relaxed);
            tally.ended(end);
            self.sessions[token.0] = None;
        }
    }

    fn finish(mut self) -> BTreeMap<Format, Tally> {
        let newest = self.swarm.grid.newest();
        for (session, plan) in self.sessions.iter().zip(self.plans) {
            let Some(session) = session.as_ref().filter(|_| !plan.stalls) else { continue };
            let tally = self.tallies.entry(session.format()).or_default();
            tally.listeners += u64::from(session.is_listening());
            let at = session.next_seq().unwrap_or(0);
            tally.behind += u64::from(at + BEHIND_MAX < newest);
        }
        self.tallies
    }
}
