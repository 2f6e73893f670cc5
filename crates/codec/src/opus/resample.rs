//! 44.1 kHz to 48 kHz, by a windowed sinc in 160 phases.
//!
//! 48 000 / 44 100 = 160 / 147, so 160 output frames lie on 147 input frames, always in the same
//! places, and a chunk of 4 410 frames gives 4 800 exactly: the filter is a table of 160 rows. Each
//! row is a sinc under a Kaiser window (Kaiser and Schafer, "On the use of the I0-sinh window for
//! spectrum analysis", 1980), cut off halfway between 20 kHz, which Opus keeps, and the first image
//! of 20 kHz at 24.1 kHz. Cost: 64 products a sample.

use std::sync::LazyLock;

use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_SAMPLES};

use super::PACKET_FRAMES;

const PHASES: usize = 160;
const STEP: usize = 147;
const TAPS: usize = 64;

/// Frames at 48 kHz by which the output lies behind the input.
pub(super) const DELAY_FRAMES: u16 = 34;

/// The same in input frames: 34 × 147 / 160.
const DELAY: f64 = DELAY_FRAMES as f64 * STEP as f64 / PHASES as f64;

/// As a part of the input's rate.
const CUTOFF: f64 = 22_050.0 / 44_100.0;

/// Trades the width of the transition for the depth of the stop band: 85 dB.
const KAISER_BETA: f64 = 8.5;

/// The modified Bessel function of the first kind, order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / 2.0 / f64::from(k)) * (x / 2.0 / f64::from(k));
        sum += term;
    }
    sum
}

static KERNEL: LazyLock<Box<[[f32; TAPS]; PHASES]>> = LazyLock::new(|| {
    let mut kernel = Box::new([[0.0; TAPS]; PHASES]);
    for (phase, row) in kernel.iter_mut().enumerate() {
        let mut exact = [0.0; TAPS];
        for (k, value) in exact.iter_mut().enumerate() {
            // How far the output's place, delayed, lies behind this tap's input.
            let x = (TAPS - 1) as f64 - k as f64 + phase as f64 / PHASES as f64 - DELAY;
            let t = x / (TAPS / 2) as f64;
            let window = bessel_i0(KAISER_BETA * (1.0 - t * t).max(0.0).sqrt());
            let angle = std::f64::consts::TAU * CUTOFF * x;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            *value = if t.abs() < 1.0 { sinc * window } else { 0.0 };
        }
        let sum: f64 = exact.iter().sum();
        for (value, exact) in row.iter_mut().zip(exact) {
            *value = (exact / sum) as f32;
        }
    }
    kernel
});

/// Resamples one stereo stream, chunk by chunk.
pub(super) struct Resampler {
    /// For each channel the last inputs of the chunk before, then the chunk.
    input: [Box<[f32; TAPS - 1 + CHUNK_FRAMES]>; CHANNELS],
}

impl Default for Resampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Resampler {
    /// A resampler with silence behind it.
    #[must_use]
    pub(super) fn new() -> Self {
        let silence = || Box::new([0.0; TAPS - 1 + CHUNK_FRAMES]);
        Self { input: [silence(), silence()] }
    }

    /// Resamples one chunk, interleaved, to samples in [−1, 1], interleaved.
    pub(super) fn process(
        &mut self,
        chunk: &[i16; CHUNK_SAMPLES],
        out: &mut [f32; PACKET_FRAMES * CHANNELS],
    ) {
        let kernel = &**KERNEL;
        for (channel, input) in self.input.iter_mut().enumerate() {
            input.copy_within(CHUNK_FRAMES.., 0);
            let samples = chunk.iter().skip(channel).step_by(CHANNELS);
            for (input, sample) in input[TAPS - 1..].iter_mut().zip(samples) {
                *input = f32::from(*sample) * (1.0 / 32_768.0);
            }
            let outs = out.iter_mut().skip(channel).step_by(CHANNELS);
            for (n, out) in outs.enumerate() {
                let place = n * STEP;
                let taps = &input[place / PHASES..][..TAPS];
                *out = dot(&kernel[place % PHASES], taps);
            }
        }
    }
}

/// Eight sums side by side, so that the compiler may use vectors.
fn dot(row: &[f32; TAPS], taps: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (row, taps) in row.chunks_exact(8).zip(taps.chunks_exact(8)) {
        for i in 0..8 {
            sums[i] += row[i] * taps[i];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn tone(hz: f64, rate: f64, frames: usize) -> Vec<f64> {
        (0..frames).map(|i| 0.5 * (TAU * hz * i as f64 / rate).sin()).collect()
    }

    fn resample(input: &[f64]) -> Vec<f64> {
        let mut resampler = Resampler::new();
        let mut out = [0.0; PACKET_FRAMES * CHANNELS];
        let mut all = Vec::new();
        for chunk in input.chunks_exact(CHUNK_FRAMES) {
            let mut samples = [0; CHUNK_SAMPLES];
            for (frame, value) in samples.chunks_exact_mut(2).zip(chunk) {
                frame[0] = (value * 32_768.0).round() as i16;
            }
            resampler.process(&samples, &mut out);
            all.extend(out.iter().step_by(2).map(|s| f64::from(*s)));
            assert!(out.iter().skip(1).step_by(2).all(|s| *s == 0.0), "the right stays silent");
        }
        all
    }

    #[test]
    fn a_tone_comes_out_as_itself_after_the_delay_across_chunks() {
        for (hz, error_db) in
            [(100.0, -85.0), (1_000.0, -85.0), (10_000.0, -85.0), (18_000.0, -60.0)]
        {
            let out = resample(&tone(hz, 44_100.0, 10 * CHUNK_FRAMES));
            let expected = tone(hz, 48_000.0, 10 * PACKET_FRAMES);
            let delay = usize::from(DELAY_FRAMES);
            let pairs = out[delay..].iter().zip(&expected).skip(500);
            let error = pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / 47_000.0;
            let db = 10.0 * (error / 0.125).log10();
            assert!(db < error_db, "{hz} Hz: {db:.1} dB");
        }
    }

    #[test]
    fn no_image_is_heard_above_a_tone_that_opus_keeps() {
        // 20 kHz has its image at 24.1 kHz, which folds to 23.9 kHz.
        let out = resample(&tone(20_000.0, 44_100.0, 10 * CHUNK_FRAMES));
        let level = |hz: f64| {
            let angle = |i: usize| TAU * hz * i as f64 / 48_000.0;
            let window = |i: usize| 0.5 - 0.5 * (TAU * i as f64 / 40_000.0).cos();
            let part = |f: fn(f64) -> f64| {
                (0..40_000).map(|i| out[i + 4_000] * window(i) * f(angle(i))).sum::<f64>()
            };
            10.0 * (part(f64::cos).powi(2) + part(f64::sin).powi(2)).log10()
        };
        assert!(level(23_900.0) - level(20_000.0) < -70.0, "{}", level(23_900.0) - level(20_000.0));
    }
}
