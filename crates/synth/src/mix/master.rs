//! The master: mono below the bass, level, no DC, the limiter.

use crate::QUANTUM;
use crate::elementary::Line;
use crate::filter::dc::DcBlocker;
use crate::filter::svf::{Coefficients, Svf};
use crate::fx::limiter::Limiter;
use crate::mix::leveller::Leveller;
use crate::simd::{Floats, steps};

/// Below this frequency the side signal fades out, at 12 dB an octave.
const SIDE_HZ: f32 = 130.0;
/// Damping of that filter: two equal real poles.
const SIDE_DAMPING: f32 = 2.0;

/// The master bus of one station.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    side: Svf<1>,
    side_coefficients: Coefficients,
    leveller: Leveller,
    dc: [DcBlocker; 2],
    limiter: Limiter,
}

impl Master {
    pub(crate) fn new() -> Self {
        Self {
            side: Svf::default(),
            side_coefficients: Coefficients::new(SIDE_HZ, SIDE_DAMPING),
            leveller: Leveller::new(),
            dc: [DcBlocker::default(); 2],
            limiter: Limiter::new(),
        }
    }

    /// Finishes a quantum in place, with a gain of `trim`; it comes out as many frames later as the
    /// limiter looks ahead.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        trim: Line,
        left: &mut [f32; QUANTUM],
        right: &mut [f32; QUANTUM],
    ) {
        let mut side = [[0.0f32; QUANTUM]; 1];
        for at in steps::<V>() {
            let (left, right) = (V::load(left, at), V::load(right, at));
            (V::splat(0.5) * (left - right)).store(&mut side[0], at);
        }
        self.side.process_high::<V>(self.side_coefficients, SIDE_DAMPING, &mut side);
        for at in steps::<V>() {
            let mid = V::splat(0.5) * (V::load(left, at) + V::load(right, at));
            let (side, trim) = (V::load(&side[0], at), trim.at::<V>(at));
            (trim * (mid + side)).store(left, at);
            (trim * (mid - side)).store(right, at);
        }
        let gain = self.leveller.process::<V>(left, right);
        for at in steps::<V>() {
            let gain = gain.at::<V>(at);
            (V::load(left, at) * gain).store(left, at);
            (V::load(right, at) * gain).store(right, at);
        }
        self.dc[0].process::<V>(left);
        self.dc[1].process::<V>(right);
        self.limiter.process::<V>(left, right);
    }
}
