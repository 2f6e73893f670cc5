//! A station: one endless piece with its seed, controls and listeners.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aeolian_score::control::Controls;
use aeolian_score::{Change, Phrase};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::hub::Hub;
use crate::log::Entry;
use crate::message::Message;
use crate::packet::{Format, Packet};
use crate::{CHUNK_MS, CHUNK_SAMPLES, Error, Listener, Offline, Stats, pcm, wire};

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
    /// How far it renders ahead of what it releases.
    pub lead_ms: u32,
}

impl Config {
    /// A station with the default controls.
    #[must_use]
    pub fn new(name: impl Into<String>, seed: u64) -> Self {
        Self { name: name.into(), seed, controls: Controls::default(), lead_ms: 200 }
    }
}

/// The controls of a station.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct State {
    /// All controls.
    #[serde(flatten)]
    pub controls: Controls,
    /// Counts accepted changes.
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
    pub buffer_chunks: usize,
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
    /// Beats a minute.
    pub bpm: f64,
}

struct Ask {
    change: Change,
    answer: oneshot::Sender<State>,
}

struct Shared {
    config: Config,
    hub: Arc<Hub>,
    stats: Arc<Stats>,
    state: Mutex<State>,
    phrases: Mutex<Vec<Arc<Phrase>>>,
    log: Mutex<Vec<Entry>>,
    asks: mpsc::Sender<Ask>,
    stopped: AtomicBool,
}

/// A running station. A clone is another handle to it.
#[derive(Clone)]
pub struct Station(Arc<Shared>);

impl Station {
    /// Starts a station.
    ///
    /// # Errors
    /// [`Error::NoThread`].
    pub fn start(config: Config) -> Result<Self, Error> {
        let stats = Arc::new(Stats::default());
        let (asks, inbox) = mpsc::channel();
        let state = State { controls: config.controls, revision: 0, frame: 0 };
        let shared = Arc::new(Shared {
            hub: Arc::new(Hub::new(stats.clone())),
            stats,
            state: Mutex::new(state),
            phrases: Mutex::default(),
            log: Mutex::default(),
            asks,
            stopped: AtomicBool::new(false),
            config,
        });
        let running = shared.clone();
        std::thread::Builder::new()
            .name("station".to_owned())
            .spawn(move || run(&running, &inbox))
            .map_err(Error::NoThread)?;
        Ok(Self(shared))
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.config.name
    }

    /// What its music comes from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.config.seed
    }

    /// The controls.
    #[must_use]
    pub fn state(&self) -> State {
        *lock(&self.0.state)
    }

    /// Asks for a change; resolves once the frame from which it holds is certain.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub async fn control(&self, change: Change) -> Result<State, Error> {
        let (answer, answered) = oneshot::channel();
        self.0.asks.send(Ask { change, answer }).map_err(|_| Error::Ended)?;
        answered.await.map_err(|_| Error::Ended)
    }

    /// How it fares.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.state();
        let now_playing = lock(&self.0.phrases).first().and_then(|phrase| {
            let chord = phrase.chord_at(phrase.start)?;
            Some(NowPlaying {
                phrase: phrase.index,
                bar: phrase.start / aeolian_score::time::TICKS_PER_BAR,
                chord: chord.numeral.clone(),
                key: chord.key.to_string(),
                bpm: state.controls.bpm.get(),
            })
        });
        Status {
            status: "ok",
            station: self.name().to_owned(),
            state,
            frame: crate::chunk_start(self.0.hub.edge().next),
            listeners: self.0.hub.listeners(),
            buffer_chunks: 0,
            buffer_ms: 0,
            render_load: 0.0,
            underruns: self.0.stats.underruns.get(),
            now_playing,
        }
    }

    /// What it counts.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.0.stats
    }

    /// How many listen in a format.
    #[must_use]
    pub fn listening(&self, format: Format) -> usize {
        self.0.hub.listening(format)
    }

    /// The phrase that sounds, then those composed ahead.
    #[must_use]
    pub fn score(&self) -> Vec<Arc<Phrase>> {
        lock(&self.0.phrases).clone()
    }

    /// What was asked of it, with the frames from which it holds.
    #[must_use]
    pub fn log(&self) -> Vec<Entry> {
        lock(&self.0.log).clone()
    }

    /// Begins to listen. The listener is given the last chunks that fill its target delay at once.
    #[must_use]
    pub fn join(&self, format: Format, target_delay_ms: u32) -> Listener {
        Listener::new(self.0.hub.clone(), format, target_delay_ms)
    }

    /// Ends the station: its listeners get [`crate::Event::Ended`]. Again it does nothing.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        self.0.hub.end();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(shared: &Shared, inbox: &mpsc::Receiver<Ask>) {
    let mut music = Offline::new(shared.config.seed, shared.config.controls);
    let mut samples = vec![0.0; CHUNK_SAMPLES];
    let mut pcm = vec![0; CHUNK_SAMPLES];
    let start = Instant::now();
    for chunk in 0.. {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        for ask in inbox.try_iter() {
            let state = music.control(&ask.change);
            let (frame, revision) = (state.frame, state.revision);
            lock(&shared.log).push(Entry { frame, revision, change: ask.change });
            *lock(&shared.state) = state;
            shared.hub.set_state(Message::json(&wire::StateMessage { state }));
            let _ = ask.answer.send(state);
        }
        music.render(&mut samples);
        pcm::to_s16(shared.config.seed, crate::chunk_start(chunk), &samples, &mut pcm);
        *lock(&shared.phrases) = music.phrases().cloned().collect();
        let due = start + Duration::from_millis(chunk * CHUNK_MS);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_ms = u64::try_from(unix.as_millis()).unwrap_or(u64::MAX);
        let texts = shared.hub.state().into_iter().collect();
        shared.hub.release(Packet::new(chunk, unix_ms, false, &pcm, texts), Vec::new());
    }
}
