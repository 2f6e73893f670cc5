//! The breath: noise through a low-pass that slow waves move. The one voice at the whole sample rate, since it is
//! the air above the others.
//!
//! A filter waits for itself from sample to sample. So the quantum is cut into segments that are filtered side by
//! side, each as if it began in silence; then what each begins with is known from those before, and how that rings on is
//! added, which is all that was missing, since the filter is linear.

use aeolian_score::rng::Rng;

use super::performer::Performer;
use crate::elementary::{Slope, exp2, gain_between, gain_of_db};
use crate::filter::svf::Coefficients;
use crate::mix::buses::{Air, Buses};
use crate::modulation::part::{Modulation, Passage};
use crate::modulation::slow_waves::SlowWaves;
use crate::osc::noise::hash;
use crate::plan::Onset;
use crate::simd::{Floats, LANES_MAX, Words, transpose};
use crate::{QUANTUM, SAMPLE_RATE};

const BREATH_DOMAIN: u64 = 0x6272_6561_7401;
/// Its level in the mix, and what intensity and brightness add at 0 and at 1.
const GAIN_DB: f32 = -28.5;
const INTENSITY_DB: (f32, f32) = (-3.0, 3.0);
const BRIGHTNESS_DB: (f32, f32) = (-1.5, 2.5);
/// The middle of its filter, and the octaves that intensity and brightness take it either way.
const CUTOFF_HZ: f32 = 4200.0;
const INTENSITY_OCTAVES: f32 = 0.4;
const BRIGHTNESS_OCTAVES: f32 = 0.7;
/// The slow waves, in hertz, and the share of each.
const WAVES: [(f32, f32); 3] = [(0.031, 0.4), (0.071, 0.35), (0.123, 0.25)];
/// Octaves by which the waves move the filter.
const WAVE_OCTAVES: f32 = 0.8;
const DAMPING: f32 = 1.3;
/// Quanta until a filter that gets nothing more is silent: 93 ms.
const TAIL: u32 = 16;
/// Segments of a quantum, and their frames.
const SEGMENTS: usize = LANES_MAX;
const LENGTH: usize = QUANTUM / SEGMENTS;

/// A quantum of one channel: row `t` holds frame `t` of each segment.
type Segments = [[f32; SEGMENTS]; LENGTH];

/// The first frame of each segment.
const FIRST: [u32; SEGMENTS] = {
    let mut first = [0; SEGMENTS];
    let mut k = 0;
    while k < SEGMENTS {
        first[k] = (k * LENGTH) as u32;
        k += 1;
    }
    first
};

/// The breath of one station.
#[derive(Debug)]
pub(super) struct Breath {
    waves: SlowWaves,
    airflow: Airflow,
    /// The noise is a hash of this and of the frame: it repeats after 2³² frames, 27 hours.
    key: u32,
    /// Nothing more comes into the filter.
    ended: bool,
    /// Of the filter, for each channel.
    states: [[f32; 2]; 2],
    rows: [Segments; 2],
    /// Quanta that the filter rings on.
    tail: u32,
}

/// What a station's breath draws from its seed: the key of its noise, and its slow waves.
fn drawn(seed: u64) -> (u32, SlowWaves) {
    let mut rng = Rng::at(seed, BREATH_DOMAIN, 0);
    (rng.next_u64() as u32, SlowWaves::new(&mut rng, WAVES))
}

/// The slow waves of a station's breath, which move the swells, too.
pub(super) fn waves(seed: u64) -> SlowWaves {
    drawn(seed).1
}

impl Breath {
    /// The breath of the station with this seed.
    pub(super) fn new(seed: u64) -> Self {
        let (key, waves) = drawn(seed);
        Self {
            waves,
            airflow: Airflow::new(&Modulation::default()),
            key,
            ended: false,
            states: [[0.0; 2]; 2],
            rows: [[[0.0; SEGMENTS]; LENGTH]; 2],
            tail: 0,
        }
    }

    /// Adds a quantum to the air: at `gain`, around a cutoff of `hz`.
    #[inline(always)]
    fn sound<V: Floats>(&mut self, quantum: u64, gain: Slope, hz: f32, air: &mut Air) {
        let heard = gain != Slope { from: 0.0, step: 0.0 };
        self.tail = if heard { TAIL } else { self.tail.saturating_sub(1) };
        if self.tail == 0 {
            self.states = [[0.0; 2]; 2];
            return;
        }
        let c = Coefficients::new(hz * (1.0 / SAMPLE_RATE as f32), DAMPING);
        let mut ends = [[[0.0f32; SEGMENTS]; 2]; 2];
        for at in (0..SEGMENTS).step_by(V::WIDTH) {
            self.filter::<V>(quantum, c, gain, at, &mut ends);
        }

        // What each state comes to in the output after so many samples, and in both states after a segment.
        let mut columns = [[1.0f32, 0.0], [0.0, 1.0]];
        let mut rings = [[0.0f32; 2]; LENGTH];
        for ring in &mut rings {
            for (column, ring) in columns.iter_mut().zip(ring) {
                let before = column[1];
                *column = c.step(*column);
                *ring = 0.5 * (before + column[1]);
            }
        }
        let [[a11, a21], [a12, a22]] = columns;
        let mut begins = [[[0.0f32; SEGMENTS]; 2]; 2];
        for k in 0..SEGMENTS {
            for channel in 0..2 {
                let [s1, s2] = self.states[channel];
                begins[channel][0][k] = s1;
                begins[channel][1][k] = s2;
                self.states[channel] = [
                    ends[channel][0][k] + (a11 * s1 + a12 * s2),
                    ends[channel][1][k] + (a21 * s1 + a22 * s2),
                ];
            }
        }
        for states in &mut self.states {
            *states = [states[0].flush(), states[1].flush()];
        }
        let (out, add) = air.put();
        for channel in 0..2 {
            complete::<V>(&self.rows[channel], &begins[channel], &rings, add, &mut out[channel]);
        }
    }

    /// Filters the segments from `at` on as if each began in silence, into the rows; and their `ends`, the states of
    /// each channel that they leave.
    #[inline(always)]
    fn filter<V: Floats>(
        &mut self,
        quantum: u64,
        c: Coefficients,
        gain: Slope,
        at: usize,
        ends: &mut [[[f32; SEGMENTS]; 2]; 2],
    ) {
        let first = V::Words::load(&FIRST, at);
        let frame = (quantum as u32).wrapping_mul(QUANTUM as u32);
        let (key, mut position) = (V::Words::splat(self.key), first.plus(V::Words::splat(frame)));
        let c = c.splat::<V>();
        // Of noise up to 2¹⁵, four times over.
        let scale = V::splat(0.25 / 32_768.0);
        let step = V::splat(gain.step) * scale;
        let mut gain = (V::splat(gain.from) + V::splat(gain.step) * first.to_floats()) * scale;
        let one = V::Words::splat(1);
        let mut before = white::<V>(key, position.minus(one).minus(one));
        let mut now = white::<V>(key, position.minus(one));
        let [mut left, mut right] = [[V::splat(0.0); 2]; 2];
        let [left_rows, right_rows] = &mut self.rows;
        for t in 0..LENGTH {
            let after = white::<V>(key, position);
            position = position.plus(one);
            // White noise through (1, 2, 1) / 4, which takes its highest octave.
            let l = ((before[0] + after[0]) + (now[0] + now[0])) * gain;
            let r = ((before[1] + after[1]) + (now[1] + now[1])) * gain;
            (V::splat(0.5) * c.low_twice(&mut left, l)).store(&mut left_rows[t], at);
            (V::splat(0.5) * c.low_twice(&mut right, r)).store(&mut right_rows[t], at);
            gain = gain + step;
            (before, now) = (now, after);
        }
        for state in 0..2 {
            left[state].store(&mut ends[0][state], at);
            right[state].store(&mut ends[1][state], at);
        }
    }
}

impl Performer for Breath {
    /// It plays no notes.
    fn start(&mut self, _: &Onset) {}

    fn end(&mut self) {
        self.ended = true;
    }

    fn clear(&mut self) {
        self.ended = false;
        self.states = [[0.0; 2]; 2];
        self.tail = 0;
    }

    #[inline(always)]
    fn render<V: Floats>(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        let Passage { quantum, from, to } = passage;
        let before = self.airflow.at(from).gain;
        let Airflow { gain, hz, .. } = *self.airflow.at(to);
        let hz = hz * exp2(WAVE_OCTAVES * self.waves.at(quantum));
        let gain = if self.ended {
            Slope { from: 0.0, step: 0.0 }
        } else {
            Slope::over(QUANTUM, before, gain)
        };
        self.sound::<V>(quantum, gain, hz, &mut buses.air);
        !self.ended || self.tail > 0
    }
}

/// What the controls come to.
#[derive(Clone, Copy, Debug)]
struct Airflow {
    of: Modulation,
    gain: f32,
    hz: f32,
}

impl Airflow {
    fn new(of: &Modulation) -> Self {
        let (i, b) = (2.0 * of.intensity - 1.0, 2.0 * of.brightness - 1.0);
        let gain = of.gain
            * gain_of_db(GAIN_DB)
            * gain_between(INTENSITY_DB, of.intensity)
            * gain_between(BRIGHTNESS_DB, of.brightness);
        let hz = CUTOFF_HZ * exp2(INTENSITY_OCTAVES * i + BRIGHTNESS_OCTAVES * b);
        Self { of: *of, gain, hz }
    }

    /// Worked out anew only where the controls have moved.
    #[inline(always)]
    fn at(&mut self, modulation: &Modulation) -> &Self {
        if self.of != *modulation {
            *self = Self::new(modulation);
        }
        self
    }
}

/// Left and right noise of the frames at some positions, as integers of 16 bits: the halves of a hash.
#[inline(always)]
fn white<V: Floats>(key: V::Words, position: V::Words) -> [V; 2] {
    let bits = hash(position ^ key);
    let left = bits.left::<16>().right_signed::<16>();
    [left.to_floats(), bits.right_signed::<16>().to_floats()]
}

/// Adds to the segments how what they begin with rings on, and puts them into `out`, one behind the other, or
/// adds them to it.
#[inline(always)]
fn complete<V: Floats>(
    rows: &Segments,
    begins: &[[f32; SEGMENTS]; 2],
    rings: &[[f32; 2]; LENGTH],
    add: bool,
    out: &mut [f32; QUANTUM],
) {
    let out = out.as_chunks_mut::<LENGTH>().0;
    for at in (0..SEGMENTS).step_by(V::WIDTH) {
        let (first, second) = (V::load(&begins[0], at), V::load(&begins[1], at));
        for from in (0..LENGTH).step_by(V::WIDTH) {
            let mut square = [V::splat(0.0); LANES_MAX];
            for t in 0..V::WIDTH {
                let [r1, r2] = rings[from + t];
                let ring = V::splat(r1) * first + V::splat(r2) * second;
                square[t] = V::load(&rows[from + t], at) + ring;
            }
            transpose::<V>(&mut square);
            for k in 0..V::WIDTH {
                let segment = &mut out[at + k];
                let sum = if add { V::load(segment, from) + square[k] } else { square[k] };
                sum.store(segment, from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_plain_filter_of_its_noise_also_when_the_cutoff_moves() {
        let mut breath = Breath::new(3);
        let white = |position: i64, channel: usize| {
            let bits = hash((position as u32) ^ breath.key);
            let half = [bits << 16, bits & 0xffff_0000][channel].cast_signed();
            half as f32 / 2_147_483_648.0
        };
        let mut expected = [Vec::new(), Vec::new()];
        let mut states = [[0.0f32; 2]; 2];
        let gain = |frame: usize| 0.1 + 0.0001 * frame as f32;
        let hz = |quantum: usize| if quantum.is_multiple_of(3) { 900.0 } else { 6000.0 };
        for frame in 0..5 * QUANTUM {
            let c = Coefficients::new(hz(frame / QUANTUM) / SAMPLE_RATE as f32, DAMPING);
            for channel in 0..2 {
                let w = |back| white(frame as i64 - back, channel);
                let x = 0.25 * (w(2) + 2.0 * w(1) + w(0)) * gain(frame);
                expected[channel].push(0.5 * c.low_twice(&mut states[channel], x));
            }
        }
        for quantum in 0..5 {
            // What is there already stays.
            let (mut air, there) = (Buses::SILENT.air, (quantum % 2) as f32);
            if there > 0.0 {
                *air.samples() = [[there; QUANTUM]; 2];
            }
            let (from, to) = (gain(quantum * QUANTUM), gain((quantum + 1) * QUANTUM));
            let line = Slope::over(QUANTUM, from, to);
            breath.sound::<f32>(quantum as u64, line, hz(quantum), &mut air);
            for channel in 0..2 {
                for (i, sample) in air.samples()[channel].iter().enumerate() {
                    let expected = expected[channel][quantum * QUANTUM + i];
                    assert!(
                        (sample - there - expected).abs() < 1e-6,
                        "frame {i} of quantum {quantum}"
                    );
                }
            }
        }
    }

    #[test]
    fn left_and_right_are_two_noises() {
        let mut breath = Breath::new(3);
        let (mut cross, mut powers) = (0.0, [0.0; 2]);
        for quantum in 0..400 {
            let mut air = Buses::SILENT.air;
            breath.sound::<f32>(quantum, Slope { from: 1.0, step: 0.0 }, 16_000.0, &mut air);
            let out = air.samples();
            for i in 0..QUANTUM {
                let [left, right] = [f64::from(out[0][i]), f64::from(out[1][i])];
                cross += left * right;
                powers[0] += left * left;
                powers[1] += right * right;
            }
        }
        let correlation = cross / libm::sqrt(powers[0] * powers[1]);
        assert!(correlation.abs() < 0.01, "{correlation}");
        assert!((powers[0] / powers[1] - 1.0).abs() < 0.03, "{powers:?}");
    }
}
