//! The buses that the sources add to.

use super::fold::BUSES;
use crate::QUANTUM;

/// A quantum of each bus.
#[derive(Clone, Debug)]
pub(crate) struct Buses {
    pub(crate) left: [f32; QUANTUM],
    pub(crate) right: [f32; QUANTUM],
    pub(crate) reverb: [f32; QUANTUM],
    pub(crate) delay: [f32; QUANTUM],
}

impl Buses {
    pub(crate) const SILENT: Buses = Buses {
        left: [0.0; QUANTUM],
        right: [0.0; QUANTUM],
        reverb: [0.0; QUANTUM],
        delay: [0.0; QUANTUM],
    };

    /// The buses, from what the voices gave frame by frame.
    #[inline(always)]
    pub(crate) fn of(frames: &[[f32; BUSES]; QUANTUM]) -> Self {
        let mut buses = Self::SILENT;
        for i in 0..QUANTUM {
            [buses.left[i], buses.right[i], buses.reverb[i], buses.delay[i]] = frames[i];
        }
        buses
    }
}
