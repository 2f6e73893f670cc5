//! What every part is told about the phrase that it plays in.

use crate::control::Controls;
use crate::form::Place;
use crate::part::Part;
use crate::phrase::Chord;
use crate::time::Tick;

/// A phrase before it has notes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) seed: u64,
    /// Counts phrases from the station's birth.
    pub(crate) index: u64,
    pub(crate) start: Tick,
    pub(crate) end: Tick,
    /// Notes that begin before this tick are not asked for.
    pub(crate) from: Tick,
    pub(crate) place: Place,
    pub(crate) controls: &'a Controls,
    /// They fill the phrase. Never empty.
    pub(crate) chords: &'a [Chord],
}

impl Scene<'_> {
    /// How much happens here, 0 to 1: the intensity that was asked for, swayed by the arc's
    /// tension. It grows with intensity whatever the arc does, and at 0 and 1 the arc is silent.
    pub(crate) fn flow(&self) -> f32 {
        let intensity = self.controls.intensity.get();
        let sway = intensity * (1.0 - intensity) * (self.place.tension - 0.5);
        (intensity + sway).clamp(0.0, 1.0)
    }

    /// The chord that sounds at `tick`.
    pub(crate) fn chord_at(&self, tick: Tick) -> &Chord {
        let after = self.chords.partition_point(|chord| chord.start <= tick);
        &self.chords[after.saturating_sub(1)]
    }
}

/// Lanes of a part, of which each holds one note at a time: so many bits of a note's id.
const LANE_BITS: u32 = 3;
const PART_BITS: u32 = 3;

/// A note's id: its place on the grid, its part and its lane within the part. No two notes of a
/// station share all three.
pub(crate) fn note_id(grid: Tick, part: Part, lane: usize) -> u64 {
    ((grid << PART_BITS | part.index() as u64) << LANE_BITS) | lane as u64
}

/// The lane of a note.
pub(crate) fn lane_of(id: u64) -> usize {
    (id & ((1 << LANE_BITS) - 1)) as usize
}

/// The place on the grid of a note.
pub(crate) fn grid_of(id: u64) -> Tick {
    id >> (LANE_BITS + PART_BITS)
}
