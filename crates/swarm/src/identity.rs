//! Whether everybody hears the same.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use aeolian_wire::Format;

/// Chunks looked back on. Whoever is later than this (100 s) is not compared.
const CHUNKS_KEPT: usize = 1_000;

/// A digest of each chunk's audio, as whoever heard it first heard it.
#[derive(Debug, Default)]
pub struct Identity {
    digests: Mutex<BTreeMap<(bool, u64), u64>>,
}

impl Identity {
    /// Whether chunk `seq` is what the others heard. `json` and `pcm` must be the same audio.
    pub fn agrees(&self, format: Format, seq: u64, audio: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        audio.hash(&mut hasher);
        let digest = hasher.finish();
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if digests.len() > CHUNKS_KEPT {
            digests.pop_first();
        }
        *digests.entry((format == Format::Opus, seq)).or_insert(digest) == digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_that_differs_between_listeners_is_noticed() {
        let identity = Identity::default();
        assert!(identity.agrees(Format::Json, 1, b"one"));
        assert!(identity.agrees(Format::Pcm, 1, b"one"));
        assert!(identity.agrees(Format::Pcm, 2, b"two"));
        assert!(!identity.agrees(Format::Json, 2, b"one"));
        assert!(identity.agrees(Format::Opus, 2, b"packets"));
    }
}
