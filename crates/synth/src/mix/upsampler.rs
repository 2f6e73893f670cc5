//! From half the sample rate to the whole: a half-band filter (M. G. Bellanger, J. L. Daguet and G. P. Lepagnol,
//! "Interpolation, extrapolation, and reduction of computation speed in digital filters", IEEE Trans. ASSP 22(4), 1974).
//!
//! Every other frame is one that came in. Those between are weighed sums of 28 around them: a sinc
//! under a Kaiser window, linear in phase. It passes what lies below 9 kHz within 0.01 dB; the images
//! of that, above 13 kHz, lie 80 dB below.

use crate::elementary::Slope;
use crate::simd::{Floats, steps};
use crate::{HALF_QUANTUM, QUANTUM};

/// Quanta until what comes in comes out.
pub(crate) const DELAY: usize = 1;
/// Frames on either side that a frame in between is made of.
const REACH: usize = 14;
/// The Kaiser window's: what its side lobes fall to.
const BETA: f64 = 8.0;
/// Frames of the past that the oldest frame in between needs, and a few, so that the quantum begins a line
/// of the cache.
const PAST: usize = HALF_QUANTUM + REACH.next_multiple_of(16);

/// The upsampler of one channel.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Upsampler {
    /// The past, then the quantum that came in last.
    frames: [f32; PAST + HALF_QUANTUM],
    /// The weights of the frames on one side, the nearest first; the other side has the same.
    weights: [f32; REACH],
}

impl Upsampler {
    /// An upsampler in silence.
    pub(crate) fn new() -> Self {
        let mut weights = [0.0; REACH];
        for (k, weight) in weights.iter_mut().enumerate() {
            let t = k as f64 + 0.5;
            let turn = core::f64::consts::PI * t;
            let edge = t / REACH as f64;
            let window = bessel(BETA * libm::sqrt(1.0 - edge * edge)) / bessel(BETA);
            *weight = (libm::sin(turn) / turn * window) as f32;
        }
        Self { weights, frames: [0.0; PAST + HALF_QUANTUM] }
    }

    /// Forgets what it has heard.
    pub(crate) fn clear(&mut self) {
        self.frames = [0.0; PAST + HALF_QUANTUM];
    }

    /// Takes a quantum in, and adds the one before to `out` at twice the rate; then gives all of `out` a
    /// gain.
    #[inline(always)]
    pub(crate) fn add<V: Floats>(
        &mut self,
        input: &[f32; HALF_QUANTUM],
        gain: Slope,
        out: &mut [f32; QUANTUM],
    ) {
        self.frames.copy_within(HALF_QUANTUM.., 0);
        self.frames[PAST..].copy_from_slice(input);
        for at in steps::<V>(HALF_QUANTUM) {
            // The quantum before stands behind the frames that only its first needs.
            let here = PAST - HALF_QUANTUM + at;
            let mut between = V::splat(0.0);
            for k in 0..REACH {
                let around = V::load(&self.frames, here - k) + V::load(&self.frames, here + 1 + k);
                between = between + V::splat(self.weights[k]) * around;
            }
            let (first, second) = V::load(&self.frames, here).interleaved(between);
            let (at, next) = (2 * at, 2 * at + V::WIDTH);
            ((V::load(out, at) + first) * gain.at(at)).store(out, at);
            ((V::load(out, next) + second) * gain.at(next)).store(out, next);
        }
    }
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        let half = x / (2.0 * f64::from(k));
        term *= half * half;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HALF_RATE;
    use crate::analysis::{db, spectrum};

    /// The response at twice the rate to an impulse.
    fn response() -> Vec<f64> {
        let mut upsampler = Upsampler::new();
        let mut response = Vec::new();
        for quantum in 0..(1 << 12) / QUANTUM {
            let mut input = [0.0f32; HALF_QUANTUM];
            input[3] = if quantum == 0 { 1.0 } else { 0.0 };
            let mut out = [0.0f32; QUANTUM];
            upsampler.add::<f32>(&input, Slope { from: 1.0, step: 0.0 }, &mut out);
            response.extend(out.map(f64::from));
        }
        response
    }

    #[test]
    fn what_the_voices_hold_passes_and_its_images_lie_80_db_below() {
        let response = response();
        let bins = spectrum(&response);
        let hz = |bin: usize| bin as f64 * 2.0 * f64::from(HALF_RATE) / response.len() as f64;
        for (bin, value) in bins.iter().enumerate() {
            let level = db(value.norm() / 2.0);
            if hz(bin) <= 9000.0 {
                assert!(level.abs() < 0.01, "{:.0} Hz passes at {level:.3} dB", hz(bin));
            } else if hz(bin) >= 13_050.0 {
                assert!(level < -80.0, "{:.0} Hz passes at {level:.1} dB", hz(bin));
            }
        }
    }

    #[test]
    fn a_frame_comes_out_a_quantum_later_and_untouched() {
        let response = response();
        let peak =
            (0..response.len()).max_by(|a, b| response[*a].total_cmp(&response[*b])).unwrap();
        assert_eq!(peak, DELAY * QUANTUM + 2 * 3);
        assert_eq!(response[peak], 1.0);
        for distance in 1..2 * REACH {
            assert_eq!(response[peak - distance], response[peak + distance], "linear phase");
        }
    }
}
