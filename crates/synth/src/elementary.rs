//! Elementary functions as polynomials: the same bits on every CPU, and loops over them vectorise.
//!
//! Each is branch-free and built from `+ − × ÷` and integer operations only. The coefficients are
//! least-squares fits on Chebyshev nodes; the errors stated are the fits' own, to which a few
//! roundings of an `f32` add.

use crate::simd::{Floats, Words, steps};
use crate::{HALF_QUANTUM, QUANTUM};

/// Adding and subtracting this rounds a float below 2²² to an integer, to even.
const ROUND: f32 = 12_582_912.0;

/// sin(2π · turns), for `|turns| < 2²²`. Absolute error of the fit 1.3e-9.
#[inline(always)]
pub(crate) fn sin_turns<V: Floats>(turns: V) -> V {
    let r = turns - ((turns + V::splat(ROUND)) - V::splat(ROUND));
    let u = r * r;
    let q = V::splat(-3.193_897_6);
    let q = q * u + V::splat(14.065_768);
    let q = q * u - V::splat(38.498_465);
    let q = q * u + V::splat(67.076_76);
    let q = q * u - V::splat(64.835_82);
    let q = q * u + V::splat(25.132_742);
    r * (V::splat(0.25) - u) * q
}

/// 2ˣ, with `x` held inside ±120. Relative error of the fit 1.9e-9.
#[inline(always)]
pub(crate) fn exp2<V: Floats>(x: V) -> V {
    let x = x.min(V::splat(120.0)).max(V::splat(-120.0));
    let shifted = x + V::splat(ROUND);
    let whole = shifted.to_bits().minus(V::Words::splat(ROUND.to_bits()));
    let r = x - (shifted - V::splat(ROUND));
    let p = V::splat(1.533_757_7e-4);
    let p = p * r + V::splat(1.339_986e-3);
    let p = p * r + V::splat(9.618_52e-3);
    let p = p * r + V::splat(5.550_329e-2);
    let p = p * r + V::splat(0.240_226_47);
    let p = p * r + V::splat(core::f32::consts::LN_2);
    let p = p * r + V::splat(1.0);
    V::from_bits(p.to_bits().plus(whole.left::<23>()))
}

/// The gain of a level in decibels: 10^(db / 20).
#[inline(always)]
pub(crate) fn gain_of_db(db: f32) -> f32 {
    exp2(db * 0.166_096_4)
}

/// The gain of a control's place between 0 and 1: from one level in decibels at 0, over 0 dB in the middle, to
/// the other at 1.
#[inline(always)]
pub(crate) fn gain_between((low_db, high_db): (f32, f32), place: f32) -> f32 {
    gain_of_db(if place < 0.5 {
        low_db * (1.0 - 2.0 * place)
    } else {
        high_db * (2.0 * place - 1.0)
    })
}

/// The frequency of a pitch counted in octaves above 1 Hz, for a MIDI note number, fractions allowed.
#[inline(always)]
pub(crate) fn octaves_of_pitch(pitch: f32) -> f32 {
    // log2(440) − 69 / 12.
    pitch * (1.0 / 12.0) + 3.031_359_7
}

/// 0, 1, 2 …: the frames of a quantum, to draw lines with. (Converting an index to a float does not vectorise.)
pub(crate) const FRAMES: [f32; QUANTUM] = {
    let mut frames = [0.0; QUANTUM];
    let mut i = 0;
    while i < QUANTUM {
        frames[i] = i as f32;
        i += 1;
    }
    frames
};

/// A line over some frames: what it begins with, and its change a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slope {
    pub(crate) from: f32,
    pub(crate) step: f32,
}

impl Slope {
    /// From one value to another, which it would have after so many frames.
    #[inline(always)]
    pub(crate) fn over(frames: usize, from: f32, to: f32) -> Self {
        Self { from, step: (to - from) * (1.0 / frames as f32) }
    }

    /// Its values from frame `at` on.
    #[inline(always)]
    pub(crate) fn at<V: Floats>(self, at: usize) -> V {
        V::splat(self.from) + V::splat(self.step) * V::load(&FRAMES, at)
    }
}

/// The largest magnitude in a block.
#[inline(always)]
pub(crate) fn peak<V: Floats>(block: &[f32; HALF_QUANTUM]) -> f32 {
    let mut peaks = V::splat(0.0);
    for at in steps::<V>(HALF_QUANTUM) {
        peaks = V::load(block, at).abs().max(peaks);
    }
    peaks.largest()
}

/// Lanes in which a block is summed up, whatever the CPU's vectors hold.
const SUM_LANES: usize = 16;

/// The sum over so many frames, a multiple of 16, of what `of` gives from a frame on; the same tree for every width.
#[inline(always)]
pub(crate) fn sum_over<V: Floats>(frames: usize, of: impl Fn(usize) -> V) -> f32 {
    let mut lanes = [0.0f32; SUM_LANES];
    for lane in (0..SUM_LANES).step_by(V::WIDTH) {
        let mut sum = of(lane);
        for at in (lane + SUM_LANES..frames).step_by(SUM_LANES) {
            sum = sum + of(at);
        }
        sum.store(&mut lanes, lane);
    }
    total(lanes)
}

#[inline(always)]
fn total(mut lanes: [f32; SUM_LANES]) -> f32 {
    let mut width = SUM_LANES;
    while width > 1 {
        width /= 2;
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polynomials_agree_with_the_functions_they_stand_for() {
        for i in -4000..4000 {
            let x = i as f32 / 777.0;
            let exact = libm::sin(core::f64::consts::TAU * f64::from(x));
            assert!((f64::from(sin_turns(x)) - exact).abs() < 1e-6, "sin of {x} turns");
            let exact = libm::exp2(f64::from(x * 4.0));
            assert!((f64::from(exp2(x * 4.0)) / exact - 1.0).abs() < 3e-7, "2 to the {}", x * 4.0);
        }
        assert!((gain_of_db(-6.0) - 0.501_187_2).abs() < 1e-6);
        assert!((exp2(octaves_of_pitch(69.0)) - 440.0).abs() < 1e-3);
    }
}
