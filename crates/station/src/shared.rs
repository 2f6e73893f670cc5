//! What a station's tasks and its handles share.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};

use aeolian_codec::Codec;
use aeolian_codec::table::Making;
use aeolian_hub::Hub;
use aeolian_piece::bars::NowPlaying;
use aeolian_piece::log::{Delayed, Entry};
use aeolian_piece::{Checkpoint, Past, Piece, State, chunk_start};
use aeolian_score::control::change::Apply;
use aeolian_score::{Change, Phrase};
use tokio::sync::oneshot;

use crate::clock::Nanos;
use crate::config::Config;
use crate::error::Error;
use crate::lane::Poker;
use crate::lock::lock;
use crate::log::Recent;
use crate::schedule::Schedule;
use crate::stats::Stats;
use crate::store::Journal;

/// Controls that may wait for the conductor.
const ASKS_MAX: usize = 256;

/// Controls that may wait for their bar or phrase. More are refused, but none that holds at once.
const DELAYED_MAX: usize = 256;

/// A control on its way to the conductor.
pub(crate) struct Ask {
    pub(crate) change: Change,
    pub(crate) arrived: Nanos,
    pub(crate) answer: oneshot::Sender<State>,
}

/// A control on its way to the wire.
pub(crate) struct OnTheWay {
    pub(crate) frame: u64,
    pub(crate) arrived: Nanos,
}

/// Wakes a station's tasks.
pub(crate) struct Pokers {
    pub(crate) render: Poker,
    pub(crate) release: Poker,
    pub(crate) conduct: Poker,
    pub(crate) encode: Poker,
    /// Of a station that is started again.
    pub(crate) prime: Option<Poker>,
}

/// One station, as its tasks but the renderer and its handles see it. The renderer has a [seat](crate::render::Seat).
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) stats: Arc<Stats>,
    /// What holds, or is about to, and from which frame on.
    pub(crate) state: Mutex<State>,
    pub(crate) phrases: Mutex<Vec<Arc<Phrase>>>,
    /// From where its piece can be taken up.
    pub(crate) checkpoint: Mutex<Option<Checkpoint>>,
    pub(crate) log: Mutex<Recent>,
    pub(crate) now_playing: Mutex<Option<NowPlaying>>,
    pub(crate) asks: Mutex<VecDeque<Ask>>,
    /// How many controls wait for their bar or phrase.
    pub(crate) delayed: AtomicUsize,
    /// The latest `state`, until it goes out with the next packet. Each says everything, so nobody misses the ones
    /// before it.
    pub(crate) news: Mutex<Option<State>>,
    pub(crate) on_the_way: Mutex<Vec<OnTheWay>>,
    pub(crate) pokers: OnceLock<Pokers>,
    /// Chunks rendered and not yet released.
    pub(crate) depth: AtomicU64,
    /// The chunk after the last that was missing, 0 when none was.
    pub(crate) last_underrun: AtomicU64,
    journal: Option<Journal>,
    /// Raised once, when the station ends.
    pub(crate) stopped: Arc<AtomicBool>,
}

impl Shared {
    /// A station that is kept by `journal`, if it is kept.
    pub(crate) fn new(config: Config, journal: Option<Journal>) -> Self {
        let stats = Arc::new(Stats::default());
        let state = State { controls: config.controls, revision: 0, frame: 0 };
        Self {
            schedule: Arc::new(Schedule::new(config.lead_ms)),
            hub: Arc::new(Hub::new(stats.hub.clone())),
            stats,
            state: Mutex::new(state),
            phrases: Mutex::default(),
            checkpoint: Mutex::default(),
            log: Mutex::default(),
            now_playing: Mutex::default(),
            asks: Mutex::default(),
            delayed: AtomicUsize::new(0),
            news: Mutex::default(),
            on_the_way: Mutex::default(),
            pokers: OnceLock::new(),
            depth: AtomicU64::new(0),
            last_underrun: AtomicU64::new(0),
            journal,
            stopped: Arc::default(),
            config,
        }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.config.seed
    }

    /// Begins after its past, which left `piece`.
    pub(crate) fn begin(&self, past: &Past, piece: &Piece) {
        let held = past.log.iter().map(|entry| entry.revision);
        let waits = past.delayed.iter().map(|delayed| delayed.revision);
        if let Some(revision) = held.chain(waits).max() {
            let frame = past.log.last().map_or(0, |entry| entry.frame);
            *lock(&self.state) = State { controls: *piece.controls(), revision, frame };
        }
        lock(&self.log).extend(past.log.iter().cloned());
        self.schedule.set_released(past.first_chunk);
        self.hub.begin(past.first_chunk);
    }

    /// Keeps changes that hold.
    pub(crate) fn keep(&self, entries: Vec<Entry>) {
        if let Some(journal) = &self.journal {
            journal.append(&entries);
        }
        lock(&self.log).extend(entries);
    }

    /// Keeps a change that waits for its bar or phrase.
    pub(crate) fn keep_delayed(&self, delayed: &Delayed) {
        if let Some(journal) = &self.journal {
            journal.append_delayed(delayed);
        }
    }

    /// Notes the frame that was reached, where the station is kept.
    pub(crate) fn note_frame(&self) {
        if let Some(journal) = &self.journal {
            let checkpoint = lock(&self.checkpoint).clone();
            journal.reached(chunk_start(self.hub.edge().next), checkpoint);
        }
    }

    /// Whether what becomes of the station is written down.
    pub(crate) fn is_kept(&self) -> bool {
        self.journal.as_ref().is_some_and(Journal::is_open)
    }

    /// Keeps nothing any more.
    pub(crate) fn close_journal(&self) {
        if let Some(journal) = &self.journal {
            journal.close();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(SeqCst)
    }

    /// Ends the station. Again it does nothing.
    pub(crate) fn stop(&self) {
        if !self.stopped.swap(true, SeqCst) {
            self.hub.end();
            self.note_frame();
            // Dropped asks answer that the station has ended.
            lock(&self.asks).clear();
            if let Some(pokers) = self.pokers.get() {
                pokers.render.poke();
                pokers.release.poke();
                pokers.conduct.poke();
                pokers.encode.poke();
            }
            self.poke_primer();
        }
    }

    /// Puts a control in line.
    pub(crate) fn ask(&self, ask: Ask) -> Result<(), Error> {
        {
            let mut asks = lock(&self.asks);
            if self.is_stopped() {
                return Err(Error::Ended);
            }
            if asks.len() >= ASKS_MAX {
                return Err(Error::Busy { waiting: "are queued", allowed: ASKS_MAX });
            }
            let waits = ask.change.apply != Apply::Now;
            if waits && self.delayed.load(SeqCst) >= DELAYED_MAX {
                let waiting = "wait for their bar or phrase";
                return Err(Error::Busy { waiting, allowed: DELAYED_MAX });
            }
            asks.push_back(ask);
        }
        self.poke_conductor();
        Ok(())
    }

    pub(crate) fn poke_conductor(&self) {
        if let Some(pokers) = self.pokers.get() {
            pokers.conduct.poke();
        }
    }

    pub(crate) fn poke_renderer(&self) {
        if let Some(pokers) = self.pokers.get() {
            pokers.render.poke();
        }
    }

    /// Somebody wants to listen.
    pub(crate) fn poke_primer(&self) {
        if let Some(prime) = self.pokers.get().and_then(|pokers| pokers.prime.as_ref()) {
            prime.poke();
        }
    }

    /// There may be something to encode.
    pub(crate) fn poke_encoding(&self) {
        let wanted = |codec: Codec| {
            matches!(codec.row().making, Making::InTurn { .. }) && self.hub.listening(codec) > 0
        };
        if Codec::all().any(wanted)
            && let Some(pokers) = self.pokers.get()
        {
            pokers.encode.poke();
        }
    }

    pub(crate) fn poke_release(&self) {
        if let Some(pokers) = self.pokers.get() {
            pokers.release.poke();
        }
    }
}
