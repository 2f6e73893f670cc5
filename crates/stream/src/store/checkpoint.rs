//! From where a station can be taken up, as `station.json` holds it.
//!
//! Without it all that a station ever played would have to be composed again at each start. It is
//! good only under the version and with the chord tables that it comes from: others would have led
//! elsewhere.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::piece;

/// The version and the chord tables that a checkpoint comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) version: Option<String>,
    pub(super) chords: Option<String>,
}

/// The place of a [`piece::Checkpoint`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) frame: u64,
    /// What the composer remembers there.
    pub(crate) composer: Value,
    #[serde(flatten)]
    origin: Origin,
}

impl Origin {
    pub(super) fn checkpoint(&self, of: &piece::Checkpoint) -> io::Result<Checkpoint> {
        let composer = of.composer.to_json()?;
        Ok(Checkpoint { frame: of.frame, composer, origin: self.clone() })
    }
}

impl Checkpoint {
    /// Whether it is good for stations that come from there.
    pub(super) fn is_from(&self, origin: &Origin) -> bool {
        self.origin == *origin
    }
}
