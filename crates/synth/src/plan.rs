//! What the engine plays from.

use std::sync::Arc;

use aeolian_score::{Controls, Note, Phrase};

/// What the engine plays from, made by the conductor and handed over whole.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The frame from which the plan holds: adopt it when [`Engine::frame`](crate::Engine::frame) has reached it.
    pub frame: u64,
    /// The frame with which the span began that holds `frame`. Only an engine that is made looks at it; one that adopts
    /// a plan knows its own span.
    pub span: u64,
    /// The controls that hold from there on.
    pub controls: Controls,
    /// The phrase that sounds and those ahead, in order, without gaps.
    pub phrases: Vec<Arc<Phrase>>,
}

impl Plan {
    /// A note as this plan has it, if it has one of its start and id.
    pub(crate) fn revised(&self, note: &Note) -> Option<&Note> {
        self.phrases
            .iter()
            .flat_map(|phrase| phrase.notes_between(note.start, note.start + 1))
            .find(|revised| revised.id == note.id)
    }
}

/// A note that begins in the coming quantum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Onset {
    pub(crate) note: Note,
    /// The frame of the quantum in which it begins, at [`crate::HALF_RATE`].
    pub(crate) frame: usize,
    /// How long it lasts at the tempo that holds now, in frames at [`crate::HALF_RATE`].
    pub(crate) frames: u64,
}

impl Onset {
    /// Loudness of the stroke, 0 to 1.
    pub(crate) fn velocity(&self) -> f32 {
        f32::from(self.note.velocity.min(127)) * (1.0 / 127.0)
    }
}
