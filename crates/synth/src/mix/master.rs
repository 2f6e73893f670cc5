//! The master: level and limiter. All that it remembers is of the last half minute.

use crate::elementary::Slope;
use crate::fx::limiter::Limiter;
use crate::mix::leveller::{self, Leveller};
use crate::simd::{Floats, steps};
use crate::{CHANNELS, QUANTUM, SAMPLE_RATE};

/// Frames after which nothing is left of what came in: what the leveller remembers, and then what the limiter does, whose gain
/// comes back by 12 dB a second, from 36 dB at the most.
pub(crate) const MEMORY: u64 = leveller::MEMORY * QUANTUM as u64 + 3 * SAMPLE_RATE as u64;

/// The master bus of one station.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    leveller: Leveller,
    limiter: Limiter,
}

impl Master {
    pub(crate) fn new() -> Self {
        Self { leveller: Leveller::new(), limiter: Limiter::new() }
    }

    /// Finishes a quantum of the mix, in place, with a gain that goes from the first `trim` to the second. What comes out, interleaved, is the
    /// mix of as many quanta ago as the limiter waits.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        quantum: u64,
        trim: [f32; 2],
        mix: &mut [[f32; QUANTUM]; 2],
        out: &mut [f32; QUANTUM * CHANNELS],
    ) {
        let [before, after] = trim;
        let level = self.leveller.process::<V>(quantum, after, mix);
        let trim = Slope::over(QUANTUM, before, after);
        for channel in &mut *mix {
            for at in steps::<V>(QUANTUM) {
                let gain = trim.at::<V>(at) * level.at::<V>(at);
                (V::load(channel, at) * gain).store(channel, at);
            }
        }
        self.limiter.process::<V>(mix, out);
    }
}
