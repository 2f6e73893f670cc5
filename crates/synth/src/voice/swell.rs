//! Granular swells: clouds of grains taken from the station's own recent sound.
//!
//! Each grain is a window of 150 to 450 ms onto the last second and a half, read at half, whole or double speed,
//! so that it stays in the harmony. A swell strews grains while its note lasts, more densely in its
//! middle. Every choice is a function of the seed, the note and the grain's number.

use aeolian_score::Note;
use aeolian_score::rng::Rng;

use super::BLOCK;
use crate::elementary::{Line, sin_turns};
use crate::simd::{Floats, steps};
use crate::{QUANTUM, SAMPLE_RATE};

/// Frames of sound that grains can reach back to: 1.5 s.
const HISTORY: usize = 1 << 16;
/// Frames that a block of a grain reads at most.
const GUARD: usize = QUANTUM;
const GRAINS: usize = 12;
const SWELLS: usize = 3;
const GRAIN_DOMAIN: u64 = 0x6772_6169_6e01;
/// Blocks between two grains of a swell: 46 ms.
const SPACING_BLOCKS: u32 = 64;

/// How fast a grain is read: an octave below, as it was, an octave above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Speed {
    Half,
    #[default]
    Whole,
    Double,
}

#[derive(Clone, Copy, Debug, Default)]
struct Swell {
    note: Option<Note>,
    /// Blocks since it began, and how long it will last.
    age: u32,
    blocks: u32,
    grains: u32,
    velocity: f32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Grain {
    /// Frame of the history that the next block begins with.
    at: usize,
    speed: Speed,
    /// Blocks passed of how many.
    age: u32,
    blocks: u32,
    left: f32,
    right: f32,
    window: f32,
}

/// The swells of one station.
#[derive(Debug)]
pub(crate) struct Swells {
    seed: u64,
    /// A ring whose first frames stand again behind its end, so that no block of a grain wraps.
    history: Box<[f32; HISTORY + GUARD]>,
    write: usize,
    swells: [Swell; SWELLS],
    grains: [Grain; GRAINS],
}

impl Swells {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            history: Box::new([0.0; HISTORY + GUARD]),
            write: 0,
            swells: [Swell::default(); SWELLS],
            grains: [Grain::default(); GRAINS],
        }
    }

    /// Begins a swell that lasts `frames`. The oldest of too many gives its place up; its grains sound on.
    pub(crate) fn start(&mut self, note: Note, frames: u64) {
        let left = |swell: &Swell| swell.note.map_or(0, |_| swell.blocks - swell.age);
        let Some(slot) = self.swells.iter_mut().min_by_key(|swell| left(swell)) else { return };
        let blocks = (frames / BLOCK as u64).clamp(1, 1 << 20) as u32;
        let velocity = f32::from(note.velocity.min(127)) * (1.0 / 127.0);
        *slot = Swell { note: Some(note), age: 0, blocks, grains: 0, velocity };
    }

    /// Whether no grain sounds and none is to come.
    #[inline(always)]
    pub(crate) fn idle(&self) -> bool {
        self.swells.iter().all(|swell| swell.note.is_none())
            && self.grains.iter().all(|grain| grain.blocks == 0)
    }

    /// Remembers a quantum of sound.
    #[inline(always)]
    pub(crate) fn record<V: Floats>(&mut self, left: &[f32; QUANTUM], right: &[f32; QUANTUM]) {
        let to = &mut self.history[self.write..self.write + QUANTUM];
        for at in steps::<V>() {
            (V::load(left, at) + V::load(right, at)).store(to, at);
        }
        if self.write == 0 {
            self.history.copy_within(..GUARD, HISTORY);
        }
        self.write = (self.write + QUANTUM) % HISTORY;
    }

    /// Adds a quantum of grains to the left and right channel.
    #[inline(always)]
    pub(crate) fn render<V: Floats>(&mut self, [left, right]: &mut [[f32; QUANTUM]; 2]) {
        if self.idle() {
            return;
        }
        let blocks = left.as_chunks_mut::<BLOCK>().0.iter_mut().zip(right.as_chunks_mut().0);
        for (left, right) in blocks {
            for i in 0..SWELLS {
                self.strew(i);
            }
            for grain in self.grains.iter_mut().filter(|grain| grain.blocks > 0) {
                grain.render::<V>(&self.history, left, right);
            }
        }
    }

    /// Lets swell `i` begin a grain if it is time for one.
    fn strew(&mut self, i: usize) {
        let swell = &mut self.swells[i];
        let Some(note) = swell.note else { return };
        let age = swell.age;
        swell.age += 1;
        if swell.age >= swell.blocks {
            swell.note = None;
        }
        let mut rng = Rng::at(self.seed ^ note.id, GRAIN_DOMAIN, u64::from(swell.grains));
        let jitter = rng.below(SPACING_BLOCKS);
        if age < swell.grains * SPACING_BLOCKS + jitter {
            return;
        }
        swell.grains += 1;
        let rise = sin_turns(0.5 * age as f32 / swell.blocks as f32);
        let loudness = rise * rise * swell.velocity;
        let Some(grain) = self.grains.iter_mut().find(|grain| grain.blocks == 0) else { return };
        let seconds = 0.15 + 0.3 * rng.unit();
        let blocks = (seconds * SAMPLE_RATE as f32 / BLOCK as f32) as u32;
        let speed = [Speed::Half, Speed::Whole, Speed::Whole, Speed::Double, Speed::Double]
            [rng.below(5) as usize];
        // A grain at double speed must begin far enough back not to overtake the present.
        let reach = blocks * BLOCK as u32 * 2 + QUANTUM as u32;
        let back = reach + rng.below(HISTORY as u32 - 2 * QUANTUM as u32 - reach);
        let place = rng.unit();
        *grain = Grain {
            at: (self.write + HISTORY - back as usize) % HISTORY,
            speed,
            age: 0,
            blocks,
            left: loudness * sin_turns(0.25 * (1.0 - place)),
            right: loudness * sin_turns(0.25 * place),
            window: 0.0,
        };
    }
}

impl Grain {
    #[inline(always)]
    fn render<V: Floats>(
        &mut self,
        history: &[f32; HISTORY + GUARD],
        left: &mut [f32; BLOCK],
        right: &mut [f32; BLOCK],
    ) {
        self.age += 1;
        let s = sin_turns(0.5 * self.age as f32 / self.blocks as f32);
        let window = if self.age < self.blocks { s * s } else { 0.0 };
        let step = (window - self.window) * (1.0 / BLOCK as f32);
        let samples = self.read(history);
        let shape = Line { from: self.window + step, step };
        for at in (0..BLOCK).step_by(V::WIDTH) {
            let sample = V::load(&samples, at) * shape.at(at);
            (V::load(left, at) + sample * V::splat(self.left)).store(left, at);
            (V::load(right, at) + sample * V::splat(self.right)).store(right, at);
        }
        self.window = window;
        if self.age >= self.blocks {
            self.blocks = 0;
        }
    }

    /// The next block of the history, at the grain's speed.
    #[inline(always)]
    fn read(&mut self, history: &[f32; HISTORY + GUARD]) -> [f32; BLOCK] {
        let run: &[f32; 2 * BLOCK] =
            history[self.at % HISTORY..].first_chunk().unwrap_or(&[0.0; 2 * BLOCK]);
        let mut out = [0.0f32; BLOCK];
        match self.speed {
            Speed::Half => {
                for i in 0..BLOCK / 2 {
                    out[2 * i] = run[i];
                    out[2 * i + 1] = 0.5 * (run[i] + run[i + 1]);
                }
                self.at += BLOCK / 2;
            }
            Speed::Whole => {
                out.copy_from_slice(&run[..BLOCK]);
                self.at += BLOCK;
            }
            Speed::Double => {
                for i in 0..BLOCK {
                    out[i] = run[2 * i];
                }
                self.at += 2 * BLOCK;
            }
        }
        out
    }
}
