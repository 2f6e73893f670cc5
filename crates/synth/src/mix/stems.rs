//! Stems: each part's own sound, before effects and master.
//!
//! They come out when the mix does, which waits for the limiter: a frame of a stem is the same frame of
//! the mix.

use aeolian_score::Part;

use super::buses::Buses;
use crate::fx::limiter;
use crate::voice::{BLOCK, LANES};
use crate::{CHANNELS, QUANTUM};

/// Quanta that are kept: those that the limiter holds back, and the one that comes out.
const KEPT: usize = limiter::AHEAD + 1;

type Quantum = [[f32; CHANNELS]; QUANTUM];

/// The parts' sound in the last few quanta.
#[derive(Debug)]
pub(crate) struct Stems {
    kept: [[Quantum; Part::COUNT]; KEPT],
    /// The quantum that is being rendered.
    now: usize,
}

impl Stems {
    /// Silence in all parts.
    pub(crate) fn new() -> Box<Self> {
        let silence = [[[0.0; CHANNELS]; QUANTUM]; Part::COUNT];
        Box::new(Self { kept: [silence; KEPT], now: 0 })
    }

    /// Goes on to the next quantum, and forgets the oldest.
    pub(crate) fn advance(&mut self) {
        self.now = (self.now + 1) % KEPT;
        self.kept[self.now] = [[[0.0; CHANNELS]; QUANTUM]; Part::COUNT];
    }

    /// Adds a block of voices, each to its part; `parts` are those of the voices that count, from the
    /// first on. `at` is the block's first frame in the quantum.
    pub(crate) fn add_voices(
        &mut self,
        at: usize,
        outputs: &[[[f32; LANES]; BLOCK]; 4],
        parts: &[usize],
    ) {
        let stems = &mut self.kept[self.now];
        let [left, right, ..] = outputs;
        for frame in 0..BLOCK {
            for (lane, part) in parts.iter().enumerate() {
                let stem = &mut stems[part % Part::COUNT][at + frame];
                stem[0] += left[frame][lane];
                stem[1] += right[frame][lane];
            }
        }
    }

    /// Gives `part` what has been added to the buses and is in no other stem. So the stems add up to
    /// the dry mix.
    pub(crate) fn add_rest(&mut self, part: Part, buses: &Buses) {
        let stems = &mut self.kept[self.now];
        for frame in 0..QUANTUM {
            let mut rest = [buses.left[frame], buses.right[frame]];
            for stem in stems.iter() {
                rest[0] -= stem[frame][0];
                rest[1] -= stem[frame][1];
            }
            stems[part.index()][frame] = rest;
        }
    }

    /// The quantum of a part that belongs to the quantum of the mix that comes out now.
    pub(crate) fn quantum(&self, part: usize) -> &[f32] {
        self.kept[(self.now + 1) % KEPT][part % Part::COUNT].as_flattened()
    }
}
