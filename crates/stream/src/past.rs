//! What a station has lived through before it is started, and the piece that it goes on with.

use aeolian_score::Composer;
use aeolian_score::control::Controls;
use aeolian_synth::Transport;

use crate::entry_frame;
use crate::log::{Delayed, Entry};
use crate::piece::Piece;
use crate::station::Config;
use crate::store::Checkpoint;

/// What was asked of a station, and how far it has come. The default is nothing: it is born.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    pub(crate) log: Vec<Entry>,
    /// What waits for its bar or phrase, earliest first.
    pub(crate) delayed: Vec<Delayed>,
    /// The chunk with which it goes on, which begins after every entry of the log.
    pub(crate) first_chunk: u64,
    /// Where it can be taken up, so that only what follows is composed again.
    pub(crate) checkpoint: Option<Checkpoint>,
}

impl Past {
    /// The piece as this past leaves it, at the first frame that is to be played.
    pub(crate) fn piece(&self, config: &Config) -> Piece {
        let mut piece = self.take_up(config).unwrap_or_else(|| {
            let composer = Composer::with_chords(config.seed, config.chords.clone());
            Piece::new(composer, config.controls)
        });
        let before = self.log.partition_point(|entry| entry.frame < piece.frame());
        for entries in self.log[before..].chunk_by(|a, b| a.frame == b.frame) {
            piece.advance(entries[0].frame);
            piece.change(entries.iter().map(|entry| &entry.change));
        }
        piece.advance(entry_frame(self.first_chunk));
        piece
    }

    /// The piece at the checkpoint, before what was asked for at its frame. None where there is no
    /// checkpoint, or one that does not fit.
    fn take_up(&self, config: &Config) -> Option<Piece> {
        let Checkpoint { frame, composer, .. } = self.checkpoint.as_ref()?;
        let composer = Composer::from_json(config.seed, config.chords.clone(), composer);
        let taken = composer.and_then(|composer| {
            let last = entry_frame(self.first_chunk);
            if *frame > last {
                return Err(format!("frame {frame} comes after {last}"));
            }
            let (controls, transport) = self.held_at(*frame, config.controls);
            Piece::take_up(composer, controls, transport)
                .ok_or_else(|| format!("its phrase does not sound at frame {frame}"))
        });
        let refuse = |reason: String| {
            let station = &config.name;
            tracing::warn!(station, reason, "the checkpoint is no good: all is composed again");
        };
        taken.map_err(refuse).ok()
    }

    /// The controls and the transport just before what was asked for at `frame`.
    fn held_at(&self, frame: u64, mut controls: Controls) -> (Controls, Transport) {
        let mut transport = Transport::new(controls.bpm);
        let before = self.log.partition_point(|entry| entry.frame < frame);
        for entries in self.log[..before].chunk_by(|a, b| a.frame == b.frame) {
            transport.advance_to(entries[0].frame);
            for entry in entries {
                controls = entry.change.applied_to(&controls);
            }
            transport.set_bpm(controls.bpm);
        }
        transport.advance_to(frame);
        (controls, transport)
    }
}
