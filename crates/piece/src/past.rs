//! What a station has lived through before it is started, and the piece that it goes on with.

use aeolian_score::harmony::ChordTables;
use aeolian_score::{Composer, Controls};

use crate::chunk::{chunk_start, first_quantum};
use crate::log::{Delayed, Entry};
use crate::offline::Offline;
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
#[derive(Debug)]
pub struct Resumed {
    /// Where the engine computes next, once it has come as far as [`Resumed::player`] will have.
    pub piece: Piece,
    /// Plays what is still heard where the station goes on: to be moved on to [`Past::first_frame`], from where on it
    /// gives what the station would have given.
    pub player: Offline,
    /// Why the checkpoint was passed over and all was composed from the birth on, where that is so.
    pub passed_over: Option<String>,
}

impl Past {
    /// The past of a station of which only the log is known, and which goes on with the chunk that holds `frame`.
    #[must_use]
    pub fn of_log(log: &[Entry], frame: u64) -> Self {
        let log = log.to_vec();
        Self { log, first_chunk: crate::chunk::chunk_of(frame), ..Self::default() }
    }

    /// The frame with which it goes on.
    #[must_use]
    pub fn first_frame(&self) -> u64 {
        chunk_start(self.first_chunk)
    }

    /// What the station with this seed and these tables, which was born with these controls, goes on with.
    #[must_use]
    pub fn resume(&self, seed: u64, chords: &ChordTables, controls: Controls) -> Resumed {
        self.resume_with(Composer::with_chords(seed, chords.clone()), controls)
    }

    /// The same of the station of this composer, which has not composed yet.
    #[must_use]
    pub fn resume_with(&self, composer: Composer, controls: Controls) -> Resumed {
        let seed = composer.seed();
        // What an engine has computed that has given out nothing of the first chunk yet.
        let computed = if self.first_chunk > 0 { first_quantum(self.first_chunk) } else { 0 };
        let taken = self.checkpoint.clone().map(|checkpoint| {
            let first = self.first_frame();
            if checkpoint.frame > first {
                return Err(format!("frame {} comes after {first}", checkpoint.frame));
            }
            Offline::take_up(seed, checkpoint, controls, &self.log)
        });
        let (mut player, passed_over) = match taken {
            Some(Ok(player)) => (player, None),
            Some(Err(reason)) => {
                (Offline::with_composer(composer, controls, &self.log), Some(reason))
            }
            None => (Offline::with_composer(composer, controls, &self.log), None),
        };
        let piece = player.piece_at(computed);
        let checkpoint = piece.checkpoint();
        if (player.frame() + 1..=self.first_frame()).contains(&checkpoint.frame)
            && let Ok(later) = Offline::take_up(seed, checkpoint, controls, &self.log)
        {
            player = later;
        }
        Resumed { piece, player, passed_over }
    }
}
