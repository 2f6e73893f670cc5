//! The threads that all stations share.

use std::sync::Arc;

use aeolian_piece::{Past, Resumed};

use crate::clock::Clock;
use crate::control::{Conductor, Primer};
use crate::encode::Encoding;
use crate::error::Error;
use crate::lane::Lane;
use crate::pace::Release;
use crate::render::{Renderer, Seat, handover, ring};
use crate::shared::{Pokers, Shared};

/// Renders, paces, conducts and encodes any number of stations. A clone is another handle; the threads end
/// with the last one, of which every station holds one.
#[derive(Clone)]
pub(crate) struct Runtime(Arc<Lanes>);

struct Lanes {
    clock: Clock,
    render: Lane<Renderer>,
    pace: Lane<Release>,
    conduct: Lane<Conductor>,
    encode: Lane<Encoding>,
    prime: Lane<Primer>,
}

impl Runtime {
    /// Starts with one thread to render and one to encode a core, but one, which serves the listeners.
    ///
    /// # Errors
    /// [`Error::NoThread`].
    pub(crate) fn start() -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = cores.saturating_sub(1).max(1);
        let clock = Clock::start();
        Ok(Self(Arc::new(Lanes {
            clock,
            render: Lane::start("render", threads, clock)?,
            pace: Lane::start("pace", 1, clock)?,
            conduct: Lane::start("conduct", 1, clock)?,
            encode: Lane::start("encode", threads, clock)?,
            prime: Lane::start("prime", 1, clock)?,
        })))
    }

    pub(crate) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// Makes a station's tasks, asleep.
    pub(crate) fn add(&self, shared: &Arc<Shared>, past: &Past) {
        let Tasks { renderer, release, conductor, primer } = tasks(shared, self.clock(), past);
        let render = self.0.render.add(Box::new(renderer));
        let pace = self.0.pace.add(Box::new(release));
        let conduct = self.0.conduct.add(Box::new(conductor));
        let encode = self.0.encode.add(Box::new(Encoding::new(shared.clone())));
        let prime = primer.map(|primer| self.0.prime.add(Box::new(primer)));
        let pokers = Pokers {
            prime: prime.map(|prime| self.0.prime.poker(prime)),
            encode: self.0.encode.poker(encode),
            render: self.0.render.poker(render),
            release: self.0.pace.poker(pace),
            conduct: self.0.conduct.poker(conduct),
        };
        // Nobody else knows the station yet.
        let _ = shared.pokers.set(pokers);
    }
}

/// The tasks of a station but its encoding.
pub(crate) struct Tasks {
    pub(crate) renderer: Renderer,
    pub(crate) release: Release,
    pub(crate) conductor: Conductor,
    /// Of a station that is started again.
    pub(crate) primer: Option<Primer>,
}

pub(crate) fn tasks(shared: &Arc<Shared>, clock: Clock, past: &Past) -> Tasks {
    let first_chunk = past.first_chunk;
    let config = &shared.config;
    let Resumed { piece, player, passed_over } =
        past.resume(config.seed, &config.chords, config.controls);
    if let Some(reason) = passed_over {
        let station = &config.name;
        tracing::warn!(
            station,
            reason,
            "unusable checkpoint; recomposing from the station's birth"
        );
    }
    shared.begin(past, &piece);
    let station = Arc::downgrade(shared);
    let wake = move || {
        if let Some(station) = station.upgrade() {
            station.poke_conductor();
        }
    };
    let (conductor_end, plans) = handover::pair(first_chunk, Box::new(wake));
    let (engine, player) = match player.frame() < past.first_frame() {
        true => (None, Some(player)),
        false => (Some(player.into_engine()), None),
    };
    let primer_end = conductor_end.primer();
    let primer = player.map(|player| Primer::new(shared.clone(), primer_end, player, first_chunk));
    let (ring, read) = ring::ring(*piece.transport());
    let seat = Seat {
        schedule: shared.schedule.clone(),
        ring,
        plans,
        stats: shared.stats.clone(),
        seed: shared.seed(),
        stopped: shared.stopped.clone(),
    };
    Tasks {
        renderer: Renderer::new(engine, first_chunk, seat, clock),
        release: Release::new(shared.clone(), read, first_chunk),
        conductor: Conductor::new(shared.clone(), conductor_end, piece, past.delayed.clone()),
        primer,
    }
}
