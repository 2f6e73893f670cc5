//! The buses that the sources add to.

use crate::elementary::Slope;
use crate::simd::{Floats, steps};
use crate::{HALF_QUANTUM, QUANTUM};

/// How loud a source is on the buses, beside its own gain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sends {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) reverb: f32,
}

/// A quantum of each bus. All have half the sample rate but `air`, which goes past the effects.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Buses {
    pub(crate) left: [f32; HALF_QUANTUM],
    pub(crate) right: [f32; HALF_QUANTUM],
    pub(crate) reverb: [f32; HALF_QUANTUM],
    pub(crate) delay: [f32; HALF_QUANTUM],
    pub(crate) air: Air,
}

/// What instruments sound like above the others' band, at the whole sample rate.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Air {
    samples: [[f32; QUANTUM]; 2],
    /// Whether the samples are of this quantum, not left from one before.
    begun: bool,
}

impl Air {
    /// Begins another quantum.
    pub(crate) fn clear(&mut self) {
        self.begun = false;
    }

    /// The left and right channel, silent where nothing has been put there yet.
    pub(crate) fn samples(&mut self) -> &mut [[f32; QUANTUM]; 2] {
        let (samples, begun) = self.put();
        if !begun {
            *samples = [[0.0; QUANTUM]; 2];
        }
        samples
    }

    /// The left and right channel to put something into, and whether it is to be added to what is there, or
    /// takes its place.
    pub(crate) fn put(&mut self) -> (&mut [[f32; QUANTUM]; 2], bool) {
        let begun = std::mem::replace(&mut self.begun, true);
        (&mut self.samples, begun)
    }
}

impl Buses {
    pub(crate) const SILENT: Buses = Buses {
        left: [0.0; HALF_QUANTUM],
        right: [0.0; HALF_QUANTUM],
        reverb: [0.0; HALF_QUANTUM],
        delay: [0.0; HALF_QUANTUM],
        air: Air { samples: [[0.0; QUANTUM]; 2], begun: false },
    };

    /// Adds a source of one channel.
    #[inline(always)]
    pub(crate) fn add_mono<V: Floats>(
        &mut self,
        source: &[f32; HALF_QUANTUM],
        gain: Slope,
        sends: Sends,
    ) {
        for at in steps::<V>(HALF_QUANTUM) {
            let sample = V::load(source, at) * gain.at(at);
            for (bus, send) in [
                (&mut self.left, sends.left),
                (&mut self.right, sends.right),
                (&mut self.reverb, sends.reverb),
            ] {
                (V::load(bus, at) + sample * V::splat(send)).store(bus, at);
            }
        }
    }

    /// Adds a source of two channels, of which `across` is also heard on the other side.
    #[inline(always)]
    pub(crate) fn add_stereo<V: Floats>(
        &mut self,
        [left, right]: &[[f32; HALF_QUANTUM]; 2],
        gain: Slope,
        across: f32,
        reverb: f32,
    ) {
        for at in steps::<V>(HALF_QUANTUM) {
            let gain = gain.at::<V>(at);
            let (left, right) = (V::load(left, at) * gain, V::load(right, at) * gain);
            let to_left = left + V::splat(across) * right;
            let to_right = right + V::splat(across) * left;
            (V::load(&self.left, at) + to_left).store(&mut self.left, at);
            (V::load(&self.right, at) + to_right).store(&mut self.right, at);
            if reverb > 0.0 {
                let to_reverb = V::splat(reverb) * (left + right);
                (V::load(&self.reverb, at) + to_reverb).store(&mut self.reverb, at);
            }
        }
    }
}
