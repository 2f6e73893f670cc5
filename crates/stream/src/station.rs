//! A station: one endless piece with its seed, controls and listeners.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use aeolian_score::control::Controls;
use aeolian_score::harmony::ChordTables;
use aeolian_score::{Change, Phrase};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::log::Recent;
use crate::packet::Format;
use crate::past::Past;
use crate::runtime::Runtime;
use crate::shared::{Ask, Shared, lock};
use crate::store::Kept;
use crate::{CHUNK_MS, Error, Listener, Stats, chunk_start};

/// The shortest lead: one chunk is made while another is given out.
pub const LEAD_MS_MIN: u32 = 150;

/// The longest lead: the ring holds no more.
pub const LEAD_MS_MAX: u32 = 800;

/// Chunks after an underrun for which a station calls itself degraded: 10 s.
const DEGRADED_CHUNKS: u64 = 100;

/// How a station starts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// What it is called, such as `main`.
    pub name: String,
    /// What its music comes from.
    pub seed: u64,
    /// The controls it starts with.
    pub controls: Controls,
    /// What its harmony is drawn from.
    pub chords: ChordTables,
    /// How far it renders ahead of what it releases, [`LEAD_MS_MIN`] to [`LEAD_MS_MAX`].
    pub lead_ms: u32,
}

impl Config {
    /// A station with the default controls.
    #[must_use]
    pub fn new(name: impl Into<String>, seed: u64) -> Self {
        let (controls, chords) = (Controls::default(), ChordTables::built_in());
        Self { name: name.into(), seed, controls, chords, lead_ms: 200 }
    }
}

/// The controls of a station, as they hold from a frame on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct State {
    /// All controls.
    #[serde(flatten)]
    pub controls: Controls,
    /// Counts accepted changes, also those that wait for a bar or phrase.
    pub revision: u64,
    /// The frame from which they hold.
    pub frame: u64,
}

/// The part of `GET /api/status` that is about the station.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// `ok`, or `degraded` after an underrun in the last ten seconds.
    pub status: &'static str,
    /// The station's name.
    pub station: String,
    /// All controls.
    pub state: State,
    /// The first frame that has not been released.
    pub frame: u64,
    /// How many listen.
    pub listeners: usize,
    /// Chunks rendered and not yet released.
    pub buffer_chunks: u64,
    /// The same in milliseconds.
    pub buffer_ms: u64,
    /// Time to render over time rendered.
    pub render_load: f64,
    /// Chunks that were not there when they were due.
    pub underruns: u64,
    /// What sounds.
    pub now_playing: Option<NowPlaying>,
}

/// What sounds.
#[derive(Clone, Debug, Serialize)]
pub struct NowPlaying {
    /// Counts phrases from the station's birth.
    pub phrase: u64,
    /// Counts bars from the station's birth.
    pub bar: u64,
    /// Roman numeral.
    pub chord: String,
    /// Tonic and mode of the chord.
    pub key: String,
    /// The section of the form: `drift`, `bloom` or `still`.
    pub section: &'static str,
    /// Beats a minute.
    pub bpm: f64,
}

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
    /// Starts a station on threads of its own.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::NoThread`].
    pub fn start(config: Config) -> Result<Self, Error> {
        Self::start_on(&Runtime::start()?, config)
    }

    /// Starts a station on threads that it shares. It sleeps until somebody listens.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn start_on(runtime: &Runtime, config: Config) -> Result<Self, Error> {
        Self::begin(runtime, config, None)
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
            status: if degraded { "degraded" } else { "ok" },
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

    /// How many listen in a format.
    #[must_use]
    pub fn listening(&self, format: Format) -> usize {
        self.shared().hub.listening(format)
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
    pub fn join(&self, format: Format, target_delay_ms: u32) -> Listener {
        let listener = Listener::new(self.shared().hub.clone(), format, target_delay_ms);
        self.shared().poke_release();
        self.shared().poke_encoding();
        listener
    }

    /// Writes nothing more to where it is kept.
    pub(crate) fn close_journal(&self) {
        self.shared().close_journal();
    }

    /// Ends the station: its listeners get [`crate::Event::Ended`]. Again it does nothing.
    pub fn stop(&self) {
        self.shared().stop();
    }
}
