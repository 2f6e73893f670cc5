//! The soft limiter: looks ahead, measures true peaks, never passes the ceiling.
//!
//! For each block of 64 frames it finds the true peak (four-fold oversampling, the interpolator of ITU-R BS.1770-5
//! annex 2) and the gain that brings this peak under a soft curve: straight up to the threshold, then bending
//! towards the ceiling. The gain line runs from block boundary to boundary. Each boundary has the mean of
//! the last [`AHEAD`] values of a minimum over [`AHEAD`] + 1 blocks, so on both ends of a block it is at most what
//! that block needs, and so it is between. Release is slower than attack. The audio waits for the
//! gain: [`AHEAD`] blocks.

use crate::elementary::Slope;
use crate::simd::{Floats, neighbours, steps};
use crate::{CHANNELS, QUANTUM};

/// Quanta until what comes in comes out.
pub(crate) const DELAY: usize = 1;
/// Frames that have a gain line together.
const BLOCK: usize = 64;
/// Blocks that the gain looks ahead.
const AHEAD: usize = DELAY * QUANTUM / BLOCK;
/// −6 dBFS: below it nothing is touched.
const THRESHOLD: f32 = 0.501_187_2;
/// −1.2 dBTP: what the curve never reaches.
const CEILING: f32 = 0.871;
/// Growth of the gain a block in release: 12 dB a second at most.
const RELEASE: f32 = 1.002;
/// Two phases of the oversampling interpolator; the other two are these reversed.
const PHASES: [[f32; 12]; 2] = [
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
];
const TAPS: usize = 12;

/// Frames of a run before its quantum, so many that the quantum begins a line of the cache.
const BEFORE: usize = 16;

/// A quantum behind the last samples of the one before, which the interpolator reaches into.
type Run = [f32; BEFORE + QUANTUM];

/// The stereo limiter of one station.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Limiter {
    /// Left and right of the quantum that waits for its gain, and of the newest, by turns.
    runs: [[Run; 2]; 2],
    /// Which of them is the newest.
    newest: usize,
    /// How far the newest quantum reached.
    reach: [Extent; 2],
    /// Gains that the newest blocks need, newest last.
    needed: [f32; AHEAD + 1],
    /// The minima of which the boundary is the mean, newest last.
    minima: [f32; AHEAD],
    held: f32,
    gain: f32,
}

/// The largest sample and the largest second difference of a quantum.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    peak: f32,
    bend: f32,
}

impl Extent {
    /// The reach of the quantum that ends a run.
    #[inline(always)]
    fn of<V: Floats>(run: &Run) -> Self {
        let (mut peaks, mut bends) = (V::splat(0.0), V::splat(0.0));
        for at in steps::<V>(QUANTUM) {
            let [a, b, c] = neighbours::<V, 3>(run, BEFORE - 2 + at);
            peaks = c.abs().max(peaks);
            bends = ((a + c) - (b + b)).abs().max(bends);
        }
        Self { peak: peaks.largest(), bend: bends.largest() }
    }

    fn with(self, other: Self) -> Self {
        let (peak, bend) = (self.peak, self.bend);
        Self { peak: Floats::max(peak, other.peak), bend: Floats::max(bend, other.bend) }
    }

    /// What the interpolator can give at most: each of its phases is a straight line between two
    /// samples and a sum over second differences. Most music lies so far below the threshold that
    /// this is all that needs to be known.
    fn true_peak_max(self) -> f32 {
        1.002 * self.peak + 0.57 * self.bend
    }
}

impl Limiter {
    pub(crate) fn new() -> Self {
        Self {
            runs: [[[0.0; BEFORE + QUANTUM]; 2]; 2],
            newest: 0,
            reach: [Extent::default(); 2],
            needed: [1.0; AHEAD + 1],
            minima: [1.0; AHEAD],
            held: 1.0,
            gain: 1.0,
        }
    }

    /// Takes a quantum of left and right in and gives the limited one before out, interleaved.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        input: &[[f32; QUANTUM]; 2],
        out: &mut [f32; QUANTUM * CHANNELS],
    ) {
        let waiting = self.newest;
        self.newest = 1 - waiting;
        let mut below = true;
        for channel in 0..2 {
            let tail: &[f32; BEFORE] =
                self.runs[waiting][channel].last_chunk().unwrap_or(&[0.0; BEFORE]);
            let tail = *tail;
            let run = &mut self.runs[self.newest][channel];
            run[..BEFORE].copy_from_slice(&tail);
            run[BEFORE..].copy_from_slice(&input[channel]);
            let (before, now) = (self.reach[channel], Extent::of::<V>(run));
            below &= now.with(before).true_peak_max() < THRESHOLD;
            self.reach[channel] = now;
        }
        for block in 0..AHEAD {
            let needed = if below { 1.0 } else { self.needed_by::<V>(block) };
            let line = self.advance(needed);
            let [left, right] = &self.runs[waiting];
            for at in (block * BLOCK..(block + 1) * BLOCK).step_by(V::WIDTH) {
                let gain = line.at::<V>(at - block * BLOCK);
                let left = V::load(left, BEFORE + at) * gain;
                let (first, second) = left.interleaved(V::load(right, BEFORE + at) * gain);
                first.store(out, CHANNELS * at);
                second.store(out, CHANNELS * at + V::WIDTH);
            }
        }
    }

    /// The gain that a block of the newest quantum needs.
    #[inline(always)]
    fn needed_by<V: Floats>(&self, block: usize) -> f32 {
        let mut peak = 0.0f32;
        for run in &self.runs[self.newest] {
            // The interpolator reaches into the block before, whose tail this one must answer for.
            let x = run[BEFORE + 1 - TAPS + block * BLOCK..]
                .first_chunk()
                .unwrap_or(&[0.0; BLOCK + TAPS - 1]);
            peak = x.iter().fold(true_peak::<V>(x), |peak, x| Floats::max(x.abs(), peak)).max(peak);
        }
        gain_for(peak)
    }

    /// Takes in what the newest block needs; the gain of the one that comes out.
    #[inline(always)]
    fn advance(&mut self, needed: f32) -> Slope {
        self.needed.rotate_left(1);
        self.needed[AHEAD] = needed;
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
        let line = Slope::over(BLOCK, self.gain, gain);
        self.gain = gain;
        line
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

/// The largest magnitude between the samples of a run.
///
/// A phase and its mirror image share the sums and differences of samples that lie opposite: with
/// `e` and `o` what these give, the two phases are `e + o` and `e − o`, and the larger
/// magnitude is `|e| + |o|`.
#[inline(always)]
fn true_peak<V: Floats>(x: &[f32; BLOCK + TAPS - 1]) -> f32 {
    let mut peaks = V::splat(0.0);
    for at in steps::<V>(BLOCK) {
        let [mut even, mut odd] = [[V::splat(0.0); 2]; 2];
        for tap in 0..TAPS / 2 {
            let (near, far) = (V::load(x, at + tap), V::load(x, at + TAPS - 1 - tap));
            let (sum, difference) = (near + far, near - far);
            for phase in 0..2 {
                let (a, b) = (PHASES[phase][tap], PHASES[phase][TAPS - 1 - tap]);
                even[phase] = even[phase] + V::splat(0.5 * (a + b)) * sum;
                odd[phase] = odd[phase] + V::splat(0.5 * (a - b)) * difference;
            }
        }
        for phase in 0..2 {
            peaks = (even[phase].abs() + odd[phase].abs()).max(peaks);
        }
    }
    peaks.largest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SAMPLE_RATE;
    use crate::elementary::sin_turns;
    use crate::osc::noise::Noise;

    fn run(mut source: impl FnMut(usize) -> [f32; 2], quanta: usize) -> Vec<[f32; 2]> {
        let mut limiter = Limiter::new();
        let mut out = Vec::new();
        for quantum in 0..quanta {
            let mut input = [[0.0f32; QUANTUM]; 2];
            for i in 0..QUANTUM {
                [input[0][i], input[1][i]] = source(quantum * QUANTUM + i);
            }
            let mut limited = [0.0f32; QUANTUM * CHANNELS];
            limiter.process::<f32>(&input, &mut limited);
            out.extend_from_slice(limited.as_chunks::<CHANNELS>().0);
        }
        out
    }

    fn true_peak_db(frames: &[[f32; 2]]) -> f64 {
        let mut meter = ebur128::EbuR128::new(2, SAMPLE_RATE, ebur128::Mode::TRUE_PEAK).unwrap();
        meter.add_frames_f32(frames.as_flattened()).unwrap();
        let peak = meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap());
        20.0 * libm::log10(peak)
    }

    #[test]
    fn the_true_peak_stays_below_minus_one_under_full_scale_abuse() {
        let mut noise = Noise::new(8);
        let mut white = [0.0f32; QUANTUM];
        type Source = Box<dyn FnMut(usize) -> [f32; 2]>;
        let sources: [(&str, Source); 5] = [
            (
                "white noise, 12 dB over",
                Box::new(move |n| {
                    if n % QUANTUM == 0 {
                        noise.render::<f32>(&mut white);
                    }
                    [4.0 * white[n % QUANTUM], -4.0 * white[QUANTUM - 1 - n % QUANTUM]]
                }),
            ),
            ("a square wave", Box::new(|n| [if n / 50 % 2 == 0 { 2.0 } else { -2.0 }; 2])),
            (
                "a sine at a quarter of the rate, between samples",
                Box::new(|n| [1.5 * sin_turns((n % 4) as f32 * 0.25 + 0.125); 2]),
            ),
            ("lone impulses", Box::new(|n| [if n % 9973 == 0 { 8.0 } else { 0.0 }; 2])),
            (
                "a tone that begins at full force",
                Box::new(|n| {
                    let on = n / 20_000 % 2 == 1;
                    [if on { 3.0 * sin_turns((n % 441) as f32 * (10.0 / 441.0)) } else { 0.0 }; 2]
                }),
            ),
        ];
        for (name, source) in sources {
            let peak = true_peak_db(&run(source, 750));
            assert!(peak <= -1.0, "{name}: {peak:.2} dBTP");
        }
    }

    #[test]
    fn below_the_threshold_the_sound_passes_untouched_a_quantum_late() {
        let tone = |n: usize| [0.49 * sin_turns((n % 100) as f32 * 0.01); 2];
        let out = run(tone, 50);
        for n in DELAY * QUANTUM..out.len() {
            assert_eq!(out[n], tone(n - DELAY * QUANTUM));
        }
    }

    #[test]
    fn a_musical_level_is_not_pumped() {
        // Bass at −4 dBFS: the gain settles, and does not follow the wave.
        let tone = |n: usize| [0.63 * sin_turns((n % 882) as f32 / 882.0); 2];
        let out = run(tone, 500);
        let gains: Vec<f32> = (60_000..out.len())
            .filter(|n| tone(n - DELAY * QUANTUM)[0].abs() > 0.2)
            .map(|n| out[n][0] / tone(n - DELAY * QUANTUM)[0])
            .collect();
        let (low, high) = gains.iter().fold((9.0f32, 0.0f32), |(l, h), g| (l.min(*g), h.max(*g)));
        assert!(high / low < 1.03, "the gain moves between {low} and {high}");
    }
}
