//! Where the line aims: at the motif's intervals, and at one high point a phrase.

use super::script::MelodyEvent;
use crate::part::Part;
use crate::phrase::Note;
use crate::scene::grid_of;

/// The pitches of the line: C4 to C6.
pub(super) const RANGE: (u8, u8) = (60, 84);

/// The pitch that an event aims at.
#[derive(Clone, Copy)]
pub(super) struct Aim {
    /// What the script says.
    pub(super) place: u8,
    /// What keeps the motif's interval from the note that was really sung before.
    pub(super) after: Option<i16>,
}

impl Aim {
    pub(super) fn cost(self, pitch: u8) -> f32 {
        let off = f32::from(pitch.abs_diff(self.place));
        let after = self.after.map(|after| f32::from((i16::from(pitch) - after).unsigned_abs()));
        after.map_or(off, |after| 0.5 * off + 0.7 * after)
    }
}

/// The phrase's arch: everything stays below its one high point.
pub(super) struct Arch {
    /// The pitch that the script asks for there.
    ceiling: u8,
    /// What has been reached so far.
    highest: u8,
    /// The high point has passed.
    passed: bool,
}

impl Arch {
    pub(super) fn new(events: &[MelodyEvent], already: &[Note]) -> Self {
        let peak = events.iter().find(|event| event.peak);
        let begun = already.iter().filter(|note| note.part == Part::Melody);
        let passed = peak.is_some_and(|peak| begun.clone().any(|n| grid_of(n.id) >= peak.onset));
        Self {
            ceiling: peak.map_or(RANGE.1, |peak| peak.target).clamp(RANGE.0 + 7, RANGE.1),
            highest: begun.map(|note| note.pitch).max().unwrap_or(0),
            passed,
        }
    }

    pub(super) fn hear(&mut self, pitch: u8, peak: bool) {
        self.highest = self.highest.max(pitch);
        self.passed |= peak;
    }

    /// The highest pitch that suits a note which is not the high point.
    pub(super) fn top(&self) -> u8 {
        (if self.passed { self.highest } else { self.ceiling }) - 1
    }

    pub(super) fn cost(&self, pitch: u8, peak: bool) -> f32 {
        let bends = if peak {
            (self.highest + 1).saturating_sub(pitch)
        } else {
            pitch.saturating_sub(self.top())
        };
        if bends > 0 { 6.0 + f32::from(bends) } else { 0.0 }
    }
}
