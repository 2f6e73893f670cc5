//! Elementary functions as polynomials: the same bits on every CPU, and loops over them vectorise.
//!
//! Each is branch-free and built from `+ − × ÷` and integer operations only. The coefficients are
//! least-squares fits on Chebyshev nodes; the errors stated are the fits' own, to which a few
//! roundings of an `f32` add.

use crate::QUANTUM;

/// Adding and subtracting this rounds a float below 2²² to an integer, to even.
const ROUND: f32 = 12_582_912.0;

/// sin(2π · turns), for `|turns| < 2²²`. Absolute error of the fit 1.3e-9.
#[inline(always)]
pub(crate) fn sin_turns(turns: f32) -> f32 {
    let r = turns - ((turns + ROUND) - ROUND);
    let u = r * r;
    let mut q = -3.193_897_6;
    q = q * u + 14.065_768;
    q = q * u - 38.498_465;
    q = q * u + 67.076_76;
    q = q * u - 64.835_82;
    q = q * u + 25.132_742;
    r * (0.25 - u) * q
}

/// 2ˣ, with `x` held inside ±120. Relative error of the fit 1.9e-9.
#[inline(always)]
pub(crate) fn exp2(x: f32) -> f32 {
    let x = if x < 120.0 { x } else { 120.0 };
    let x = if x > -120.0 { x } else { -120.0 };
    let shifted = x + ROUND;
    let whole = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let r = x - (shifted - ROUND);
    let mut p = 1.533_757_7e-4;
    p = p * r + 1.339_986e-3;
    p = p * r + 9.618_52e-3;
    p = p * r + 5.550_329e-2;
    p = p * r + 0.240_226_47;
    p = p * r + core::f32::consts::LN_2;
    p = p * r + 1.0;
    f32::from_bits(p.to_bits().wrapping_add(whole << 23))
}

/// The gain of a level in decibels: 10^(db / 20).
#[inline(always)]
pub(crate) fn gain_of_db(db: f32) -> f32 {
    exp2(db * 0.166_096_4)
}

/// The frequency of a pitch counted in octaves above 1 Hz, for a MIDI note number, fractions allowed.
#[inline(always)]
pub(crate) fn octaves_of_pitch(pitch: f32) -> f32 {
    // log2(440) − 69 / 12.
    pitch * (1.0 / 12.0) + 3.031_359_7
}

/// `x`, or 0 where it is too small to hear: what keeps denormals out of feedback paths.
#[inline(always)]
pub(crate) fn flush(x: f32) -> f32 {
    if x.abs() < 1e-15 { 0.0 } else { x }
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

/// The largest magnitude in a quantum.
#[inline(always)]
pub(crate) fn peak(block: &[f32; QUANTUM]) -> f32 {
    let mut peaks = [0.0f32; 16];
    for chunk in block.as_chunks::<16>().0 {
        for i in 0..16 {
            let magnitude = chunk[i].abs();
            peaks[i] = if magnitude > peaks[i] { magnitude } else { peaks[i] };
        }
    }
    peaks.into_iter().fold(0.0, |peak, x| if x > peak { x } else { peak })
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

    #[test]
    fn what_would_become_denormal_is_silence() {
        assert_eq!(flush(1e-16), 0.0);
        assert_eq!(flush(-1e-20), 0.0);
        assert_eq!(flush(1e-10), 1e-10);
    }
}
