//! What a file says about the music that it holds.

use crate::Music;

/// What a file says about the music that it holds.
#[derive(Clone, Debug)]
pub struct Tags {
    /// The station's seed.
    pub seed: u64,
    /// The key that it starts in.
    pub key: String,
    /// The tempo that it starts with, in beats a minute.
    pub bpm: f64,
}

impl Tags {
    /// Those of a piece.
    #[must_use]
    pub fn of(music: &Music) -> Self {
        Self {
            seed: music.composer.seed(),
            key: music.controls.home().to_string(),
            bpm: music.controls.bpm.get(),
        }
    }

    /// As Vorbis comments: <https://xiph.org/vorbis/doc/v-comment.html>.
    pub(crate) fn comments(&self) -> Vec<String> {
        vec![
            format!("TITLE=Aeolian, seed {}", self.seed),
            "ARTIST=Aeolian".to_owned(),
            "GENRE=Ambient".to_owned(),
            format!("SEED={}", self.seed),
            format!("INITIALKEY={}", self.key),
            format!("BPM={}", self.bpm),
            format!("ENCODER=Aeolian {}", env!("CARGO_PKG_VERSION")),
        ]
    }
}
