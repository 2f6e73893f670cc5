//! What a station has lived through before it is started, and the piece that it goes on with.

use aeolian_score::harmony::ChordTables;
use aeolian_score::{Composer, Controls};
use aeolian_synth::Transport;

use crate::chunk::entry_frame;
use crate::log::{Delayed, Entry};
use crate::piece::{Checkpoint, Piece};

/// What was asked of a station, and how far it has come. The default is nothing: it is born.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// What took hold, in order of frames.
    pub log: Vec<Entry>,
    /// What waits for its bar or phrase, earliest first.
    pub delayed: Vec<Delayed>,
    /// The chunk with which it goes on, which begins after every entry of the log.
    pub first_chunk: u64,
    /// Where it can be taken up, so that only what follows is composed again.
    pub checkpoint: Option<Checkpoint>,
}

/// The piece as a past leaves it.
#[derive(Clone, Debug)]
pub struct Resumed {
    /// At the first frame that is to be played.
    pub piece: Piece,
    /// Why the checkpoint was passed over and all was composed from the birth on, where that is so.
    pub passed_over: Option<String>,
}

impl Past {
    /// The piece of the station with this seed and these tables, which was born with these controls, at the first
    /// frame that is to be played.
    #[must_use]
    pub fn resume(&self, seed: u64, chords: &ChordTables, controls: Controls) -> Resumed {
        let taken = self.checkpoint.clone().map(|checkpoint| self.take_up(checkpoint, controls));
        let (piece, passed_over) = match taken {
            Some(Ok(piece)) => (Some(piece), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (None, None),
        };
        let from_birth = || Piece::new(Composer::with_chords(seed, chords.clone()), controls);
        let mut piece = piece.unwrap_or_else(from_birth);
        let before = self.log.partition_point(|entry| entry.frame < piece.frame());
        for entries in self.log[before..].chunk_by(|a, b| a.frame == b.frame) {
            piece.advance(entries[0].frame);
            piece.change(entries.iter().map(|entry| &entry.change));
        }
        piece.advance(entry_frame(self.first_chunk));
        Resumed { piece, passed_over }
    }

    /// The piece at the checkpoint, before what was asked for at its frame; or why it does not fit.
    fn take_up(&self, checkpoint: Checkpoint, controls: Controls) -> Result<Piece, String> {
        let Checkpoint { frame, composer } = checkpoint;
        let last = entry_frame(self.first_chunk);
        if frame > last {
            return Err(format!("frame {frame} comes after {last}"));
        }
        let (controls, transport) = self.held_at(frame, controls);
        Piece::take_up(composer, controls, transport)
            .ok_or_else(|| format!("its phrase does not sound at frame {frame}"))
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
