//! How a station fares.

use aeolian_piece::State;
use aeolian_piece::bars::NowPlaying;
use serde::{Serialize, Serializer};

/// Whether a station does what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Ok,
    /// A chunk was missing in the last ten seconds.
    Degraded,
}

impl Health {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
        }
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How a station fares.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Whether it does what it should.
    pub status: Health,
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
