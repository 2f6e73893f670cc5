//! The master: mono below the bass, level, no DC, the limiter.

use crate::QUANTUM;
use crate::elementary::FRAMES;
use crate::filter::dc::DcBlocker;
use crate::filter::one_pole::OnePole;
use crate::fx::limiter::Limiter;
use crate::mix::leveller::Leveller;

/// Below this frequency the side signal fades out, at 12 dB an octave.
const SIDE_HZ: f32 = 130.0;

/// The master bus of one station.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    side: [OnePole; 2],
    leveller: Leveller,
    dc: [DcBlocker; 2],
    limiter: Limiter,
}

impl Master {
    pub(crate) fn new() -> Self {
        Self {
            side: [OnePole::new(SIDE_HZ), OnePole::new(SIDE_HZ)],
            leveller: Leveller::new(),
            dc: [DcBlocker::default(); 2],
            limiter: Limiter::new(),
        }
    }

    /// Finishes a quantum in place, with a gain of `trim` (at its start, and the change a frame); it comes out as many frames later as the limiter looks ahead.
    #[inline(always)]
    pub(crate) fn process(
        &mut self,
        trim: (f32, f32),
        left: &mut [f32; QUANTUM],
        right: &mut [f32; QUANTUM],
    ) {
        let mut mid = [0.0f32; QUANTUM];
        let mut side = [0.0f32; QUANTUM];
        for i in 0..QUANTUM {
            mid[i] = 0.5 * (left[i] + right[i]);
            side[i] = 0.5 * (left[i] - right[i]);
        }
        for filter in &mut self.side {
            filter.process_high(&mut side);
        }
        for i in 0..QUANTUM {
            let trim = trim.0 + trim.1 * FRAMES[i];
            left[i] = trim * (mid[i] + side[i]);
            right[i] = trim * (mid[i] - side[i]);
        }
        let (gain, step) = self.leveller.process(left, right);
        for i in 0..QUANTUM {
            let gain = gain + step * FRAMES[i];
            left[i] *= gain;
            right[i] *= gain;
        }
        self.dc[0].process(left);
        self.dc[1].process(right);
        self.limiter.process(left, right);
    }
}
