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

use crate::elementary::sin_turns;
use crate::simd::{Baseline as Four, Floats, LANES_MAX, neighbours, steps};

/// The states, of which each is an output.
const BAND: usize = 0;
const LOW: usize = 1;
/// Samples that are computed at once.
const AHEAD: usize = Four::WIDTH;

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

impl<V: Floats> Coefficients<V> {
    /// For a cutoff in turns a sample, `f / fs`, held inside 0.0002 to 0.45, and a damping of
    /// `k = 1 / Q` > 0.
    ///
    /// With `s` and `c` the sine and cosine of `π f / fs`, `g = s / c` and so `a1 = c² / (1 + k s c)`:
    /// one division does.
    #[inline(always)]
    pub(crate) fn new(cutoff: V, k: V) -> Self {
        let turns = V::splat(0.5) * cutoff.min(V::splat(0.45)).max(V::splat(0.0002));
        let (s, c) = (sin_turns(turns), sin_turns(turns + V::splat(0.25)));
        let one = V::splat(1.0);
        let twice = V::splat(2.0).divided_by(one + k * (s * c));
        let c2 = s * s * twice;
        Self { c11: c * c * twice - one, c12: s * c * twice, c22: one - c2, c2 }
    }

    /// Low-passes a sample: moves both states on, and gives twice the mean of the second.
    #[inline(always)]
    pub(crate) fn low_twice(&self, [s1, s2]: &mut [V; 2], x: V) -> V {
        let next = (self.c11 * *s1 + self.c12 * x) - self.c12 * *s2;
        let low = (self.c22 * *s2 + self.c2 * x) + self.c12 * *s1;
        let twice = *s2 + low;
        (*s1, *s2) = (next, low);
        twice
    }

    /// Both states one step on, without input.
    #[inline(always)]
    pub(crate) fn step(&self, [s1, s2]: [V; 2]) -> [V; 2] {
        [self.c11 * s1 - self.c12 * s2, self.c22 * s2 + self.c12 * s1]
    }
}

impl Coefficients {
    /// The same in all lanes.
    #[inline(always)]
    pub(crate) fn splat<V: Floats>(self) -> Coefficients<V> {
        Coefficients {
            c11: V::splat(self.c11),
            c12: V::splat(self.c12),
            c22: V::splat(self.c22),
            c2: V::splat(self.c2),
        }
    }

    /// What the last four inputs, this one among them, have added to both states after each sample.
    #[inline(always)]
    fn feed<V: Floats, const FRAMES: usize>(
        &self,
        input: &[f32; FRAMES],
        states: &mut [[f32; FRAMES]; 2],
    ) {
        let now = [self.c12, self.c2];
        let one = self.step(now);
        let two = self.step(one);
        let three = self.step(two);
        // Nothing from before the block: its states hold that.
        let mut first = [0.0f32; AHEAD - 1 + LANES_MAX];
        first[AHEAD - 1..].copy_from_slice(&input[..LANES_MAX]);
        for i in 0..2 {
            let (w0, w1) = (V::splat(now[i]), V::splat(one[i]));
            let (w2, w3) = (V::splat(two[i]), V::splat(three[i]));
            for at in steps::<V>(FRAMES) {
                let [x3, x2, x1, x0] = if at < AHEAD {
                    neighbours(&first, at)
                } else {
                    neighbours(input, at + 1 - AHEAD)
                };
                ((w0 * x0 + w1 * x1) + (w2 * x2 + w3 * x3)).store(&mut states[i], at);
            }
        }
    }
}

/// `N` channels' states, for blocks of so many samples, at least [`LANES_MAX`].
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Svf<const N: usize, const FRAMES: usize> {
    /// Both states after each sample of the block that is worked on.
    after: [[[f32; FRAMES]; 2]; N],
    states: [[f32; 2]; N],
}

impl<const N: usize, const FRAMES: usize> Default for Svf<N, FRAMES> {
    fn default() -> Self {
        Self::SILENT
    }
}

impl<const N: usize, const FRAMES: usize> Svf<N, FRAMES> {
    /// A filter that has heard nothing.
    pub(crate) const SILENT: Self = Self { states: [[0.0; 2]; N], after: [[[0.0; FRAMES]; 2]; N] };

    /// Band-passes a block of each channel in place.
    #[inline(always)]
    pub(crate) fn process_band<V: Floats>(
        &mut self,
        c: Coefficients,
        blocks: &mut [[f32; FRAMES]; N],
    ) {
        self.process::<V, BAND>(c, blocks);
    }

    /// Replaces a block of each channel by the output of one state.
    #[inline(always)]
    fn process<V: Floats, const STATE: usize>(
        &mut self,
        c: Coefficients,
        blocks: &mut [[f32; FRAMES]; N],
    ) {
        let before = self.states;
        self.run::<V>(c, blocks);
        for ((block, before), after) in blocks.iter_mut().zip(before).zip(&self.after) {
            for at in steps::<V>(FRAMES) {
                mean::<V>(before[STATE], &after[STATE], at).store(block, at);
            }
        }
    }

    /// High-passes a block of each channel in place; `k` is the damping that `c` was made with.
    #[inline(always)]
    pub(crate) fn process_high<V: Floats>(
        &mut self,
        c: Coefficients,
        k: f32,
        blocks: &mut [[f32; FRAMES]; N],
    ) {
        let before = self.states;
        self.run::<V>(c, blocks);
        for ((block, before), [band, low]) in blocks.iter_mut().zip(before).zip(&self.after) {
            for at in steps::<V>(FRAMES) {
                let band = V::splat(k) * mean(before[BAND], band, at);
                let low = mean(before[LOW], low, at);
                (V::load(block, at) - band - low).store(block, at);
            }
        }
    }

    /// Both states of each channel after each sample of a block, in the look-ahead form: with the
    /// step put into itself three times, four samples wait for the four before them instead of each
    /// for the last. The channels go side by side, so that one does not wait for the other. Keeps
    /// denormals out.
    #[inline(always)]
    fn run<V: Floats>(&mut self, c: Coefficients, inputs: &[[f32; FRAMES]; N]) {
        let after = &mut self.after;
        let mut y = [[Four::splat(0.0); 2]; N];
        for ((after, input), (states, y)) in
            after.iter_mut().zip(inputs).zip(self.states.iter().zip(&mut y))
        {
            c.feed::<V, FRAMES>(input, after);
            // The first four, from the state before: one, two, three and four steps on.
            let (mut first, mut state) = ([[0.0f32; AHEAD]; 2], *states);
            for n in 0..AHEAD {
                state = c.step(state);
                [first[0][n], first[1][n]] = state;
            }
            for (i, y) in y.iter_mut().enumerate() {
                *y = Four::load(&first[i], 0) + Four::load(&after[i], 0);
                y.store(&mut after[i], 0);
            }
        }
        let mut columns = [[1.0f32, 0.0], [0.0, 1.0]];
        for _ in 0..AHEAD {
            columns = [c.step(columns[0]), c.step(columns[1])];
        }
        let [[a11, a21], [a12, a22]] = columns;
        let (a11, a12) = (Four::splat(a11), Four::splat(a12));
        let (a21, a22) = (Four::splat(a21), Four::splat(a22));
        for at in (AHEAD..FRAMES).step_by(AHEAD) {
            for (after, [y1, y2]) in after.iter_mut().zip(&mut y) {
                let now1 = (a11 * *y1 + a12 * *y2) + Four::load(&after[0], at);
                let now2 = (a21 * *y1 + a22 * *y2) + Four::load(&after[1], at);
                now1.store(&mut after[0], at);
                now2.store(&mut after[1], at);
                (*y1, *y2) = (now1, now2);
            }
        }
        for (states, after) in self.states.iter_mut().zip(after) {
            *states = [after[0][FRAMES - 1].flush(), after[1][FRAMES - 1].flush()];
        }
    }
}

/// The means of states and those one sample before them, from sample `at` on: an output.
#[inline(always)]
fn mean<V: Floats>(before: f32, states: &[f32], at: usize) -> V {
    let earlier = if at == 0 {
        let mut first = [before; LANES_MAX];
        first[1..].copy_from_slice(&states[..LANES_MAX - 1]);
        V::load(&first, 0)
    } else {
        V::load(states, at - 1)
    };
    V::splat(0.5) * (earlier + V::load(states, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{db, spectrum};
    use crate::osc::noise::Noise;
    use crate::{QUANTUM, SAMPLE_RATE};

    #[test]
    fn the_magnitude_is_within_a_fifth_of_a_decibel_of_theory() {
        let n = 1 << 16;
        for (cutoff_hz, k) in [(60.0, 1.4), (500.0, 0.5), (3000.0, 1.0), (12_000.0, 1.4)] {
            let c = Coefficients::new(cutoff_hz / SAMPLE_RATE as f32, k);
            let [mut low_filter, mut band_filter, mut high_filter] =
                [Svf::<1, QUANTUM>::default(); 3];
            let (mut low, mut band, mut high) = (Vec::new(), Vec::new(), Vec::new());
            for quantum in 0..n / QUANTUM {
                let mut impulse = [[0.0f32; QUANTUM]; 1];
                impulse[0][0] = if quantum == 0 { 1.0 } else { 0.0 };
                let [mut low_block, mut band_block, mut high_block] = [impulse; 3];
                low_filter.process::<f32, LOW>(c, &mut low_block);
                band_filter.process_band::<f32>(c, &mut band_block);
                high_filter.process_high::<f32>(c, k, &mut high_block);
                low.extend(low_block[0].map(f64::from));
                band.extend(band_block[0].map(f64::from));
                high.extend(high_block[0].map(f64::from));
            }
            let (low, band, high) = (spectrum(&low), spectrum(&band), spectrum(&high));
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
                    ("high", high[bin].norm(), s * s / denominator),
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
        let (mut plain_states, mut filter) = ([[0.0; 2]; 2], Svf::<2, QUANTUM>::default());
        for quantum in 0..400 {
            let c = Coefficients::new(if quantum % 7 < 3 { 0.007 } else { 0.06 }, 0.4);
            let mut blocks = [[0.0f32; QUANTUM]; 2];
            for block in &mut blocks {
                noise.render::<f32>(block);
            }
            let inputs = blocks;
            filter.process::<f32, LOW>(c, &mut blocks);
            for ((input, low), states) in inputs.iter().zip(blocks).zip(&mut plain_states) {
                for (x, low) in input.iter().zip(low) {
                    let (expected, _) = plain(states, c, *x);
                    assert!((low - expected).abs() < 1e-5, "{low} and not {expected}");
                }
            }
        }
    }

    #[test]
    fn it_stays_stable_when_its_cutoff_moves_at_audio_rate() {
        let mut noise = Noise::new(5);
        let mut states = [0.0; 2];
        let mut peak = 0.0f32;
        for _ in 0..10_000 {
            let mut block = [0.0f32; QUANTUM];
            noise.render::<f32>(&mut block);
            for pair in block.as_chunks::<2>().0 {
                let cutoff = 0.0005 * crate::elementary::exp2(5.0 + 4.9 * pair[0]);
                let (low, band) = plain(&mut states, Coefficients::new(cutoff, 0.3), pair[1]);
                peak = peak.max(low.abs()).max(band.abs());
            }
        }
        assert!(peak < 12.0, "{peak}");
    }
}
