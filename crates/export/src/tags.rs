//! What a file says about the music that it holds.

use crate::Music;

/// What a file says about the music that it holds.
#[derive(Clone, Debug)]
pub(crate) struct MusicTags {
    /// The station's seed.
    pub seed: u64,
    /// The key that it starts in.
    pub key: String,
    /// The tempo that it starts with, in beats a minute.
    pub bpm: f64,
}

impl MusicTags {
    /// Those of a piece.
    #[must_use]
    pub(crate) fn of(music: &Music) -> Self {
        Self {
            seed: music.composer.seed(),
            key: music.controls.home().to_string(),
            bpm: music.controls.bpm.get(),
        }
    }

    /// As a container takes them.
    pub(crate) fn comments(&self) -> aeolian_codec::Tags {
        aeolian_codec::Tags(vec![
            ("TITLE", format!("Aeolian, seed {}", self.seed)),
            ("ARTIST", "Aeolian".to_owned()),
            ("GENRE", "Ambient".to_owned()),
            ("SEED", self.seed.to_string()),
            ("INITIALKEY", self.key.clone()),
            ("BPM", self.bpm.to_string()),
            ("ENCODER", format!("Aeolian {}", env!("CARGO_PKG_VERSION"))),
        ])
    }
}
