//! f32 to 16 bits, rounded and dithered.
//!
//! The dither is triangular, two steps wide (TPDF; Lipshitz, Wannamaker and Vanderkooy,
//! "Quantization and Dither: A Theoretical Survey", JAES 1992), and a pure function of the
//! station's seed and the sample's index, so that any stretch of a station may be converted anywhere
//! with the same result. Each sample's noise is the sum of the two halves of one hashed word; the
//! hash is the 32-bit finaliser `lowbias32` (Wellons, "Prospecting for Hash Functions", 2018), which
//! compiles to a few vector instructions for several samples at once.

use aeolian_piece::CHUNK_SAMPLES;
use aeolian_score::rng::Rng;
use bytes::Bytes;

use crate::{Encoder, Error};

/// Names the dither among the uses of a station's seed.
const DITHER: u64 = 0x6469_7468_6572;

/// The largest sample, for 1.0.
const FULL_SCALE: f32 = 32_767.0;

/// Adding it to a value below 2²² leaves the value, rounded to nearest, in the low mantissa bits.
const ROUND: f32 = 12_582_912.0;

/// Converts samples, interleaved L R L R …, to 16 bits. `first_frame` is the index of the first
/// frame in the station's life. As many are converted as the shorter slice holds.
///
/// Any thread; neither allocates nor blocks.
pub fn to_s16(seed: u64, first_frame: u64, samples: &[f32], out: &mut [i16]) {
    let mut index = first_frame.wrapping_mul(2);
    for (samples, out) in samples.chunks(CHUNK_SAMPLES).zip(out.chunks_mut(CHUNK_SAMPLES)) {
        // A run may cross into the next 2³² samples: each side has a key of its own.
        let left = (u64::from(u32::MAX) - (index & 0xffff_ffff)).saturating_add(1);
        let cut = samples.len().min(out.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
        convert(seed, index, &samples[..cut], &mut out[..cut]);
        let end = samples.len().min(out.len());
        convert(seed, index + cut as u64, &samples[cut..end], &mut out[cut..end]);
        index += CHUNK_SAMPLES as u64;
    }
}

/// A chunk's samples as bytes, little-endian.
#[must_use]
pub fn to_bytes(samples: &[i16; CHUNK_SAMPLES]) -> Bytes {
    let mut bytes = vec![0; CHUNK_SAMPLES * 2];
    for (pair, sample) in bytes.chunks_exact_mut(2).zip(samples) {
        pair.copy_from_slice(&sample.to_le_bytes());
    }
    bytes.into()
}

/// Chunks as bytes, in turn, as a file has them made.
#[derive(Debug, Default)]
pub struct Coder {
    packet: Vec<u8>,
}

impl Coder {
    fn put(&mut self, samples: &[i16]) -> &[u8] {
        self.packet.clear();
        self.packet.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        &self.packet
    }
}

impl Encoder for Coder {
    fn encode(&mut self, _: u64, samples: &[i16; CHUNK_SAMPLES]) -> Result<&[u8], Error> {
        Ok(self.put(samples))
    }

    fn finish(&mut self, _: u64, rest: &[i16]) -> Result<Vec<Bytes>, Error> {
        Ok(vec![Bytes::copy_from_slice(self.put(rest))])
    }
}

/// One run within which the upper half of the index stays.
fn convert(seed: u64, index: u64, samples: &[f32], out: &mut [i16]) {
    let key = Rng::at(seed, DITHER, index >> 32).next_u64() as u32;
    let first = index as u32;
    for (i, (sample, out)) in samples.iter().zip(out).enumerate() {
        let word = lowbias32(first.wrapping_add(i as u32) ^ key);
        let noise = (word & 0xffff) as i32 + (word >> 16) as i32 - 0xffff;
        let value = sample * FULL_SCALE + noise as f32 * (1.0 / 65_536.0);
        let value = value.clamp(-32_768.0, 32_767.0);
        *out = ((value + ROUND).to_bits().wrapping_sub(ROUND.to_bits())) as i16;
    }
}

fn lowbias32(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert_all(seed: u64, first_frame: u64, samples: &[f32]) -> Vec<i16> {
        let mut out = vec![0; samples.len()];
        to_s16(seed, first_frame, samples, &mut out);
        out
    }

    #[test]
    fn the_result_does_not_depend_on_how_the_samples_are_cut() {
        for first in [0, 1_000_000, (1 << 31) - 3_000] {
            let samples: Vec<f32> = (0..20_000).map(|i| (i as f32 / 20_000.0) - 0.5).collect();
            let whole = convert_all(7, first, &samples);
            let mut parts = Vec::new();
            for (i, part) in samples.chunks(322).enumerate() {
                parts.extend(convert_all(7, first + i as u64 * 161, part));
            }
            assert_eq!(whole, parts, "from frame {first}");
        }
    }

    #[test]
    fn full_scale_does_not_wrap_around() {
        let out = convert_all(1, 0, &[1.0, -1.0, 2.0, -2.0, f32::INFINITY, f32::NEG_INFINITY]);
        assert!(out.iter().step_by(2).all(|s| *s >= 32_766), "{out:?}");
        assert!(out.iter().skip(1).step_by(2).all(|s| *s <= -32_766), "{out:?}");
    }

    #[test]
    fn a_level_between_two_steps_is_kept_on_average() {
        for level in [0.25_f32, -0.4, 0.0, 100.7] {
            let samples = vec![level / FULL_SCALE; 200_000];
            let out = convert_all(3, 0, &samples);
            let mean = out.iter().map(|s| f64::from(*s)).sum::<f64>() / out.len() as f64;
            assert!((mean - f64::from(level)).abs() < 0.01, "{level} became {mean}");
        }
    }

    #[test]
    fn the_noise_is_triangular_and_white() {
        let out = convert_all(5, 12_345, &vec![0.0; 400_000]);
        let n = out.len() as f64;
        let power = out.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / n;
        // TPDF of ±1 step has variance 1/6, rounding adds 1/12.
        assert!((power - 0.25).abs() < 0.005, "{power}");
        for lag in [1, 2, 64] {
            let pairs = out.iter().zip(&out[lag..]);
            let product = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() / n;
            assert!(product.abs() < 0.005, "lag {lag}: {product}");
        }
    }
}
