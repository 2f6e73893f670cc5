//! A station: one endless piece with its seed, controls and listeners.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use aeolian_codec::Codec;
use aeolian_hub::Listener;
use aeolian_piece::bars::NowPlaying;
use aeolian_piece::{CHUNK_MS, Past, State, chunk_start};
use aeolian_score::harmony::ChordTables;
use aeolian_score::{Change, Phrase};
use tokio::sync::oneshot;

use crate::config::{Config, LEAD_MS_MAX, LEAD_MS_MIN};
use crate::error::Error;
use crate::lock::lock;
use crate::log::Recent;
use crate::runtime::Runtime;
use crate::shared::{Ask, Shared};
use crate::stats::Stats;
use crate::status::{Health, Status};
use crate::store::Kept;

/// Chunks after an underrun for which a station calls itself degraded: 10 s.
const DEGRADED_CHUNKS: u64 = 100;

/// The last handle to a station ends it.
struct Handle {
    shared: Arc<Shared>,
    runtime: Runtime,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

/// A running station. A clone is another handle to it; it ends with the last one.
#[derive(Clone)]
pub struct Station(Arc<Handle>);

impl Station {
    /// Starts a station on threads of its own. It sleeps until somebody listens.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::NoThread`].
    pub fn start(config: Config) -> Result<Self, Error> {
        Self::begin(&Runtime::start()?, config, None)
    }

    /// Starts a station. One that is kept goes on where it left off, with its own seed and
    /// controls.
    pub(crate) fn begin(
        runtime: &Runtime,
        mut config: Config,
        kept: Option<Kept>,
    ) -> Result<Self, Error> {
        if !(LEAD_MS_MIN..=LEAD_MS_MAX).contains(&config.lead_ms) {
            return Err(Error::Refused {
                field: "lead_ms",
                given: config.lead_ms.to_string(),
                allowed: format!("{LEAD_MS_MIN} to {LEAD_MS_MAX}"),
            });
        }
        let (mut past, mut journal) = (Past::default(), None);
        if let Some(kept) = kept {
            config.seed = kept.birth.seed;
            config.controls = kept.birth.controls;
            past = kept.past;
            journal = Some(kept.journal);
        }
        let shared = Arc::new(Shared::new(config, journal));
        runtime.add(&shared, &past);
        Ok(Self(Arc::new(Handle { shared, runtime: runtime.clone() })))
    }

    fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared().config.name
    }

    /// What its music comes from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.shared().seed()
    }

    /// What its harmony is drawn from.
    #[must_use]
    pub fn chords(&self) -> &ChordTables {
        &self.shared().config.chords
    }

    /// All controls and the frame from which they hold, without changes that wait for a bar or phrase.
    #[must_use]
    pub fn state(&self) -> State {
        *lock(&self.shared().state)
    }

    /// Asks for a change; resolves with the state that it leads to, once the frame from which it holds
    /// is certain. For one that waits for a bar or phrase that is what will hold from there, as things
    /// stand. A change that asks for nothing is answered with the state as it is.
    ///
    /// # Errors
    /// [`Error::Ended`], [`Error::Busy`], [`Error::Fault`]: the change has no effect.
    pub async fn control(&self, change: Change) -> Result<State, Error> {
        if change.is_empty() {
            return Ok(self.state());
        }
        let (answer, answered) = oneshot::channel();
        let arrived = self.0.runtime.clock().now();
        self.shared().ask(Ask { change, arrived, answer })?;
        let fault = |_| if self.shared().is_stopped() { Error::Ended } else { Error::Fault };
        answered.await.map_err(fault)
    }

    /// How it fares.
    #[must_use]
    pub fn status(&self) -> Status {
        let shared = self.shared();
        let next = shared.hub.edge().next;
        let last_underrun = shared.last_underrun.load(Relaxed);
        let degraded = last_underrun > 0 && next < last_underrun + DEGRADED_CHUNKS;
        let buffer_chunks = shared.depth.load(Relaxed);
        Status {
            status: if degraded { Health::Degraded } else { Health::Ok },
            station: self.name().to_owned(),
            state: self.state(),
            frame: chunk_start(next),
            listeners: shared.hub.listeners(),
            buffer_chunks,
            buffer_ms: buffer_chunks * CHUNK_MS,
            render_load: shared.stats.render_load_millionths.get() as f64 / 1e6,
            underruns: shared.stats.underruns.get(),
            now_playing: self.now_playing(),
        }
    }

    /// What sounds; none before the first chunk.
    #[must_use]
    pub fn now_playing(&self) -> Option<NowPlaying> {
        lock(&self.shared().now_playing).clone()
    }

    /// What it counts.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.shared().stats
    }

    /// How many listen in a codec.
    #[must_use]
    pub fn listening(&self, codec: Codec) -> usize {
        self.shared().hub.listening(codec)
    }

    /// The phrase that sounds, then those composed ahead.
    #[must_use]
    pub fn score(&self) -> Vec<Arc<Phrase>> {
        lock(&self.shared().phrases).clone()
    }

    /// What was asked of it last, with the frames from which it holds.
    #[must_use]
    pub fn log(&self) -> Recent {
        lock(&self.shared().log).clone()
    }

    /// How many changes its log has forgotten.
    #[must_use]
    pub fn log_forgotten(&self) -> u64 {
        lock(&self.shared().log).forgotten()
    }

    /// Whether its changes are written down, so that they survive a restart: it was made with a store, and the
    /// disk has not failed since.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.shared().is_kept()
    }

    /// Begins to listen, and wakes the station if it sleeps. The listener is given the last chunks
    /// that fill its target delay at once.
    #[must_use]
    pub fn join(&self, codec: Codec, target_delay_ms: u32) -> Listener {
        let listener = Listener::new(self.shared().hub.clone(), codec, target_delay_ms);
        self.shared().poke_release();
        self.shared().poke_encoding();
        listener
    }

    /// Writes nothing more to where it is kept.
    pub(crate) fn close_journal(&self) {
        self.shared().close_journal();
    }

    /// Ends the station: its listeners get [`aeolian_hub::Event::Ended`]. Again it does nothing.
    pub fn stop(&self) {
        self.shared().stop();
    }
}
