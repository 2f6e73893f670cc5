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
use crate::elementary::{exp2, flush, sin_turns};
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
        let mut peak = 0.0f32;
        for x in input {
            peak = if x.abs() > peak { x.abs() } else { peak };
        }
        if peak > SILENCE {
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

        let mut loudest = 0.0f32;
        for i in 0..QUANTUM {
            let mut v = [0.0f32; LINES];
            let (mut l, mut r) = (0.0f32, 0.0f32);
            for line in 0..LINES {
                v[line] = x[line][i];
                l += sign(LEFT, line) * v[line];
                r += sign(RIGHT, line) * v[line];
            }
            left[i] = l * 0.25;
            right[i] = r * 0.25;
            loudest = if l.abs() > loudest { l.abs() } else { loudest };
            loudest = if r.abs() > loudest { r.abs() } else { loudest };
            hadamard(&mut v);
            for line in 0..LINES {
                x[line][i] = flush(v[line] * 0.25 + sign(INTO, line) * diffuse[i]);
            }
        }
        for (line, x) in self.lines.iter_mut().zip(&x) {
            line.write(x);
        }
        self.quiet = if loudest > SILENCE || peak > SILENCE { 0 } else { self.quiet + 1 };
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
                out[i] += (other[i] - out[i]) * ((i + 1) as f32 * (1.0 / QUANTUM as f32));
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
        for (n, out) in out.iter_mut().enumerate() {
            let t = from + step * (n as f32 - 2.0);
            let (later, here, back, far) = (run[n + 3], run[n + 2], run[n + 1], run[n]);
            let (u, w, z) = (t + 1.0, t - 1.0, t - 2.0);
            *out = (here * (0.5 * u * w * z) - back * (0.5 * u * t * z))
                + (far * (u * t * w) - later * (t * w * z)) * (1.0 / 6.0);
        }
        out
    }
}

fn pre_delay_frames(ms: f32) -> usize {
    ((ms * 0.001 * SAMPLE_RATE as f32) as usize).clamp(QUANTUM + 8, PRE_DELAY_MAX - 8)
}

/// The Hadamard transform of 16 values, four times too large.
#[inline(always)]
fn hadamard(v: &mut [f32; LINES]) {
    let mut half = 1;
    while half < LINES {
        let mut i = 0;
        while i < LINES {
            for j in i..i + half {
                let (a, b) = (v[j], v[j + half]);
                v[j] = a + b;
                v[j + half] = a - b;
            }
            i += 2 * half;
        }
        half *= 2;
    }
}
