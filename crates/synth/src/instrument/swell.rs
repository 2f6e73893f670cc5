//! Granular swells: clouds of grains taken from the station's own recent sound.
//!
//! Each grain is a window of 150 to 450 ms onto the last second and a half, read at half, whole or double speed,
//! so that it stays in the harmony. A swell strews grains while its note lasts, more densely in its
//! middle. Every choice is a function of the seed, the note and the grain's number; and none looks back to where the
//! span before may still have been heard.

use aeolian_score::rng::Rng;
use aeolian_score::{Note, Tick};

use super::breath;
use super::performer::Performer;
use crate::elementary::{Slope, exp2, gain_of_db, octaves_of_pitch, sin_turns};
use crate::filter::svf::{Coefficients, Svf};
use crate::mix::buses::Buses;
use crate::modulation::part::Passage;
use crate::modulation::slow_waves::SlowWaves;
use crate::plan::{Onset, Plan};
use crate::simd::{Floats, steps};
use crate::{BLOCK, HALF_QUANTUM, HALF_RATE};

/// Their level in the mix, and what of them is sent to the reverb.
const GAIN_DB: f32 = -2.0;
const REVERB_SEND: f32 = 0.5;

/// Frames of sound that grains can reach back to: 1.5 s.
const HISTORY: usize = 1 << 15;
/// Frames that a block of a grain reads at most.
const GUARD: usize = 2 * BLOCK + 1;
const GRAINS: usize = 12;
const SWELLS: usize = 3;
const GRAIN_DOMAIN: u64 = 0x6772_6169_6e01;
/// Blocks between two grains of a swell: 46 ms.
const SPACING_BLOCKS: u32 = 32;
/// Octaves by which the breath's slow waves move the filter.
const WAVE_OCTAVES: f32 = 0.7;
/// Of the filter, a band-pass: nothing of the bass swells, whose grains at half speed would rumble.
const DAMPING: f32 = 1.0;
/// Quanta of a span that no grain looks back to: 5.8 s, longer than any note of the span before rings on. What rang on is
/// not in this span's history, but would be in that of an engine that never stops.
const SETTLING: u64 = 1000;
/// Quanta until a filter that gets nothing more is silent: 93 ms.
const TAIL: u32 = 16;

/// How fast a grain is read: an octave below, as it was, an octave above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Speed {
    Half,
    #[default]
    Whole,
    Double,
}

/// A swell and what its grains go through.
#[derive(Clone, Copy, Debug, Default)]
struct Swell {
    /// None once it strews no more.
    note: Option<Note>,
    /// Blocks since it began, and how long it will last.
    age: u32,
    blocks: u32,
    strewn: u32,
    velocity: f32,
    filter: Svf<2, HALF_QUANTUM>,
    /// The middle of the filter's band: an octave above the note that ended its last silence.
    cutoff_hz: f32,
    /// Quanta that the filter rings on.
    tail: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Grain {
    /// Whose it is.
    swell: usize,
    /// Frame of the history that the next block begins with.
    at: usize,
    speed: Speed,
    /// Blocks passed of how many.
    age: u32,
    blocks: u32,
    left: f32,
    right: f32,
    /// The cosine and sine of half a turn's part that has passed, and of what a block adds to it.
    turn: [f32; 2],
    block_turn: [f32; 2],
    /// The sine's square.
    window: f32,
}

/// The swells of one station.
#[derive(Debug)]
pub(super) struct Swells {
    seed: u64,
    waves: SlowWaves,
    gain: f32,
    /// A ring whose first frames stand again behind its end, so that no block of a grain wraps.
    history: Box<[f32; HISTORY + GUARD]>,
    write: usize,
    /// Frames of it that grains may look back to.
    settled: u64,
    /// The quantum with which the span began.
    since: u64,
    swells: [Swell; SWELLS],
    grains: [Grain; GRAINS],
}

impl Swells {
    /// The swells of the station with this seed.
    #[expect(clippy::disallowed_methods, reason = "made with the engine")]
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            waves: breath::waves(seed),
            gain: gain_of_db(GAIN_DB),
            history: Box::new([0.0; HISTORY + GUARD]),
            write: 0,
            settled: 0,
            since: 0,
            swells: [Swell::default(); SWELLS],
            grains: [Grain::default(); GRAINS],
        }
    }

    /// Whether swell `i` strews no grain and none of its grains sounds.
    #[inline(always)]
    fn idle(&self, i: usize) -> bool {
        let sounds = |grain: &Grain| grain.blocks > 0 && grain.swell == i;
        self.swells[i].note.is_none() && !self.grains.iter().any(sounds)
    }

    /// Remembers a quantum of sound.
    #[inline(always)]
    fn record<V: Floats>(&mut self, left: &[f32; HALF_QUANTUM], right: &[f32; HALF_QUANTUM]) {
        let to = &mut self.history[self.write..self.write + HALF_QUANTUM];
        for at in steps::<V>(HALF_QUANTUM) {
            (V::load(left, at) + V::load(right, at)).store(to, at);
        }
        if self.write < GUARD {
            self.history.copy_within(..GUARD, HISTORY);
        }
        self.write = (self.write + HALF_QUANTUM) % HISTORY;
    }

    /// Whether neither a grain of swell `i` sounds nor its filter rings on; moves that on by a quantum.
    #[inline(always)]
    fn silent(&mut self, i: usize) -> bool {
        let idle = self.idle(i);
        let swell = &mut self.swells[i];
        let rang = swell.tail > 0;
        swell.tail = if idle { swell.tail.saturating_sub(1) } else { TAIL };
        if rang && swell.tail == 0 {
            swell.filter = Svf::default();
        }
        swell.tail == 0
    }

    /// Renders a quantum of the left and right channel of swell `i` into `out`, at `gain`, with the slow waves where
    /// they are.
    #[inline(always)]
    fn sound<V: Floats>(
        &mut self,
        i: usize,
        gain: Slope,
        waves: f32,
        out: &mut [[f32; HALF_QUANTUM]; 2],
    ) {
        if !self.idle(i) {
            self.strew_and_add::<V>(i, out);
        }
        for out in &mut *out {
            for at in steps::<V>(HALF_QUANTUM) {
                (V::load(out, at) * gain.at(at)).store(out, at);
            }
        }
        let Swell { filter, cutoff_hz, .. } = &mut self.swells[i];
        let turns = *cutoff_hz * exp2(WAVE_OCTAVES * waves) * (1.0 / HALF_RATE as f32);
        filter.process_band::<V>(Coefficients::new(turns, DAMPING), out);
    }

    /// Adds a quantum of swell `i`'s grains to the left and right channel, and begins those whose time has come.
    #[inline(always)]
    fn strew_and_add<V: Floats>(&mut self, i: usize, [left, right]: &mut [[f32; HALF_QUANTUM]; 2]) {
        let blocks = left.as_chunks_mut::<BLOCK>().0.iter_mut().zip(right.as_chunks_mut().0);
        for (left, right) in blocks {
            self.strew(i);
            let sounds = |grain: &&mut Grain| grain.blocks > 0 && grain.swell == i;
            for grain in self.grains.iter_mut().filter(sounds) {
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
        let earliest = swell.strewn * SPACING_BLOCKS;
        if age < earliest {
            return;
        }
        let mut rng = Rng::at(self.seed ^ note.id, GRAIN_DOMAIN, u64::from(swell.strewn));
        if age < earliest + rng.below(SPACING_BLOCKS) {
            return;
        }
        swell.strewn += 1;
        let rise = sin_turns(0.5 * age as f32 / swell.blocks as f32);
        let loudness = rise * rise * swell.velocity;
        let Some(grain) = self.grains.iter_mut().find(|grain| grain.blocks == 0) else { return };
        let seconds = 0.15 + 0.3 * rng.unit();
        let blocks = (seconds * HALF_RATE as f32 / BLOCK as f32) as u32;
        let speed = [Speed::Half, Speed::Whole, Speed::Whole, Speed::Double, Speed::Double]
            [rng.below(5) as usize];
        // A grain at double speed must begin far enough back not to overtake the present.
        let reach = blocks * BLOCK as u32 * 2 + HALF_QUANTUM as u32;
        // One at half speed falls back, and must not be overtaken by what is written a lap later.
        let room = HISTORY as u32 - 2 * HALF_QUANTUM as u32 - blocks * BLOCK as u32 / 2;
        let back = reach + rng.below(room - reach);
        if u64::from(back) > self.settled {
            return;
        }
        let place = rng.unit();
        let block_turns = 0.5 / blocks as f32;
        *grain = Grain {
            swell: i,
            at: (self.write + HISTORY - back as usize) % HISTORY,
            speed,
            age: 0,
            blocks,
            left: loudness * sin_turns(0.25 * (1.0 - place)),
            right: loudness * sin_turns(0.25 * place),
            turn: [1.0, 0.0],
            block_turn: [sin_turns(0.25 + block_turns), sin_turns(block_turns)],
            window: 0.0,
        };
    }
}

/// There is always more to come: it remembers what the others sound like.
impl Performer for Swells {
    fn begin(&mut self, quantum: u64) {
        self.since = quantum;
    }

    /// Begins a swell that lasts as long as the note. The oldest of too many gives its place up; its grains sound on.
    fn start(&mut self, onset: &Onset) {
        let note = onset.note;
        let left = |i: &usize| {
            let swell = &self.swells[*i];
            (!self.idle(*i), swell.note.map_or(0, |_| swell.blocks - swell.age))
        };
        let Some(i) = (0..SWELLS).min_by_key(left) else { return };
        let idle = self.idle(i);
        let swell = &mut self.swells[i];
        if idle {
            swell.cutoff_hz = exp2(octaves_of_pitch(f32::from(note.pitch)) + 1.0);
        }
        let blocks = (onset.frames / BLOCK as u64).clamp(1, 1 << 20) as u32;
        let velocity = onset.velocity();
        *swell = Swell { note: Some(note), age: 0, blocks, strewn: 0, velocity, ..*swell };
    }

    fn release(&mut self, end: Tick) {
        for swell in &mut self.swells {
            swell.note = swell.note.filter(|note| note.end() >= end);
        }
    }

    fn revise(&mut self, plan: &Plan) {
        for note in self.swells.iter_mut().filter_map(|swell| swell.note.as_mut()) {
            *note = *plan.revised(note).unwrap_or(note);
        }
    }

    /// What is in the history is out of reach of the grains of the next span.
    fn clear(&mut self) {
        self.write = 0;
        self.settled = 0;
        self.swells = [Swell::default(); SWELLS];
        self.grains = [Grain::default(); GRAINS];
    }

    #[inline(always)]
    fn render<V: Floats>(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        let Passage { quantum, from, to } = passage;
        self.record::<V>(&buses.left, &buses.right);
        let settled = (quantum + 1).saturating_sub(self.since + SETTLING);
        self.settled = settled * HALF_QUANTUM as u64;
        let gain = Slope::over(HALF_QUANTUM, from.gain * self.gain, to.gain * self.gain);
        for i in 0..SWELLS {
            if !self.silent(i) {
                let waves = self.waves.at(quantum);
                let mut out = [[0.0f32; HALF_QUANTUM]; 2];
                self.sound::<V>(i, gain, waves, &mut out);
                buses.add_stereo::<V>(&out, Slope { from: 1.0, step: 0.0 }, 0.0, REVERB_SEND);
            }
        }
        true
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
        let ([cos, sin], [block_cos, block_sin]) = (self.turn, self.block_turn);
        self.turn = [cos * block_cos - sin * block_sin, sin * block_cos + cos * block_sin];
        let window = if self.age < self.blocks { self.turn[1] * self.turn[1] } else { 0.0 };
        let step = (window - self.window) * (1.0 / BLOCK as f32);
        let shape = Slope { from: self.window + step, step };
        let run: &[f32; GUARD] =
            history[self.at % HISTORY..].first_chunk().unwrap_or(&[0.0; GUARD]);
        let mut samples = [0.0f32; BLOCK];
        self.at += self.read::<V>(run, &mut samples);
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

    /// Fills `out` with a block of the history, at the grain's speed; how many frames it has passed.
    #[inline(always)]
    fn read<V: Floats>(&self, run: &[f32; GUARD], out: &mut [f32; BLOCK]) -> usize {
        match self.speed {
            Speed::Half => {
                for at in (0..BLOCK / 2).step_by(V::WIDTH) {
                    let (here, next) = (V::load(run, at), V::load(run, at + 1));
                    let (first, second) = here.interleaved(V::splat(0.5) * (here + next));
                    first.store(out, 2 * at);
                    second.store(out, 2 * at + V::WIDTH);
                }
                BLOCK / 2
            }
            Speed::Whole => {
                out.copy_from_slice(&run[..BLOCK]);
                BLOCK
            }
            Speed::Double => {
                // Half of the band would fold back: a low-pass first.
                for i in 0..BLOCK {
                    let around = run[2 * i] + run[2 * i + 2];
                    out[i] = 0.5 * run[2 * i + 1] + 0.25 * around;
                }
                2 * BLOCK
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_score::Part;

    #[test]
    fn no_grain_begins_or_ends_with_a_click() {
        // A low tone: of its own it bends by 2e-4 a frame, read twice as fast by 7e-4.
        let mut swells = Swells::new(5);
        let note =
            Note { id: 9, part: Part::Texture, pitch: 50, start: 0, ticks: 1, velocity: 127 };
        let (mut sound, mut frame) = (Vec::new(), 0);
        for quantum in 0..3000 {
            let tone: [f32; HALF_QUANTUM] = core::array::from_fn(|i| {
                0.05 * sin_turns(((frame + i) % 155) as f32 * (1.0 / 155.0))
            });
            frame += HALF_QUANTUM;
            swells.record::<f32>(&tone, &tone);
            swells.settled = HISTORY as u64;
            if quantum == 300 {
                swells.start(&Onset { note, frame: 0, frames: u64::from(HALF_RATE) * 7 });
            }
            let mut out = [[0.0f32; HALF_QUANTUM]; 2];
            swells.sound::<f32>(0, Slope { from: 1.0, step: 0.0 }, 0.0, &mut out);
            sound.extend_from_slice(&out[0]);
        }
        assert!(sound.iter().any(|sample| sample.abs() > 0.05), "grains sound");
        let bend = sound.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max);
        assert!(bend < 3e-3, "a bend of {bend}");
    }
}
