//! The ping-pong delay: two taps, left then right, an eighth note apart.
//!
//! The input enters the left line; each line's tap feeds the other line. At 60 to 120 beats a minute an
//! eighth lasts 500 to 250 ms. When the tempo moves, the taps cross-fade to the new time, so no
//! echo bends in pitch. A low-pass in the loop darkens each repeat.

use super::delay_line::DelayLine;
use super::tap::Tap;
use crate::elementary::peak;
use crate::simd::{Floats, steps};
use crate::{HALF_QUANTUM, HALF_RATE};

/// The longest echo: 500 ms.
const DELAY_MAX: usize = HALF_RATE as usize / 2;
/// Quanta that a cross-fade to another time takes: 46 ms.
pub(crate) const FADE_QUANTA: u32 = 8;
/// Below this level the echoes have died away.
const SILENCE: f32 = 1e-8;

/// The delay of one station.
#[derive(Clone, Debug)]
pub(crate) struct Delay {
    lines: [DelayLine<HALF_QUANTUM>; 2],
    quiet: u32,
}

/// Frames in an eighth note at a tempo, held inside 250 to 500 ms.
pub(crate) fn eighth_frames(bpm: f64) -> usize {
    let frames = f64::from(HALF_RATE) * 30.0 / bpm;
    (frames as usize).clamp(DELAY_MAX / 2, DELAY_MAX)
}

impl Delay {
    /// Lines of a delay.
    pub(crate) const LINES: usize = 2;

    /// A silent delay.
    pub(crate) fn new() -> Self {
        let line = DelayLine::new(DELAY_MAX + 4);
        Self { lines: [line.clone(), line], quiet: u32::MAX }
    }

    /// Forgets what is in one of its lines, which must all be forgotten before it goes on.
    pub(crate) fn clear(&mut self, line: usize) {
        self.lines[line % Self::LINES].clear();
        self.quiet = u32::MAX;
    }

    /// Delays `input` into `left` and `right`, by what `tap` says. Feedback below 1. False, and nothing done, when all
    /// is silent.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        input: &[f32; HALF_QUANTUM],
        tap: &Tap,
        feedback: f32,
        left: &mut [f32; HALF_QUANTUM],
        right: &mut [f32; HALF_QUANTUM],
    ) -> bool {
        let sounds = peak::<V>(input) > SILENCE;
        // Until whatever is in a line has come out.
        if !sounds && self.quiet > (DELAY_MAX / HALF_QUANTUM) as u32 + 2 {
            return false;
        }
        for (out, line) in [&mut *left, &mut *right].into_iter().zip(&self.lines) {
            let now = line.run(tap.frames() + 1);
            match tap.fade() {
                None => {
                    for at in steps::<V>(HALF_QUANTUM) {
                        darkened::<V>(now, at).store(&mut out[..], at);
                    }
                }
                Some((next, share)) => {
                    let next = line.run(next + 1);
                    for at in steps::<V>(HALF_QUANTUM) {
                        let (now, next) = (darkened::<V>(now, at), darkened::<V>(next, at));
                        (now + (next - now) * share.at(at)).store(&mut out[..], at);
                    }
                }
            }
        }
        let mut into = [[0.0f32; HALF_QUANTUM]; 2];
        for at in steps::<V>(HALF_QUANTUM) {
            let (left, right) = (V::load(left, at), V::load(right, at));
            let first = V::load(input, at) + V::splat(feedback) * right;
            first.flush().store(&mut into[0], at);
            left.flush().store(&mut into[1], at);
        }
        let sounds = sounds || peak::<V>(left) > SILENCE || peak::<V>(right) > SILENCE;
        self.quiet = if sounds { 0 } else { self.quiet.saturating_add(1) };
        self.lines[0].write(&into[0]);
        self.lines[1].write(&into[1]);
        true
    }
}

/// A run without its first and last sample, through the low-pass (1, 8, 1) / 10: from frame `at` on.
#[inline(always)]
fn darkened<V: Floats>(run: &[f32; HALF_QUANTUM + 2], at: usize) -> V {
    let around = V::load(run, at) + V::load(run, at + 2);
    V::splat(0.1) * around + V::splat(0.8) * V::load(run, at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::impulse_response;

    #[test]
    fn the_echoes_come_in_eighths_left_then_right_within_250_to_500_ms() {
        for bpm in [60.0, 70.0, 97.3, 120.0] {
            let mut delay = Delay::new();
            let tap = Tap::new(eighth_frames(bpm), FADE_QUANTA);
            let [left, right] = impulse_response(2.5, |input| {
                let mut out = [[0.0f32; HALF_QUANTUM]; 2];
                let [left, right] = &mut out;
                delay.process::<f32>(input, &tap, 0.4, left, right);
                out
            });
            let loudest = |x: &[f64]| {
                let at = (0..x.len()).max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap();
                (at, x[at])
            };
            let eighth = f64::from(HALF_RATE) * 30.0 / bpm;
            assert!((5512.0..=11_025.0).contains(&eighth));
            let (first, _) = loudest(&left);
            let (second, _) = loudest(&right);
            assert!((first as f64 - eighth).abs() <= 1.0, "{first} frames at {bpm}");
            assert!((second as f64 - 2.0 * eighth).abs() <= 2.0, "{second} frames at {bpm}");
            let (third, level) = loudest(&left[second..]);
            assert!(((third + second) as f64 - 3.0 * eighth).abs() <= 3.0);
            assert!(level < left[first] * 0.4, "repeats fade");
        }
    }

    #[test]
    fn a_tempo_change_bends_no_echo() {
        // A steady tone through the delay keeps its frequency while the tempo doubles: its level between
        // samples never jumps, and its zero crossings keep their distance.
        let mut delay = Delay::new();
        let mut tap = Tap::new(eighth_frames(60.0), FADE_QUANTA);
        let mut out = Vec::new();
        for quantum in 0..2000usize {
            let input = core::array::from_fn(|i| {
                crate::elementary::sin_turns(((quantum * HALF_QUANTUM + i) % 100) as f32 * 0.01)
            });
            if quantum > 1000 {
                tap.advance(eighth_frames(60.0 + (quantum - 1000) as f64 * 0.06), usize::MAX / 2);
            }
            let mut block = [[0.0f32; HALF_QUANTUM]; 2];
            let [left, right] = &mut block;
            delay.process::<f32>(&input, &tap, 0.0, left, right);
            out.extend_from_slice(left);
        }
        let steady = &out[30_000..];
        let steepest = steady.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.066, "{steepest}: a sine of 441 Hz moves by at most 0.063 a frame");
    }
}
