//! The master: mono below the bass, no DC, the sample rate, level, the limiter.

use crate::elementary::Slope;
use crate::filter::dc::DcBlocker;
use crate::filter::svf::{Coefficients, Svf};
use crate::fx::limiter::Limiter;
use crate::mix::leveller::Leveller;
use crate::mix::upsampler::Upsampler;
use crate::simd::{Floats, steps};
use crate::{CHANNELS, HALF_QUANTUM, HALF_RATE, QUANTUM};

/// Below this frequency the side signal fades out, at 12 dB an octave.
const SIDE_HZ: f32 = 130.0;
/// Damping of that filter: two equal real poles.
const SIDE_DAMPING: f32 = 2.0;

/// The master bus of one station.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    side: Svf<1, HALF_QUANTUM>,
    side_coefficients: Coefficients,
    dc: [DcBlocker; 2],
    leveller: Leveller,
    upsamplers: [Upsampler; 2],
    /// Gain at the end of the last quantum.
    gain: Option<f32>,
    limiter: Limiter,
}

impl Master {
    pub(crate) fn new() -> Self {
        Self {
            side: Svf::default(),
            side_coefficients: Coefficients::new(SIDE_HZ / HALF_RATE as f32, SIDE_DAMPING),
            dc: [DcBlocker::default(); 2],
            leveller: Leveller::new(),
            upsamplers: [Upsampler::new(), Upsampler::new()],
            gain: None,
            limiter: Limiter::new(),
        }
    }

    /// Finishes a quantum of the mix, with a gain of `trim`, together with `air`, which has the whole sample rate
    /// and is not kept. What comes out, interleaved, is the mix of as many quanta ago as the upsamplers
    /// and the limiter wait.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        trim: f32,
        left: &mut [f32; HALF_QUANTUM],
        right: &mut [f32; HALF_QUANTUM],
        air: &mut [[f32; QUANTUM]; 2],
        out: &mut [f32; QUANTUM * CHANNELS],
    ) {
        let mut side = [[0.0f32; HALF_QUANTUM]; 1];
        for at in steps::<V>(HALF_QUANTUM) {
            let (left, right) = (V::load(left, at), V::load(right, at));
            (V::splat(0.5) * (left - right)).store(&mut side[0], at);
        }
        self.side.process_high::<V>(self.side_coefficients, SIDE_DAMPING, &mut side);
        for at in steps::<V>(HALF_QUANTUM) {
            let mid = V::splat(0.5) * (V::load(left, at) + V::load(right, at));
            let side = V::load(&side[0], at);
            (mid + side).store(left, at);
            (mid - side).store(right, at);
        }
        self.dc[0].process::<V>(left);
        self.dc[1].process::<V>(right);
        let gain = trim * self.leveller.process::<V>(trim, left, right);
        let before = self.gain.replace(gain).unwrap_or(gain);
        let gain = Slope::over(QUANTUM, before, gain);
        let halves = [&*left, &*right];
        for ((upsampler, half), whole) in self.upsamplers.iter_mut().zip(halves).zip(&mut *air) {
            upsampler.add::<V>(half, gain, whole);
        }
        self.limiter.process::<V>(air, out);
    }
}
