//! The soft limiter: looks ahead, measures true peaks, never passes the ceiling.
//!
//! For each quantum it finds the true peak (four-fold oversampling, the interpolator of ITU-R BS.1770-5
//! annex 2) and the gain that brings this peak under a soft curve: straight up to the threshold, then bending
//! towards the ceiling. The gain line runs from quantum boundary to boundary. Each boundary has the mean of
//! the last [`AHEAD`] values of a minimum over [`AHEAD`] + 1 quanta, so on both ends of a quantum it is at most what
//! that quantum needs, and so it is between. Release is slower than attack. The audio waits for the
//! gain: [`AHEAD`] quanta.

use crate::QUANTUM;
use crate::elementary::{FRAMES, peak};

/// Quanta that the gain looks ahead.
const AHEAD: usize = 4;
/// −6 dBFS: below it nothing is touched.
const THRESHOLD: f32 = 0.501_187_2;
/// −1.2 dBTP: what the curve never reaches.
const CEILING: f32 = 0.871;
/// Growth of the gain a quantum in release: 12 dB a second at most.
const RELEASE: f32 = 1.002;
/// Below this sample peak no true peak can reach the threshold: the interpolator's gain is under 2.3.
const SURELY_BELOW: f32 = 0.2;

/// The phases of the oversampling interpolator (the fourth is the third reversed, the second's
/// counterpart the second reversed, and the first's the first).
const PHASES: [[f32; 12]; 4] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_422,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_813,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
    [
        -0.018_920_898,
        0.033_081_055,
        -0.058_227_54,
        0.101_562_5,
        -0.200_317_38,
        0.779_785_16,
        0.465_087_9,
        -0.166_503_9,
        0.089_111_33,
        -0.051_757_813,
        0.029_296_875,
        -0.029_174_805,
    ],
    [
        -0.008_300_781,
        0.014_892_578,
        -0.026_611_328,
        0.047_607_422,
        -0.102_294_92,
        0.972_167_97,
        0.137_329_1,
        -0.059_448_242,
        0.033_203_125,
        -0.019_653_32,
        0.010_986_328,
        0.001_708_984_4,
    ],
];
const TAPS: usize = 12;

/// The stereo limiter of one station.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    /// Quanta that wait for their gain, left and right.
    waiting: [[[f32; QUANTUM]; 2]; AHEAD],
    /// The last samples before the newest quantum.
    tail: [[f32; TAPS - 1]; 2],
    /// Gains that the newest quanta need, newest last.
    needed: [f32; AHEAD + 1],
    /// The minima of which the boundary is the mean, newest last.
    minima: [f32; AHEAD],
    held: f32,
    gain: f32,
    place: usize,
}

impl Limiter {
    pub(crate) fn new() -> Self {
        Self {
            waiting: [[[0.0; QUANTUM]; 2]; AHEAD],
            tail: [[0.0; TAPS - 1]; 2],
            needed: [1.0; AHEAD + 1],
            minima: [1.0; AHEAD],
            held: 1.0,
            gain: 1.0,
            place: 0,
        }
    }

    /// Takes a quantum in and gives the limited one of [`AHEAD`] quanta ago out, in place.
    #[inline(always)]
    pub(crate) fn process(&mut self, left: &mut [f32; QUANTUM], right: &mut [f32; QUANTUM]) {
        let mut peak = peak(left).max(peak(right));
        // The interpolator reaches into the quantum before, whose tail this one must answer for.
        for tail in self.tail.as_flattened() {
            peak = if tail.abs() > peak { tail.abs() } else { peak };
        }
        if peak > SURELY_BELOW {
            for (tail, block) in self.tail.iter().zip([&*left, &*right]) {
                let true_peak = true_peak(tail, block);
                peak = if true_peak > peak { true_peak } else { peak };
            }
        }
        for (tail, block) in self.tail.iter_mut().zip([&*left, &*right]) {
            tail.copy_from_slice(&block[QUANTUM - (TAPS - 1)..]);
        }

        self.needed.rotate_left(1);
        self.needed[AHEAD] = gain_for(peak);
        let mut least = 1.0f32;
        for needed in self.needed {
            least = if needed < least { needed } else { least };
        }
        let released = self.held * RELEASE;
        self.held = if least < released { least } else { released };
        self.minima.rotate_left(1);
        self.minima[AHEAD - 1] = self.held;
        let mut gain = 0.0;
        for minimum in self.minima {
            gain += minimum;
        }
        let gain = gain * (1.0 / AHEAD as f32);

        let step = (gain - self.gain) * (1.0 / QUANTUM as f32);
        for (waiting, new) in self.waiting[self.place].iter_mut().zip([left, right]) {
            for i in 0..QUANTUM {
                let out = waiting[i] * (self.gain + step * FRAMES[i]);
                waiting[i] = new[i];
                new[i] = out;
            }
        }
        self.gain = gain;
        self.place = (self.place + 1) % AHEAD;
    }
}

/// The gain that brings a peak onto the curve.
fn gain_for(peak: f32) -> f32 {
    if peak <= THRESHOLD {
        return 1.0;
    }
    let room = CEILING - THRESHOLD;
    let over = (peak - THRESHOLD) / room;
    (THRESHOLD + room * over / (1.0 + over)) / peak
}

/// The largest magnitude between the samples of a block, which `tail` comes before.
#[inline(always)]
fn true_peak(tail: &[f32; TAPS - 1], block: &[f32; QUANTUM]) -> f32 {
    let mut x = [0.0f32; QUANTUM + TAPS - 1];
    x[..TAPS - 1].copy_from_slice(tail);
    x[TAPS - 1..].copy_from_slice(block);
    let mut peaks = [0.0f32; QUANTUM];
    for phase in &PHASES {
        for i in 0..QUANTUM {
            let mut y = 0.0;
            for tap in 0..TAPS {
                y += phase[tap] * x[i + tap];
            }
            let magnitude = y.abs();
            peaks[i] = if magnitude > peaks[i] { magnitude } else { peaks[i] };
        }
    }
    peak(&peaks)
}
