//! From where a station can be taken up, as `station.json` holds it.
//!
//! Without it all that a station ever played would have to be composed again at each start. It is
//! good only under the engine version and with the chord tables that it comes from: others would have led
//! elsewhere.

use std::io;

use aeolian_piece::Checkpoint;
use aeolian_score::Composer;
use aeolian_score::harmony::ChordTables;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The engine version of stations that name a version of the program instead: all that kept stations made the same
/// music.
const FIRST_ENGINE: u32 = 1;

/// The last version of the program that named itself instead of its engine.
const LAST_WITHOUT_ENGINE: &str = "0.3.0";

/// The engine version of a file that names the program's version, but not the engine's. None where that is not known.
pub(super) fn engine_of(version: &str) -> Option<u32> {
    (version == LAST_WITHOUT_ENGINE).then_some(FIRST_ENGINE)
}

/// The engine version and the chord tables that a checkpoint comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Noted")]
pub(super) struct Origin {
    pub(super) engine: Option<u32>,
    pub(super) chords: Option<String>,
}

/// An [`Origin`] as any version has noted it.
#[derive(Deserialize)]
struct Noted {
    engine: Option<u32>,
    version: Option<String>,
    chords: Option<String>,
}

impl From<Noted> for Origin {
    fn from(Noted { engine, version, chords }: Noted) -> Self {
        Self { engine: engine.or_else(|| engine_of(&version?)), chords }
    }
}

/// A [`Checkpoint`] as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredCheckpoint {
    pub(super) frame: u64,
    /// What the composer remembers there.
    pub(super) composer: Value,
    #[serde(flatten)]
    origin: Origin,
}

impl Origin {
    pub(super) fn write(&self, of: &Checkpoint) -> io::Result<StoredCheckpoint> {
        let composer = of.composer.to_json()?;
        Ok(StoredCheckpoint { frame: of.frame, composer, origin: self.clone() })
    }
}

impl StoredCheckpoint {
    /// The checkpoint of a station with this seed and these tables; or why it is none.
    pub(super) fn read(&self, seed: u64, chords: &ChordTables) -> Result<Checkpoint, String> {
        let composer = Composer::from_json(seed, chords.clone(), &self.composer)?;
        Ok(Checkpoint { frame: self.frame, composer })
    }

    /// Whether it is good for stations that come from there.
    pub(super) fn is_from(&self, origin: &Origin) -> bool {
        self.origin == *origin
    }
}
