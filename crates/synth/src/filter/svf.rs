//! The state-variable filter, trapezoidal ("zero-delay feedback"): A. Simper, "Solving the continuous
//! SVF equations using trapezoidal integration and equivalent currents", Cytomic 2013.
//!
//! With `g = tan(π f / fs)`, damping `k = 1 / Q` and `a1 = 1 / (1 + g (g + k))` each sample solves the two
//! integrators at once and reflects both states about their new values. Written out, the step is
//! linear in the states and the input:
//!
//! `s1' = (2 a1 − 1) s1 − 2 g a1 s2 + 2 g a1 x`, `s2' = 2 g a1 s1 + (1 − 2 g² a1) s2 + 2 g² a1 x`,
//!
//! and the outputs are the means of old and new state: band `(s1 + s1') / 2`, low `(s2 + s2') / 2`. In this form a
//! sample waits for one product and two sums of the sample before, half of what the usual form
//! waits for. It stays stable under any modulation of `g` and `k` that keeps both positive.

use crate::elementary::{flush, sin_turns};
use crate::{QUANTUM, SAMPLE_RATE};

/// Samples that are computed at once.
const AHEAD: usize = 4;

/// What a cutoff and a damping come to: the matrix of the step, of one filter or of a group.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coefficients<T = f32> {
    /// `2 a1 − 1`.
    pub(crate) c11: T,
    /// `2 g a1`.
    pub(crate) c12: T,
    /// `1 − 2 g² a1`.
    pub(crate) c22: T,
    /// `2 g² a1`.
    pub(crate) c2: T,
}

impl Coefficients {
    /// For a cutoff in hertz, held inside 10 Hz to 20 kHz, and a damping of `k = 1 / Q` > 0.
    ///
    /// With `s` and `c` the sine and cosine of `π f / fs`, `g = s / c` and so `a1 = c² / (1 + k s c)`:
    /// one division does.
    #[inline(always)]
    pub(crate) fn new(cutoff_hz: f32, k: f32) -> Self {
        let hz = if cutoff_hz < 20_000.0 { cutoff_hz } else { 20_000.0 };
        let hz = if hz > 10.0 { hz } else { 10.0 };
        let turns = hz * (0.5 / SAMPLE_RATE as f32);
        let (s, c) = (sin_turns(turns), sin_turns(turns + 0.25));
        let twice = 2.0 / (1.0 + k * (s * c));
        let c2 = s * s * twice;
        Self { c11: c * c * twice - 1.0, c12: s * c * twice, c22: 1.0 - c2, c2 }
    }

    /// What the last four inputs, this one among them, have added to both states after each sample.
    #[inline(always)]
    fn feed(
        &self,
        input: &[f32; QUANTUM],
        s1: &mut [f32; QUANTUM + 1],
        s2: &mut [f32; QUANTUM + 1],
    ) {
        let now = [self.c12, self.c2];
        let one = self.step(now);
        let two = self.step(one);
        let three = self.step(two);
        let mut x = [0.0f32; QUANTUM + AHEAD - 1];
        x[AHEAD - 1..].copy_from_slice(input);
        for n in 0..QUANTUM {
            s1[n + 1] =
                (now[0] * x[n + 3] + one[0] * x[n + 2]) + (two[0] * x[n + 1] + three[0] * x[n]);
            s2[n + 1] =
                (now[1] * x[n + 3] + one[1] * x[n + 2]) + (two[1] * x[n + 1] + three[1] * x[n]);
        }
    }

    /// Both states one step on, without input.
    #[inline(always)]
    fn step(&self, [s1, s2]: [f32; 2]) -> [f32; 2] {
        [self.c11 * s1 - self.c12 * s2, self.c22 * s2 + self.c12 * s1]
    }
}

/// One channel's state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Svf {
    s1: f32,
    s2: f32,
}

impl Svf {
    /// Low-passes a quantum of each of several channels in place, each with its own filter.
    #[inline(always)]
    pub(crate) fn process_low<const N: usize>(
        filters: &mut [Self; N],
        c: [Coefficients; N],
        blocks: &mut [[f32; QUANTUM]; N],
    ) {
        let mut states = [[[0.0f32; QUANTUM + 1]; 2]; N];
        Self::run(filters, c, blocks, &mut states);
        for (block, [_, low]) in blocks.iter_mut().zip(&states) {
            means(low, block);
        }
    }

    /// Band-passes a quantum in place.
    #[inline(always)]
    pub(crate) fn process_band(&mut self, c: Coefficients, block: &mut [f32; QUANTUM]) {
        let mut states = [[[0.0f32; QUANTUM + 1]; 2]];
        let (filters, blocks) = (core::array::from_mut(self), core::array::from_ref(block));
        Self::run(filters, [c], blocks, &mut states);
        means(&states[0][0], block);
    }

    /// Both states of each filter before a quantum and after each of its samples, in the look-ahead form: with
    /// the step put into itself three times, four samples wait for the four before them instead
    /// of each for the last. Keeps denormals out.
    #[inline(always)]
    fn run<const N: usize>(
        filters: &mut [Self; N],
        c: [Coefficients; N],
        inputs: &[[f32; QUANTUM]; N],
        states: &mut [[[f32; QUANTUM + 1]; 2]; N],
    ) {
        let (mut y1, mut y2) = ([[0.0f32; AHEAD]; N], [[0.0f32; AHEAD]; N]);
        let mut columns = [[[1.0f32, 0.0], [0.0, 1.0]]; N];
        for k in 0..N {
            let [s1, s2] = &mut states[k];
            c[k].feed(&inputs[k], s1, s2);
            // The first four, from the state before: one, two, three and four steps on.
            let mut state = [filters[k].s1, filters[k].s2];
            (s1[0], s2[0]) = (state[0], state[1]);
            for n in 0..AHEAD {
                state = c[k].step(state);
                s1[n + 1] += state[0];
                s2[n + 1] += state[1];
                (y1[k][n], y2[k][n]) = (s1[n + 1], s2[n + 1]);
            }
            for _ in 0..AHEAD {
                columns[k] = columns[k].map(|column| c[k].step(column));
            }
        }
        for at in (AHEAD..QUANTUM).step_by(AHEAD) {
            for k in 0..N {
                let [[a11, a21], [a12, a22]] = columns[k];
                let [s1, s2] = &mut states[k];
                for l in 0..AHEAD {
                    let next1 = (a11 * y1[k][l] + a12 * y2[k][l]) + s1[at + l + 1];
                    let next2 = (a21 * y1[k][l] + a22 * y2[k][l]) + s2[at + l + 1];
                    (y1[k][l], y2[k][l]) = (next1, next2);
                    (s1[at + l + 1], s2[at + l + 1]) = (next1, next2);
                }
            }
        }
        for k in 0..N {
            filters[k] = Self { s1: flush(y1[k][AHEAD - 1]), s2: flush(y2[k][AHEAD - 1]) };
        }
    }
}

/// The mean of each state and the one before it: the output.
#[inline(always)]
fn means(states: &[f32; QUANTUM + 1], out: &mut [f32; QUANTUM]) {
    for n in 0..QUANTUM {
        out[n] = 0.5 * (states[n] + states[n + 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{db, spectrum};
    use crate::osc::noise::Noise;

    #[test]
    fn the_magnitude_is_within_a_fifth_of_a_decibel_of_theory() {
        let n = 1 << 16;
        for (cutoff_hz, k) in [(60.0, 1.4), (500.0, 0.5), (3000.0, 1.0), (12_000.0, 1.4)] {
            let c = Coefficients::new(cutoff_hz, k);
            let (mut filter, mut low_filter) = (Svf::default(), [Svf::default()]);
            let (mut low, mut band) = (Vec::new(), Vec::new());
            for quantum in 0..n / QUANTUM {
                let mut blocks = [[0.0f32; QUANTUM]; 2];
                if quantum == 0 {
                    (blocks[0][0], blocks[1][0]) = (1.0, 1.0);
                }
                filter.process_band(c, &mut blocks[1]);
                let [low_block, band_block] = &mut blocks;
                Svf::process_low(&mut low_filter, [c], core::array::from_mut(low_block));
                low.extend(low_block.map(f64::from));
                band.extend(band_block.map(f64::from));
            }
            let (low, band) = (spectrum(&low), spectrum(&band));
            let fs = f64::from(SAMPLE_RATE);
            let g = libm::tan(core::f64::consts::PI * f64::from(cutoff_hz) / fs);
            for bin in
                (1..n / 2).filter(|bin| (20.0..18_000.0).contains(&(*bin as f64 * fs / n as f64)))
            {
                // The bilinear transform turns frequency f into tan(π f / fs) / g.
                let s = libm::tan(core::f64::consts::PI * bin as f64 / n as f64) / g;
                let k = f64::from(k);
                let denominator = libm::sqrt((1.0 - s * s) * (1.0 - s * s) + k * k * s * s);
                for (name, measured, theory) in [
                    ("low", low[bin].norm(), 1.0 / denominator),
                    ("band", band[bin].norm(), s / denominator),
                ] {
                    if db(theory) > -80.0 {
                        let error = db(measured / theory).abs();
                        assert!(error < 0.2, "{name} of {cutoff_hz} Hz, bin {bin}: {error} dB");
                    }
                }
            }
        }
    }

    /// The filter one sample at a time, as the equations above have it: low-pass and band-pass.
    fn plain(states: &mut [f32; 2], c: Coefficients, x: f32) -> (f32, f32) {
        let [s1, s2] = *states;
        let [a, b] = c.step(*states);
        *states = [a + c.c12 * x, b + c.c2 * x];
        (0.5 * (s2 + states[1]), 0.5 * (s1 + states[0]))
    }

    #[test]
    fn the_look_ahead_form_is_the_plain_filter_also_when_its_cutoff_moves() {
        let mut noise = Noise::new(9);
        let (mut plain_states, mut filter) = ([0.0; 2], [Svf::default(); 2]);
        for quantum in 0..400 {
            let c = Coefficients::new(if quantum % 7 < 3 { 300.0 } else { 2500.0 }, 0.4);
            let mut blocks = [[0.0f32; QUANTUM]; 2];
            noise.render(&mut blocks[0]);
            let input = blocks[0];
            Svf::process_low(&mut filter, [c; 2], &mut blocks);
            for (x, low) in input.into_iter().zip(blocks[0]) {
                let (expected, _) = plain(&mut plain_states, c, x);
                assert!((low - expected).abs() < 1e-5, "{low} and not {expected}");
            }
            assert_eq!(blocks[1], [0.0; QUANTUM], "the channels are apart");
        }
    }

    #[test]
    fn it_stays_stable_when_its_cutoff_moves_at_audio_rate() {
        let mut noise = Noise::new(5);
        let mut states = [0.0; 2];
        let mut peak = 0.0f32;
        for _ in 0..20_000 {
            let mut block = [0.0f32; 32];
            noise.render(&mut block);
            for pair in block.as_chunks::<2>().0 {
                let cutoff_hz = 20.0 * crate::elementary::exp2(5.0 + 4.9 * pair[0]);
                let (low, band) = plain(&mut states, Coefficients::new(cutoff_hz, 0.3), pair[1]);
                peak = peak.max(low.abs()).max(band.abs());
            }
        }
        assert!(peak < 12.0, "{peak}");
    }
}
