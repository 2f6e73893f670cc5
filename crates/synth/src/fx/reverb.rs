//! The reverb: a feedback delay network of sixteen lines (J.-M. Jot and A. Chaigne, "Digital delay networks for
//! designing artificial reverberators", AES 90, 1991) behind a chain of all-pass diffusers.
//!
//! From the reverberation time to a gain: in `t60` seconds the sound falls by 60 dB, so a line of `d` seconds
//! must take `60 d / t60` dB away each time round: gain `10^(−3 d / t60)`. Each line also has a short symmetric
//! filter `1 − c sin⁴(ω / 2)`, flat below 4 kHz, that lets the treble die sooner. A Hadamard matrix, which loses
//! nothing, mixes the lines. Four of them move by a few samples, slowly, which
//! smears the modes so that none rings.
//!
//! Every line is longer than a quantum, so a whole quantum is computed without feedback inside it, and
//! all loops run over frames.

use super::allpass::Allpass;
use super::ring::Ring;
use crate::elementary::{FRAMES, exp2, flush, peak, sin_turns};
use crate::{QUANTUM, SAMPLE_RATE};

const LINES: usize = 16;
/// Frames of each line: primes from 31 to 113 ms, spread so that their echoes rarely meet.
const LENGTHS: [usize; LINES] = [
    1361, 1499, 1637, 1789, 1951, 2131, 2311, 2521, 2741, 2971, 3229, 3499, 3797, 4127, 4513, 4973,
];
/// Frames and gains of the diffusers.
const DIFFUSERS: [(usize, f32); 5] = [(113, 0.7), (181, 0.7), (307, 0.65), (499, 0.62), (811, 0.6)];
/// The lines that move, how far in frames, and how fast in hertz.
const MOVING: [(usize, f32, f32); 4] =
    [(1, 9.0, 0.31), (6, 11.0, 0.23), (10, 12.0, 0.41), (15, 10.0, 0.17)];
/// How much sooner the treble dies: `c` of a line of 50 ms at 2.5 s.
const TREBLE: f32 = 0.55;
/// Where left and right listen, and where the input enters: signs, rows of a Hadamard matrix.
const LEFT: u32 = 0b0110_1001_1001_0110;
const RIGHT: u32 = 0b0011_1100_0011_1100;
const INTO: u32 = 0b0101_1010_0101_1010;
/// The longest pre-delay: 50 ms.
const PRE_DELAY_MAX: usize = SAMPLE_RATE as usize / 20;
/// Below this level the reverb has died away.
const SILENCE: f32 = 1e-8;

/// One line's gain and damping.
#[derive(Clone, Copy, Debug, Default)]
struct Loss {
    centre: f32,
    near: f32,
    far: f32,
}

/// The reverb of one station.
#[derive(Debug)]
pub(crate) struct Reverb {
    lines: [Ring; LINES],
    loss: [Loss; LINES],
    rt60_s: f32,
    diffusers: [Allpass; DIFFUSERS.len()],
    pre_delay: Ring,
    pre_delay_frames: usize,
    pre_delay_next: usize,
    phase: [f32; MOVING.len()],
    offset: [f32; MOVING.len()],
    quiet: u32,
}

#[inline(always)]
fn sign(pattern: u32, line: usize) -> f32 {
    if pattern >> line & 1 == 1 { -1.0 } else { 1.0 }
}

impl Reverb {
    /// A silent reverb.
    pub(crate) fn new(rt60_s: f32, pre_delay_ms: f32) -> Self {
        let frames = pre_delay_frames(pre_delay_ms);
        let mut reverb = Self {
            lines: LENGTHS.map(|length| Ring::new(length + 32)),
            loss: [Loss::default(); LINES],
            rt60_s: 0.0,
            diffusers: DIFFUSERS.map(|(delay, gain)| Allpass::new(delay, gain)),
            pre_delay: Ring::new(PRE_DELAY_MAX),
            pre_delay_frames: frames,
            pre_delay_next: frames,
            phase: [0.0, 0.25, 0.5, 0.75],
            offset: [0.0; MOVING.len()],
            quiet: u32::MAX,
        };
        reverb.set(rt60_s, pre_delay_ms);
        reverb
    }

    /// Asks for a reverberation time in seconds, and a pre-delay of 20 to 50 ms.
    #[inline(always)]
    pub(crate) fn set(&mut self, rt60_s: f32, pre_delay_ms: f32) {
        self.pre_delay_next = pre_delay_frames(pre_delay_ms);
        if rt60_s == self.rt60_s {
            return;
        }
        self.rt60_s = rt60_s;
        // −3 log2(10) d / t60.
        let octaves_per_frame = -9.965_784 / (rt60_s * SAMPLE_RATE as f32);
        for (loss, length) in self.loss.iter_mut().zip(LENGTHS) {
            let frames = length as f32;
            let g = exp2(octaves_per_frame * frames);
            let c = 1.0 - exp2(octaves_per_frame * frames * TREBLE);
            // sin⁴(ω / 2) = (3 − 4 cos ω + cos 2ω) / 8.
            *loss =
                Loss { centre: g * (1.0 - 0.375 * c), near: g * 0.25 * c, far: g * -0.0625 * c };
        }
    }

    /// Reverberates `input` into `left` and `right`. False, and nothing done, when all is silent.
    #[inline(always)]
    pub(crate) fn process(
        &mut self,
        input: &[f32; QUANTUM],
        left: &mut [f32; QUANTUM],
        right: &mut [f32; QUANTUM],
    ) -> bool {
        let loudest = peak(input);
        if loudest > SILENCE {
            self.quiet = 0;
        }
        // Until whatever is in the pre-delay and the longest line has come out.
        if self.quiet > ((PRE_DELAY_MAX + LENGTHS[LINES - 1] + 1024) / QUANTUM) as u32 {
            return false;
        }

        let mut diffuse = self.pre_delayed(input);
        for diffuser in &mut self.diffusers {
            diffuser.process(&mut diffuse);
        }

        let mut x = [[0.0f32; QUANTUM]; LINES];
        for line in 0..LINES {
            let loss = self.loss[line];
            let moved;
            let run: &[f32; QUANTUM + 4] =
                match MOVING.iter().position(|(moving, ..)| *moving == line) {
                    None => self.lines[line].run(LENGTHS[line] + 2),
                    Some(i) => {
                        moved = self.moved_run(i);
                        &moved
                    }
                };
            for i in 0..QUANTUM {
                let near = run[i + 1] + run[i + 3];
                let far = run[i] + run[i + 4];
                x[line][i] = loss.centre * run[i + 2] + (loss.near * near + loss.far * far);
            }
        }

        sum_signed(&x, LEFT, left);
        sum_signed(&x, RIGHT, right);
        let loudest = peak(left).max(peak(right)).max(loudest);
        hadamard(&mut x);
        for (line, x) in x.iter_mut().enumerate() {
            let sign = sign(INTO, line);
            for i in 0..QUANTUM {
                x[i] = flush(x[i] * 0.25 + sign * diffuse[i]);
            }
        }
        for (line, x) in self.lines.iter_mut().zip(&x) {
            line.write(x);
        }
        self.quiet = if loudest > SILENCE { 0 } else { self.quiet + 1 };
        true
    }

    /// The input some time ago; while the time asked for changes, a cross-fade over one quantum.
    #[inline(always)]
    fn pre_delayed(&mut self, input: &[f32; QUANTUM]) -> [f32; QUANTUM] {
        let mut out: [f32; QUANTUM] = *self.pre_delay.run(self.pre_delay_frames);
        if self.pre_delay_next != self.pre_delay_frames {
            // At most eight frames a quantum, so that a sweep of the control stays smooth.
            let now = self.pre_delay_frames;
            let next = self.pre_delay_next.clamp(now - 8, now + 8);
            let other: &[f32; QUANTUM] = self.pre_delay.run(next);
            for i in 0..QUANTUM {
                out[i] += (other[i] - out[i]) * ((FRAMES[i] + 1.0) * (1.0 / QUANTUM as f32));
            }
            self.pre_delay_frames = next;
        }
        self.pre_delay.write(input);
        out
    }

    /// A run of moving line `i`, read between samples with a cubic (Lagrange) interpolation.
    #[inline(always)]
    fn moved_run(&mut self, i: usize) -> [f32; QUANTUM + 4] {
        let (line, depth, hz) = MOVING[i];
        let phase = self.phase[i] + hz * QUANTUM as f32 / SAMPLE_RATE as f32;
        self.phase[i] = if phase >= 1.0 { phase - 1.0 } else { phase };
        let before = self.offset[i];
        let after = depth * sin_turns(self.phase[i]);
        self.offset[i] = after;
        // Whole frames are constant over the quantum; the fraction may pass 0 or 1 a little.
        let shift = 16.0;
        let whole = (before + shift) as usize;
        let from = before + shift - whole as f32;
        let step = (after - before) * (1.0 / QUANTUM as f32);
        // A longer delay is an earlier sample: the fraction points backwards.
        let run: &[f32; QUANTUM + 7] =
            self.lines[line].run(LENGTHS[line] + 2 + whole + 2 - shift as usize);
        let mut out = [0.0f32; QUANTUM + 4];
        for n in 0..QUANTUM + 4 {
            let t = from + step * RUN_FRAMES[n];
            let (later, here, back, far) = (run[n + 3], run[n + 2], run[n + 1], run[n]);
            let (u, w, z) = (t + 1.0, t - 1.0, t - 2.0);
            out[n] = (here * (0.5 * u * w * z) - back * (0.5 * u * t * z))
                + (far * (u * t * w) - later * (t * w * z)) * (1.0 / 6.0);
        }
        out
    }
}

/// The frames of a run: −2, −1, 0 … around the quantum.
const RUN_FRAMES: [f32; QUANTUM + 4] = {
    let mut frames = [0.0; QUANTUM + 4];
    let mut n = 0;
    while n < frames.len() {
        frames[n] = n as f32 - 2.0;
        n += 1;
    }
    frames
};

fn pre_delay_frames(ms: f32) -> usize {
    ((ms * 0.001 * SAMPLE_RATE as f32) as usize).clamp(QUANTUM + 8, PRE_DELAY_MAX - 8)
}

/// A quarter of the sum of all lines, with signs.
#[inline(always)]
fn sum_signed(x: &[[f32; QUANTUM]; LINES], pattern: u32, out: &mut [f32; QUANTUM]) {
    out.fill(0.0);
    for line in (0..LINES).step_by(4) {
        let s: [f32; 4] = core::array::from_fn(|k| 0.25 * sign(pattern, line + k));
        for i in 0..QUANTUM {
            out[i] += (s[0] * x[line][i] + s[1] * x[line + 1][i])
                + (s[2] * x[line + 2][i] + s[3] * x[line + 3][i]);
        }
    }
}

/// The Hadamard transform over the lines of each frame, four times too large: two rounds of four by four.
#[inline(always)]
fn hadamard(x: &mut [[f32; QUANTUM]; LINES]) {
    for stride in [1, 4] {
        for group in 0..4 {
            let first = if stride == 1 { 4 * group } else { group };
            let lines = [first, first + stride, first + 2 * stride, first + 3 * stride];
            let Ok([a, b, c, d]) = x.get_disjoint_mut(lines) else { return };
            for i in 0..QUANTUM {
                let (ab, cd) = (a[i] + b[i], c[i] + d[i]);
                let (ba, dc) = (a[i] - b[i], c[i] - d[i]);
                a[i] = ab + cd;
                b[i] = ba + dc;
                c[i] = ab - cd;
                d[i] = ba - dc;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{band, db, impulse_response, rt60};

    fn response(rt60_s: f32, pre_delay_ms: f32, seconds: f64) -> [Vec<f64>; 2] {
        let mut reverb = Reverb::new(rt60_s, pre_delay_ms);
        impulse_response(seconds, |input| {
            let mut out = [[0.0f32; QUANTUM]; 2];
            let [left, right] = &mut out;
            reverb.process(input, left, right);
            out
        })
    }

    #[test]
    fn each_octave_decays_in_the_time_asked_for() {
        for asked in [1.2, 2.0, 2.5, 3.0, 5.0] {
            let [left, right] = response(asked, 35.0, f64::from(asked) * 1.8);
            for octave in 0..6 {
                let hz = 125.0 * f64::from(1 << octave);
                let measured =
                    rt60(&[&left, &right].map(|channel| band(channel, hz / 1.414, hz * 1.414)));
                let error = measured / f64::from(asked) - 1.0;
                assert!(error.abs() < 0.05, "{asked} s asked, {measured:.2} s at {hz} Hz");
            }
        }
    }

    #[test]
    fn the_treble_dies_sooner() {
        let [left, _] = response(2.5, 35.0, 4.0);
        let measured = rt60(&[band(&left, 8000.0, 14_000.0)]);
        assert!((1.0..2.2).contains(&measured), "{measured} s above 8 kHz");
    }

    #[test]
    fn the_echoes_are_diffuse_within_80_ms() {
        // J. S. Abel and P. Huang, "A simple, robust measure of reverberation echo density", AES 121, 2006: the
        // share of samples beyond one standard deviation, over what it is for Gaussian noise (0.3173).
        let [left, right] = response(2.5, 20.0, 0.5);
        for channel in [left, right] {
            let onset = channel.iter().position(|x| x.abs() > 1e-6).unwrap();
            let window = &channel[onset + 3528 - 882..onset + 3528 + 882];
            let power = window.iter().map(|x| x * x).sum::<f64>() / window.len() as f64;
            let beyond = window.iter().filter(|x| **x * **x > power).count();
            let density = beyond as f64 / window.len() as f64 / 0.3173;
            assert!(density > 0.85, "echo density {density:.2} 80 ms after the onset");
        }
    }

    #[test]
    fn no_mode_rings_out_of_the_decay() {
        // The energy left late in the decay, in bands of a semitone: none stands 6 dB above those around it.
        let [left, _] = response(2.5, 35.0, 6.0);
        let late = &left[2 * 44_100..5 * 44_100];
        let levels: Vec<f64> = (0..60)
            .map(|semitone| {
                let hz = 110.0 * libm::exp2(f64::from(semitone) / 12.0);
                let energy: f64 = band(late, hz / 1.0293, hz * 1.0293).iter().map(|x| x * x).sum();
                10.0 * libm::log10(energy / hz)
            })
            .collect();
        for (i, level) in levels.iter().enumerate() {
            let around = &levels[i.saturating_sub(6)..(i + 7).min(levels.len())];
            let mut sorted = around.to_vec();
            sorted.sort_by(f64::total_cmp);
            let over = level - sorted[sorted.len() / 2];
            assert!(over < 6.0, "semitone {i} above A2 stands out by {over:.1} dB");
        }
    }

    #[test]
    fn left_and_right_are_decorrelated() {
        let [left, right] = response(2.5, 35.0, 3.0);
        let power = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        let cross: f64 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
        let correlation = cross / libm::sqrt(power(&left) * power(&right));
        assert!(correlation.abs() < 0.2, "{correlation}");
        let balance = db(libm::sqrt(power(&left) / power(&right)));
        assert!(balance.abs() < 1.0, "{balance} dB between left and right");
    }

    #[test]
    fn it_sleeps_when_it_has_died_away() {
        let mut reverb = Reverb::new(1.2, 20.0);
        let mut out = [[0.0f32; QUANTUM]; 2];
        let [left, right] = &mut out;
        let mut input = [0.0f32; QUANTUM];
        input[0] = 1.0;
        assert!(reverb.process(&input, left, right));
        let awake =
            (0..10_000).take_while(|_| reverb.process(&[0.0; QUANTUM], left, right)).count();
        assert!((1000..4000).contains(&awake), "asleep after {awake} quanta");
    }
}
