//! What is played: the music of a station from its birth on.

use aeolian_piece::log::Entry;
use aeolian_piece::{History, Offline};
use aeolian_score::{Composer, Controls};

/// What is played. The same four give the same samples and the same notes, bit for bit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Music {
    /// The composer, which has not composed yet. It knows the seed and the chord tables.
    pub composer: Composer,
    /// What the station starts with.
    pub controls: Controls,
    /// What is asked of it later, in order of frames.
    pub log: Vec<Entry>,
    /// The length in frames, 44 100 a second, from the station's birth on.
    pub frames: u64,
}

impl Music {
    /// The first `frames` frames of the station with this seed and the default controls.
    #[must_use]
    pub fn new(seed: u64, frames: u64) -> Self {
        Self {
            composer: Composer::new(seed),
            controls: Controls::default(),
            log: Vec::new(),
            frames,
        }
    }

    /// The station that plays it, at frame 0.
    #[must_use]
    pub fn station(&self) -> Offline {
        Offline::with_composer(self.composer.clone(), self.controls, &self.log)
    }

    /// Its notes, composed without the audio. A day of music takes a fraction of a second, and
    /// some 30 MB.
    #[must_use]
    pub fn history(&self) -> History {
        History::compose(self.composer.clone(), self.controls, &self.log, self.frames)
    }
}
