//! The reverb: a feedback delay network of sixteen lines (J.-M. Jot and A. Chaigne, "Digital delay networks for
//! designing artificial reverberators", AES 90, 1991) behind a chain of all-pass diffusers.
//!
//! From the reverberation time to a gain: in `t60` seconds the sound falls by 60 dB, so a line of `d` seconds
//! must take `60 d / t60` dB away each time round: gain `10^(−3 d / t60)`. A Hadamard matrix, which loses
//! nothing, mixes the lines. Two of them move by a few samples, slowly, which smears the modes so that
//! none rings; being read between samples they lose treble, above 4 kHz, and since all mix with all it
//! dies sooner everywhere.
//!
//! Every line is longer than a quantum, so a whole quantum is computed without feedback inside it, and
//! all loops run over frames.

use super::allpass::Allpass;
use super::delay_line::DelayLine;
use super::tap::Tap;
use crate::elementary::{Slope, exp2, peak, sin_turns};
use crate::simd::{Floats, neighbours, steps};
use crate::{HALF_QUANTUM, HALF_RATE};

const LINES: usize = 16;
/// Frames of each line: primes from 31 to 112 ms, spread so that their echoes rarely meet.
const LENGTHS: [usize; LINES] =
    [683, 751, 821, 887, 977, 1063, 1153, 1259, 1373, 1487, 1613, 1747, 1901, 2063, 2251, 2477];
/// Frames and gains of the diffusers.
const DIFFUSERS: [(usize, f32); 5] = [(59, 0.7), (89, 0.7), (151, 0.65), (251, 0.62), (409, 0.6)];
/// The lines that move, how far in frames, and how fast in hertz.
const MOVING: [(usize, f32, f32); 2] = [(5, 6.0, 0.31), (12, 5.5, 0.23)];
/// More frames than a line moves by.
const SHIFT: usize = 8;
/// Where left and right listen: rows of the Hadamard matrix, which mixes the lines in any case.
const LEFT: usize = 15;
const RIGHT: usize = 6;
/// Where the input enters with its sign turned: another row of the matrix, a bit for each line.
const INTO: u32 = 0b0101_1010_0101_1010;
/// The longest pre-delay: 50 ms.
const PRE_DELAY_MAX: usize = HALF_RATE as usize / 20;
/// Below this level the reverb has died away.
const SILENCE: f32 = 1e-8;

/// The room that is heard in one quantum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    /// The reverberation time in seconds.
    pub(crate) rt60_s: f32,
    /// Until the first of it is heard.
    pub(crate) pre_delay: Tap,
}

/// The reverb of one span.
#[derive(Debug)]
pub(crate) struct Reverb {
    lines: [DelayLine<HALF_QUANTUM>; LINES],
    /// Gain of each line, with the quarter that makes the matrix orthonormal.
    gains: [f32; LINES],
    rt60_s: f32,
    diffusers: [Allpass; DIFFUSERS.len()],
    pre_delay: DelayLine<HALF_QUANTUM>,
    /// The runs of the lines that move.
    moved: [[f32; HALF_QUANTUM]; MOVING.len()],
    quiet: u32,
}

impl Reverb {
    /// Pieces that [`Reverb::clear`] clears one at a time.
    pub(crate) const PIECES: usize = LINES + 1;

    /// A silent reverb.
    pub(crate) fn new() -> Self {
        Self {
            lines: LENGTHS.map(|length| DelayLine::new(length + 2 * SHIFT)),
            gains: [0.0; LINES],
            rt60_s: 0.0,
            diffusers: DIFFUSERS.map(|(delay, gain)| Allpass::new(delay, gain)),
            pre_delay: DelayLine::new(PRE_DELAY_MAX),
            moved: [[0.0; HALF_QUANTUM]; MOVING.len()],
            quiet: u32::MAX,
        }
    }

    /// Forgets what is in one of its pieces, which must all be forgotten before it goes on.
    pub(crate) fn clear(&mut self, piece: usize) {
        if let Some(line) = self.lines.get_mut(piece) {
            line.clear();
        } else {
            self.pre_delay.clear();
            self.diffusers.iter_mut().for_each(Allpass::clear);
        }
        self.quiet = u32::MAX;
    }

    /// Asks for a reverberation time in seconds.
    #[inline(always)]
    fn set(&mut self, rt60_s: f32) {
        if rt60_s == self.rt60_s {
            return;
        }
        self.rt60_s = rt60_s;
        // −3 log2(10) d / t60.
        let octaves_per_frame = -9.965_784 / (rt60_s * HALF_RATE as f32);
        for (gain, length) in self.gains.iter_mut().zip(LENGTHS) {
            *gain = 0.25 * exp2(octaves_per_frame * length as f32);
        }
    }

    /// Reverberates `input` into `left` and `right` in a quantum, in which the room is this. False, and nothing done,
    /// when all is silent.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        quantum: u64,
        room: &Room,
        input: &[f32; HALF_QUANTUM],
        left: &mut [f32; HALF_QUANTUM],
        right: &mut [f32; HALF_QUANTUM],
    ) -> bool {
        let sounds = peak::<V>(input) > SILENCE;
        // Until whatever is in the pre-delay and the longest line has come out.
        let longest = (PRE_DELAY_MAX + LENGTHS[LINES - 1] + 1024) / HALF_QUANTUM;
        if !sounds && self.quiet > longest as u32 {
            return false;
        }

        self.set(room.rt60_s);
        let mut diffuse = self.pre_delayed::<V>(&room.pre_delay, input);
        for diffuser in &mut self.diffusers {
            diffuser.process::<V>(&mut diffuse);
        }
        for i in 0..MOVING.len() {
            self.move_run::<V>(i, quantum);
        }
        let mut delay = LENGTHS.into_iter();
        let mut lines =
            self.lines.each_mut().map(|line| line.run_and_next(delay.next().unwrap_or(0)));
        for (i, (line, ..)) in MOVING.iter().enumerate() {
            lines[*line].0 = &self.moved[i];
        }
        for at in steps::<V>(HALF_QUANTUM) {
            let mut mixed = [V::splat(0.0); LINES];
            for line in 0..LINES {
                mixed[line] = V::splat(self.gains[line]) * V::load(lines[line].0, at);
            }
            hadamard(&mut mixed);
            // What comes in is not heard before it has gone through a line.
            mixed[LEFT].store(left, at);
            mixed[RIGHT].store(right, at);
            let diffuse = V::load(&diffuse, at);
            let signed = [diffuse, V::splat(0.0) - diffuse];
            for line in 0..LINES {
                let turned = (INTO >> line & 1) as usize;
                (mixed[line] + signed[turned]).store(lines[line].1, at);
            }
        }
        for line in &mut self.lines {
            line.advance();
        }
        let sounds = sounds || peak::<V>(left) > SILENCE || peak::<V>(right) > SILENCE;
        self.quiet = if sounds { 0 } else { self.quiet.saturating_add(1) };
        true
    }

    /// The input some time ago.
    #[inline(always)]
    fn pre_delayed<V: Floats>(
        &mut self,
        tap: &Tap,
        input: &[f32; HALF_QUANTUM],
    ) -> [f32; HALF_QUANTUM] {
        let mut out: [f32; HALF_QUANTUM] = *self.pre_delay.run(tap.frames());
        if let Some((next, share)) = tap.fade() {
            let other: &[f32; HALF_QUANTUM] = self.pre_delay.run(next);
            for at in steps::<V>(HALF_QUANTUM) {
                let now = V::load(&out, at);
                (now + (V::load(other, at) - now) * share.at(at)).store(&mut out, at);
            }
        }
        self.pre_delay.write(input);
        out
    }

    /// Goes on with the run of the `i`th moving line, read between samples with a cubic (Lagrange)
    /// interpolation.
    #[inline(always)]
    fn move_run<V: Floats>(&mut self, i: usize, quantum: u64) {
        let line = MOVING[i].0;
        let (before, after) = (offset(i, quantum), offset(i, quantum + 1));
        // Whole frames are constant over the quantum; the fraction may pass 0 or 1 a little.
        let whole = (before + SHIFT as f32) as usize;
        let from = before + SHIFT as f32 - whole as f32;
        // A longer delay is an earlier sample: the fraction points backwards. It moves by a fraction
        // of a frame in a quantum, over which the weights move in straight lines.
        let run: &[f32; HALF_QUANTUM + 3] = self.lines[line].run(LENGTHS[line] + 2 + whole - SHIFT);
        let (now, next) = (lagrange(from), lagrange(from + after - before));
        let mut weights = [Slope::over(HALF_QUANTUM, 0.0, 0.0); 4];
        for tap in 0..4 {
            weights[tap] = Slope::over(HALF_QUANTUM, now[tap], next[tap]);
        }
        let moved = &mut self.moved[i];
        for at in steps::<V>(HALF_QUANTUM) {
            let mut taps = neighbours::<V, 4>(run, at);
            for tap in 0..4 {
                taps[tap] = weights[tap].at::<V>(at) * taps[tap];
            }
            ((taps[0] + taps[1]) + (taps[2] + taps[3])).store(moved, at);
        }
    }
}

/// The cubic through four samples, read `t` frames before the third, for `t` from 0 to 1: a weight for each.
#[inline(always)]
fn lagrange(t: f32) -> [f32; 4] {
    let (u, w, z) = (t + 1.0, t - 1.0, t - 2.0);
    let sixth = 1.0 / 6.0;
    [u * t * w * sixth, -0.5 * u * t * z, 0.5 * u * w * z, -(t * w * z) * sixth]
}

/// How far the `i`th moving line has moved where a quantum begins, in frames.
#[inline(always)]
fn offset(i: usize, quantum: u64) -> f32 {
    let (_, depth, hz) = MOVING[i];
    let step = (hz * (HALF_QUANTUM as f32 / HALF_RATE as f32 * 4_294_967_296.0)) as u32;
    let phase = step.wrapping_mul(quantum as u32).wrapping_add(i as u32 * (1 << 31));
    depth * sin_turns(phase as f32 * (1.0 / 4_294_967_296.0))
}

/// The frames of a pre-delay of 20 to 50 ms.
pub(crate) fn pre_delay_frames(ms: f32) -> usize {
    ((ms * 0.001 * HALF_RATE as f32) as usize).clamp(HALF_QUANTUM + 8, PRE_DELAY_MAX - 8)
}

/// The Hadamard transform over all lines, whose quarter is in their gains.
#[inline(always)]
fn hadamard<V: Floats>(x: &mut [V; LINES]) {
    butterflies::<V, 1>(x);
    butterflies::<V, 2>(x);
    butterflies::<V, 4>(x);
    butterflies::<V, 8>(x);
}

#[inline(always)]
fn butterflies<V: Floats, const STRIDE: usize>(x: &mut [V; LINES]) {
    for i in 0..LINES / 2 {
        let i = i / STRIDE * 2 * STRIDE + i % STRIDE;
        (x[i], x[i + STRIDE]) = (x[i] + x[i + STRIDE], x[i] - x[i + STRIDE]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{band, db, impulse_response, rt60};

    fn room(rt60_s: f32, pre_delay_ms: f32) -> Room {
        Room { rt60_s, pre_delay: Tap::new(pre_delay_frames(pre_delay_ms), 1) }
    }

    fn response(rt60_s: f32, pre_delay_ms: f32, seconds: f64) -> [Vec<f64>; 2] {
        let (mut reverb, mut quantum) = (Reverb::new(), 0..);
        let room = room(rt60_s, pre_delay_ms);
        impulse_response(seconds, |input| {
            let mut out = [[0.0f32; HALF_QUANTUM]; 2];
            let [left, right] = &mut out;
            reverb.process::<f32>(quantum.next().unwrap(), &room, input, left, right);
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
        let measured = rt60(&[band(&left, 7500.0, 9500.0)]);
        assert!((1.0..2.2).contains(&measured), "{measured} s above 7.5 kHz");
    }

    #[test]
    fn the_echoes_are_diffuse_within_80_ms() {
        // J. S. Abel and P. Huang, "A simple, robust measure of reverberation echo density", AES 121, 2006: the
        // share of samples beyond one standard deviation, over what it is for Gaussian noise (0.3173).
        let [left, right] = response(2.5, 20.0, 0.5);
        for channel in [left, right] {
            let onset = channel.iter().position(|x| x.abs() > 1e-6).unwrap();
            let middle = onset + HALF_RATE as usize * 80 / 1000;
            let window = &channel[middle - 441..middle + 441];
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
        let late = &left[2 * HALF_RATE as usize..5 * HALF_RATE as usize];
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
        let (mut reverb, room) = (Reverb::new(), room(1.2, 20.0));
        let mut out = [[0.0f32; HALF_QUANTUM]; 2];
        let [left, right] = &mut out;
        let mut input = [0.0f32; HALF_QUANTUM];
        input[0] = 1.0;
        assert!(reverb.process::<f32>(0, &room, &input, left, right));
        let silence = [0.0; HALF_QUANTUM];
        let awake = (1..10_000)
            .take_while(|quantum| reverb.process::<f32>(*quantum, &room, &silence, left, right))
            .count();
        let seconds = (awake * HALF_QUANTUM) as f32 / HALF_RATE as f32;
        assert!((1.4..5.8).contains(&seconds), "asleep after {seconds} s");
    }
}
