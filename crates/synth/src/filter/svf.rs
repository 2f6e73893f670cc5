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

use crate::SAMPLE_RATE;
use crate::elementary::{flush, tan_half_turns};

/// What a cutoff and a damping come to: the matrix of the step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coefficients {
    /// `2 a1 − 1`.
    pub(crate) c11: f32,
    /// `2 g a1`.
    pub(crate) c12: f32,
    /// `1 − 2 g² a1`.
    pub(crate) c22: f32,
    /// `2 g² a1`.
    pub(crate) c2: f32,
}

impl Coefficients {
    /// For a cutoff in hertz, held inside 10 Hz to 20 kHz, and a damping of `k = 1 / Q` > 0.
    #[inline(always)]
    pub(crate) fn new(cutoff_hz: f32, k: f32) -> Self {
        let hz = if cutoff_hz < 20_000.0 { cutoff_hz } else { 20_000.0 };
        let hz = if hz > 10.0 { hz } else { 10.0 };
        Self::of_g(tan_half_turns(hz * (1.0 / SAMPLE_RATE as f32)), k)
    }

    /// For `g = tan(π f / fs)` and `k = 1 / Q`, both above 0.
    #[inline(always)]
    pub(crate) fn of_g(g: f32, k: f32) -> Self {
        let a1 = 2.0 / (1.0 + g * (g + k));
        let c12 = g * a1;
        let c2 = g * c12;
        Self { c11: a1 - 1.0, c12, c22: 1.0 - c2, c2 }
    }
}

/// One channel's state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Svf {
    s1: f32,
    s2: f32,
}

impl Svf {
    /// Filters one sample: low-pass and band-pass. The high-pass is `input − k · band − low`.
    #[inline(always)]
    pub(crate) fn process(&mut self, c: Coefficients, input: f32) -> (f32, f32) {
        let s1 = (c.c11 * self.s1 + c.c12 * input) - c.c12 * self.s2;
        let s2 = (c.c22 * self.s2 + c.c2 * input) + c.c12 * self.s1;
        let outputs = (0.5 * (self.s2 + s2), 0.5 * (self.s1 + s1));
        *self = Self { s1, s2 };
        outputs
    }

    /// Keeps denormals out; once a quantum is often enough.
    #[inline(always)]
    pub(crate) fn flush(&mut self) {
        self.s1 = flush(self.s1);
        self.s2 = flush(self.s2);
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
            let mut filter = Svf::default();
            let impulse = (0..n).map(|i| if i == 0 { 1.0 } else { 0.0 });
            let outputs: Vec<(f32, f32)> = impulse.map(|x| filter.process(c, x)).collect();
            let low = spectrum(&outputs.iter().map(|o| f64::from(o.0)).collect::<Vec<_>>());
            let band = spectrum(&outputs.iter().map(|o| f64::from(o.1)).collect::<Vec<_>>());
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

    #[test]
    fn it_stays_stable_when_its_cutoff_moves_at_audio_rate() {
        let mut noise = Noise::new(5);
        let mut filter = Svf::default();
        let mut peak = 0.0f32;
        for _ in 0..20_000 {
            let mut block = [0.0f32; 32];
            noise.render(&mut block);
            for pair in block.as_chunks::<2>().0 {
                let cutoff_hz = 20.0 * crate::elementary::exp2(5.0 + 4.9 * pair[0]);
                let (low, band) = filter.process(Coefficients::new(cutoff_hz, 0.3), pair[1]);
                peak = peak.max(low.abs()).max(band.abs());
            }
        }
        assert!(peak < 12.0, "{peak}");
    }
}
