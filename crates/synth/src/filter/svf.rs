//! The state-variable filter, trapezoidal ("zero-delay feedback"): A. Simper, "Solving the continuous
//! SVF equations using trapezoidal integration and equivalent currents", Cytomic 2013.
//!
//! With `g = tan(π f / fs)` and damping `k = 1 / Q`, each sample solves the two integrators at once:
//! `v3 = in − ic2`, `v1 = a1 ic1 + a2 v3` (band), `v2 = ic2 + a2 ic1 + a3 v3` (low), and both states are
//! reflected about their new values. It stays stable under any modulation of `g` and `k` that
//! keeps both positive.

use crate::SAMPLE_RATE;
use crate::elementary::{flush, tan_half_turns};

/// What a cutoff and a damping come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coefficients {
    pub(crate) a1: f32,
    pub(crate) a2: f32,
    pub(crate) a3: f32,
}

impl Coefficients {
    /// For a cutoff in hertz, held inside 10 Hz to 20 kHz, and a damping of `k = 1 / Q` > 0.
    #[inline(always)]
    pub(crate) fn new(cutoff_hz: f32, k: f32) -> Self {
        let hz = if cutoff_hz < 20_000.0 { cutoff_hz } else { 20_000.0 };
        let hz = if hz > 10.0 { hz } else { 10.0 };
        let g = tan_half_turns(hz * (1.0 / SAMPLE_RATE as f32));
        let a1 = 1.0 / (1.0 + g * (g + k));
        let a2 = g * a1;
        Self { a1, a2, a3: g * a2 }
    }
}

/// One channel's state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Svf {
    ic1: f32,
    ic2: f32,
}

impl Svf {
    /// Filters one sample: low-pass and band-pass. The high-pass is `input − k · band − low`.
    #[inline(always)]
    pub(crate) fn process(&mut self, c: Coefficients, input: f32) -> (f32, f32) {
        let v3 = input - self.ic2;
        let band = c.a1 * self.ic1 + c.a2 * v3;
        let low = self.ic2 + (c.a2 * self.ic1 + c.a3 * v3);
        self.ic1 = band + band - self.ic1;
        self.ic2 = low + low - self.ic2;
        (low, band)
    }

    /// Keeps denormals out; once a quantum is often enough.
    #[inline(always)]
    pub(crate) fn flush(&mut self) {
        self.ic1 = flush(self.ic1);
        self.ic2 = flush(self.ic2);
    }
}
