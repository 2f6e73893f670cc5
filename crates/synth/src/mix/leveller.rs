//! The leveller: a slow hand on the master fader, so that every station is equally loud.
//!
//! It keeps the power of the last half minute in blocks of 0.37 s, and takes the mean of those in which there is music:
//! blocks far below that mean do not count, as in ITU-R BS.1770's gate. The gain makes up most of what that level lacks,
//! and moves in straight lines from block to block. It is slower than any phrase, so the music's own dynamics
//! stay; and it forgets: what lies further back than [`MEMORY`] changes no bit of it.

use crate::QUANTUM;
use crate::elementary::{Slope, gain_of_db, sum_over};
use crate::simd::Floats;

/// Where the level is to be, in dB of full-scale power summed over both channels.
const TARGET_DB: f32 = -14.7;
/// The level of music that has not been heard yet: what the first minutes come to.
const EXPECTED_DB: f32 = -19.5;
/// How many blocks the expectation counts for, so that a few notes after a silence do not decide alone.
const EXPECTED_BLOCKS: f32 = 4.0;
/// The part of the distance that is made up.
const STRENGTH: f32 = 0.85;
/// Bounds of the gain.
const GAIN_DB_MAX: f32 = 9.0;
/// Blocks this far below the mean of all do not count, nor does silence.
const GATE_DB: f32 = -14.0;
const SILENCE_DB: f32 = -60.0;
/// Quanta of a block. Blocks lie on the frame clock.
const BLOCK: u64 = 64;
/// Blocks that are kept: 26.7 s.
const BLOCKS: usize = 72;

/// Quanta after which nothing is left of what was heard: those that are kept, one that may have begun before, and two
/// between whose gains the fader moves.
pub(crate) const MEMORY: u64 = (BLOCKS as u64 + 3) * BLOCK;

/// The leveller of one station.
#[derive(Clone, Debug)]
pub(crate) struct Leveller {
    /// The power of each block, with the newest at `newest`.
    powers: [f32; BLOCKS],
    newest: usize,
    /// The sum of the powers of the quanta of the block that has begun.
    sum: f32,
    /// The gain where that block began, and where it will end.
    from: f32,
    to: f32,
}

impl Leveller {
    /// A leveller that has heard nothing.
    pub(crate) fn new() -> Self {
        let gain = gain_for(EXPECTED_DB);
        let expected = libm::exp2f(EXPECTED_DB / DB_PER_OCTAVE);
        Self { powers: [expected; BLOCKS], newest: 0, sum: 0.0, from: gain, to: gain }
    }

    /// Measures a quantum that will have a gain of `trim`; gives the gain that it is to have beside.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        quantum: u64,
        trim: f32,
        [left, right]: &[[f32; QUANTUM]; 2],
    ) -> Slope {
        let passed = quantum % BLOCK;
        if passed == 0 {
            self.begin_block();
        }
        self.sum += trim * trim * (loud_power::<V>(left) + loud_power::<V>(right));
        let share = |passed: u64| passed as f32 * (1.0 / BLOCK as f32);
        let gain = |passed| self.from + (self.to - self.from) * share(passed);
        Slope::over(QUANTUM, gain(passed), gain(passed + 1))
    }

    /// Keeps the block that has ended, and aims at the gain that the kept ones ask for.
    fn begin_block(&mut self) {
        self.newest = (self.newest + 1) % BLOCKS;
        self.powers[self.newest] = self.sum * (1.0 / BLOCK as f32);
        self.sum = 0.0;
        self.from = self.to;
        self.to = gain_for(self.level_db());
    }

    /// The level of the music that is kept.
    fn level_db(&self) -> f32 {
        let (all, _) = self.mean_above(libm::exp2f(SILENCE_DB / DB_PER_OCTAVE));
        let (mean, blocks) = self.mean_above(all * libm::exp2f(GATE_DB / DB_PER_OCTAVE));
        let heard_db = DB_PER_OCTAVE * libm::log2f(mean + 1e-12);
        (heard_db * blocks + EXPECTED_DB * EXPECTED_BLOCKS) / (blocks + EXPECTED_BLOCKS)
    }

    /// The mean power of the blocks above a gate, oldest first, and how many they are.
    fn mean_above(&self, gate: f32) -> (f32, f32) {
        let (mut sum, mut blocks) = (0.0, 0.0);
        for k in 1..=BLOCKS {
            let power = self.powers[(self.newest + k) % BLOCKS];
            if power > gate {
                sum += power;
                blocks += 1.0;
            }
        }
        (sum / f32::max(blocks, 1.0), blocks)
    }
}

/// The mean power of a quantum of one channel as the ear weighs it: within 1.5 dB of ITU-R BS.1770's K-weighting from 40 Hz to
/// 8 kHz. The power of what changes from frame to frame is counted on top, as the filter's shelf lifts it; the mean, in
/// which only the deep bass is left, is taken away. So nothing is remembered from quantum to quantum.
#[inline(always)]
fn loud_power<V: Floats>(x: &[f32; QUANTUM]) -> f32 {
    const LAG: usize = 4;
    const SHELF: f32 = 0.62;
    const BASS: f32 = 0.75;
    // So that no vector reaches past the end.
    const CHANGES: usize = QUANTUM - 16;
    let power = sum_over::<V>(QUANTUM, |at| V::load(x, at) * V::load(x, at));
    let change = sum_over::<V>(CHANGES, |at| {
        let change = V::load(x, at + LAG) - V::load(x, at);
        change * change
    });
    let mean = sum_over::<V>(QUANTUM, |at| V::load(x, at)) * (1.0 / QUANTUM as f32);
    let flat = power * (1.0 / QUANTUM as f32) - BASS * (mean * mean);
    flat + SHELF / CHANGES as f32 * change
}

/// Decibels of power in a factor of two.
const DB_PER_OCTAVE: f32 = 3.010_3;

/// The gain for a level.
fn gain_for(level_db: f32) -> f32 {
    gain_of_db((STRENGTH * (TARGET_DB - level_db)).clamp(-GAIN_DB_MAX, GAIN_DB_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SAMPLE_RATE;

    /// A square wave of 1 378 Hz.
    fn wave(level: f32) -> [f32; QUANTUM] {
        core::array::from_fn(|i| if i / 16 % 2 == 0 { level } else { -level })
    }

    /// The gain at the end of each of some quanta of a steady level.
    fn gains(leveller: &mut Leveller, from: u64, quanta: u64, level: f32) -> Vec<f32> {
        let quantum = [wave(level); 2];
        let gain = |at| leveller.process::<f32>(at, 1.0, &quantum).at::<f32>(QUANTUM - 1);
        (from..from + quanta).map(gain).collect()
    }

    #[test]
    fn what_lies_further_back_than_its_memory_changes_no_bit() {
        let (mut a, mut b) = (Leveller::new(), Leveller::new());
        gains(&mut a, 0, 9_000, 0.9);
        gains(&mut b, 5_017, 3_983, 0.01);
        let [a, b] = [&mut a, &mut b].map(|it| gains(it, 9_000, 2 * MEMORY, 0.1));
        assert_ne!(a[0], b[0]);
        assert_eq!(a[MEMORY as usize..], b[MEMORY as usize..]);
    }

    #[test]
    fn the_power_is_weighed_as_loudness_is() {
        // K-weighting at 44.1 kHz: R 128's meter, asked for single tones.
        for hz in [40.0, 60.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0f64] {
            let tone = |n: usize| {
                libm::sin(core::f64::consts::TAU * hz * n as f64 / f64::from(SAMPLE_RATE))
            };
            let frames: Vec<f32> = (0..SAMPLE_RATE as usize).map(|n| tone(n) as f32).collect();
            let mut meter = ebur128::EbuR128::new(1, SAMPLE_RATE, ebur128::Mode::I).unwrap();
            meter.add_frames_f32(&frames).unwrap();
            let expected = meter.loudness_global().unwrap() + 0.691;
            let quanta = frames.as_chunks::<QUANTUM>().0;
            let power = quanta.iter().map(|quantum| f64::from(loud_power::<f32>(quantum)));
            let found = 10.0 * libm::log10(power.sum::<f64>() / quanta.len() as f64);
            let error = found - expected;
            assert!(error.abs() < 1.5, "{hz} Hz: {found:.2} dB instead of {expected:.2}");
        }
    }

    #[test]
    fn it_makes_up_most_of_what_a_level_lacks_and_never_jumps() {
        let mut leveller = Leveller::new();
        for level in [0.08, 0.2, 0.0, 0.1] {
            let gains = gains(&mut leveller, 0, 3 * MEMORY, level);
            let steepest = gains.windows(2).map(|g| (g[1] / g[0] - 1.0).abs()).fold(0.0, f32::max);
            assert!(steepest < 0.01, "a step of {steepest}");
            let gain_db = 20.0 * libm::log10f(*gains.last().unwrap());
            let level_db = 10.0 * libm::log10f(2.0 * loud_power::<f32>(&wave(level)) + 1e-12);
            let level_db = if level > 0.0 { level_db } else { EXPECTED_DB };
            let expected_db = STRENGTH * (TARGET_DB - level_db);
            assert!((gain_db - expected_db).abs() < 0.9, "{gain_db:.2} dB for {level_db:.1} dB");
        }
    }
}
