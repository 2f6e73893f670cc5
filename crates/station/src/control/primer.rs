//! The primer: makes the engine of a station that is started again.
//!
//! What is heard of a station at any moment comes from its last minutes. An engine that has played those, from the start
//! of a span on, goes on as if it had never stopped. That takes a fraction of a second, so it is done when somebody
//! wants to listen. Where so many stations want it at once that one would wait for too long, that one begins out of
//! silence, and is what it would have been once the span after that has sounded for a while.

use std::sync::Arc;

use aeolian_piece::chunk::entry_frame;
use aeolian_piece::{Offline, SAMPLE_RATE, chunk_start};

use crate::clock::{MS, Nanos};
use crate::lane::{Next, Task};
use crate::render::handover::{PrimerEnd, Replacement};
use crate::shared::Shared;

/// Frames that are played in one step, so that many stations are primed side by side: 2 s.
const STEP: u64 = 2 * SAMPLE_RATE as u64;

/// How long a station that was woken waits for its past: less than the release waits for its first chunk.
const PATIENCE: Nanos = 1_000 * MS;

/// A station's part of the prime lane.
pub(crate) struct Primer {
    shared: Arc<Shared>,
    plans: PrimerEnd,
    /// Plays what is heard of the past; none once there is an engine.
    player: Option<Offline>,
    first_chunk: u64,
    /// When it was found that somebody waits.
    wanted: Option<Nanos>,
}

impl Primer {
    /// Makes the engine that goes on with `first_chunk`, out of a player that stands before it.
    pub(crate) fn new(
        shared: Arc<Shared>,
        plans: PrimerEnd,
        player: Offline,
        first_chunk: u64,
    ) -> Self {
        Self { shared, plans, player: Some(player), first_chunk, wanted: None }
    }

    /// Hands an engine to the renderer.
    fn give(&self, first: Replacement) -> Next {
        self.plans.give(Box::new(first));
        self.shared.poke_renderer();
        Next::Done
    }
}

impl Task for Primer {
    fn step(&mut self, now: Nanos) -> Next {
        if self.shared.is_stopped() {
            return Next::Done;
        }
        if self.shared.schedule.due(self.first_chunk).is_none() {
            self.wanted = None;
            return Next::Idle;
        }
        let waited = now - *self.wanted.get_or_insert(now);
        let Some(mut player) = self.player.take() else { return Next::Done };
        if player.skip(STEP, chunk_start(self.first_chunk)) {
            let (engine, chunk) = (Some(player.into_engine()), self.first_chunk);
            return self.give(Replacement { engine, chunk, fresh: false });
        }
        if waited > PATIENCE {
            let station = &self.shared.config.name;
            tracing::warn!(station, "too busy to replay the last minutes: starting from silence");
            let piece = player.piece_at(entry_frame(self.first_chunk));
            let (seed, chunk) = (self.shared.seed(), self.first_chunk);
            return self.give(Replacement::out_of_silence(seed, &piece, chunk));
        }
        self.player = Some(player);
        Next::at(now)
    }

    fn faulted(&mut self, _now: Nanos) -> Next {
        self.shared.stats.rebuilds.add(1);
        self.plans.report_fault();
        Next::Done
    }
}
