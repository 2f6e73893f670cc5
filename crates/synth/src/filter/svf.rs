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
    fn feed(&self, input: &[f32; QUANTUM], s1: &mut [f32; QUANTUM], s2: &mut [f32; QUANTUM]) {
        let now = [self.c12, self.c2];
        let one = self.step(now);
        let two = self.step(one);
        let three = self.step(two);
        let mut x = [0.0f32; QUANTUM + AHEAD - 1];
        x[AHEAD - 1..].copy_from_slice(input);
        for n in 0..QUANTUM {
            s1[n] = (now[0] * x[n + 3] + one[0] * x[n + 2]) + (two[0] * x[n + 1] + three[0] * x[n]);
            s2[n] = (now[1] * x[n + 3] + one[1] * x[n + 2]) + (two[1] * x[n + 1] + three[1] * x[n]);
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
    /// Low-passes a quantum in place.
    #[inline(always)]
    pub(crate) fn process_low(&mut self, c: Coefficients, block: &mut [f32; QUANTUM]) {
        let before = self.s2;
        let (mut s1, mut s2) = ([0.0f32; QUANTUM], [0.0f32; QUANTUM]);
        self.run(c, block, &mut s1, &mut s2);
        means(before, &s2, block);
    }

    /// Band-passes a quantum in place.
    #[inline(always)]
    pub(crate) fn process_band(&mut self, c: Coefficients, block: &mut [f32; QUANTUM]) {
        let before = self.s1;
        let (mut s1, mut s2) = ([0.0f32; QUANTUM], [0.0f32; QUANTUM]);
        self.run(c, block, &mut s1, &mut s2);
        means(before, &s1, block);
    }

    /// Both states after each sample of a quantum, in the look-ahead form: with the step put into itself
    /// three times, four samples wait for the four before them instead of each for the last.
    /// Keeps denormals out.
    #[inline(always)]
    fn run(
        &mut self,
        c: Coefficients,
        input: &[f32; QUANTUM],
        s1: &mut [f32; QUANTUM],
        s2: &mut [f32; QUANTUM],
    ) {
        c.feed(input, s1, s2);
        // The first four, from the state before: one, two, three and four steps on.
        let (mut y1, mut y2) = ([0.0f32; AHEAD], [0.0f32; AHEAD]);
        let mut state = [self.s1, self.s2];
        for n in 0..AHEAD {
            state = c.step(state);
            [y1[n], y2[n]] = state;
        }
        let mut columns = [[1.0f32, 0.0], [0.0, 1.0]];
        for _ in 0..AHEAD {
            columns = columns.map(|column| c.step(column));
        }
        let [[a11, a21], [a12, a22]] = columns;
        let groups = s1.as_chunks_mut::<AHEAD>().0.iter_mut().zip(s2.as_chunks_mut::<AHEAD>().0);
        for (i, (s1, s2)) in groups.enumerate() {
            let (now1, now2) = if i == 0 {
                (y1, y2)
            } else {
                (sum(scaled(y1, a11), scaled(y2, a12)), sum(scaled(y1, a21), scaled(y2, a22)))
            };
            y1 = sum(now1, *s1);
            y2 = sum(now2, *s2);
            *s1 = y1;
            *s2 = y2;
        }
        *self = Self { s1: flush(y1[AHEAD - 1]), s2: flush(y2[AHEAD - 1]) };
    }
}

#[inline(always)]
fn scaled(x: [f32; AHEAD], by: f32) -> [f32; AHEAD] {
    [x[0] * by, x[1] * by, x[2] * by, x[3] * by]
}

#[inline(always)]
fn sum(a: [f32; AHEAD], b: [f32; AHEAD]) -> [f32; AHEAD] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]]
}

/// The mean of each state and the one before it: the output.
#[inline(always)]
fn means(before: f32, states: &[f32; QUANTUM], out: &mut [f32; QUANTUM]) {
    let mut earlier = [before; QUANTUM + 1];
    earlier[1..].copy_from_slice(states);
    for n in 0..QUANTUM {
        out[n] = 0.5 * (earlier[n] + states[n]);
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
            let (mut filter, mut low_filter) = (Svf::default(), Svf::default());
            let (mut low, mut band) = (Vec::new(), Vec::new());
            for quantum in 0..n / QUANTUM {
                let mut blocks = [[0.0f32; QUANTUM]; 2];
                if quantum == 0 {
                    (blocks[0][0], blocks[1][0]) = (1.0, 1.0);
                }
                let [low_block, band_block] = &mut blocks;
                filter.process_band(c, band_block);
                low_filter.process_low(c, low_block);
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
        let (mut plain_states, mut filter) = ([0.0; 2], Svf::default());
        for quantum in 0..400 {
            let c = Coefficients::new(if quantum % 7 < 3 { 300.0 } else { 2500.0 }, 0.4);
            let mut block = [0.0f32; QUANTUM];
            noise.render(&mut block);
            let input = block;
            filter.process_low(c, &mut block);
            for (x, low) in input.into_iter().zip(block) {
                let (expected, _) = plain(&mut plain_states, c, x);
                assert!((low - expected).abs() < 1e-5, "{low} and not {expected}");
            }
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
