//! Workloads to measure the engine with.

use std::sync::Arc;

use aeolian_score::phrase::{Section, SectionName, drum};
use aeolian_score::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};
use aeolian_score::{Controls, Note, Part, Phrase};

use crate::plan::Plan;

/// The full patch in the worst case: for `bars` bars sixteen voices sound all the time, each with two
/// oscillators, filter and envelope, of all three kinds of patch; a swell and the noise never stop, and kick
/// and brush come on every beat.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "not for the render thread"
)]
pub fn worst_case(bars: u32) -> Plan {
    let length = Tick::from(bars) * TICKS_PER_BAR;
    let mut notes = Vec::new();
    let mut note = |part, pitch, start, ticks| {
        let id = notes.len() as u64;
        notes.push(Note { id, part, pitch, start, ticks, velocity: 80 });
    };
    for i in 0..10 {
        note(Part::Pad, 48 + 3 * i, 0, length);
    }
    for i in 0..4 {
        note(Part::Melody, 72 + 3 * i, 0, length);
    }
    for i in 0..2 {
        note(Part::Bass, 33 + 7 * i, 0, length);
    }
    note(Part::Texture, 67, 0, length);
    for beat in 0..length / TICKS_PER_BEAT {
        note(Part::Percussion, drum::KICK, beat * TICKS_PER_BEAT, 1);
        note(Part::Percussion, drum::BRUSH, beat * TICKS_PER_BEAT, 1);
    }
    let section = Section { name: SectionName::Bloom, index: 0, tension: 1.0 };
    let phrase = Phrase { index: 0, start: 0, bars, section, chords: Vec::new(), notes };
    Plan { frame: 0, span: 0, controls: Controls::default(), phrases: vec![Arc::new(phrase)] }
}
