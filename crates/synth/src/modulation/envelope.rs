//! ADSR envelopes for all voices at once.
//!
//! Each is a one-pole that chases a target, as the charge of a capacitor does: the attack aims above
//! the top and ends on reaching it, decay aims at the sustain level, release below nothing and ends there.
//! The level is computed every [`BLOCK`] frames; amplitudes take its square, and the line between two values,
//! so they have no step, start gently and touch nothing without a corner.

use crate::elementary::exp2;
use crate::{BLOCK, HALF_RATE, LANES};

/// Where the attack aims.
const OVERSHOOT: f32 = 1.25;
/// Where the release aims. Its square is −60 dB: where nothing in the mix would leave a longer tail to be heard.
const UNDERSHOOT: f32 = -0.031_622_78;

/// Times in seconds, level 0 to 1 (of the envelope; the amplitude is its square).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adsr {
    pub(crate) attack_s: f32,
    /// Until 63 % of the way from the top to the sustain level.
    pub(crate) decay_s: f32,
    pub(crate) sustain: f32,
    /// Until silence, from the top.
    pub(crate) release_s: f32,
}

/// The envelopes of all voices.
#[derive(Clone, Debug)]
pub(crate) struct Envelopes {
    pub(crate) level: [f32; LANES],
    target: [f32; LANES],
    coefficient: [f32; LANES],
    sustain: [f32; LANES],
    decay: [f32; LANES],
    release: [f32; LANES],
}

/// The part of the way to its target that a one-pole covers in a block, for a time constant in seconds.
fn per_block(seconds: f32) -> f32 {
    let blocks = (seconds * HALF_RATE as f32 / BLOCK as f32).max(0.25);
    1.0 - exp2(-core::f32::consts::LOG2_E / blocks)
}

impl Envelopes {
    pub(crate) fn new() -> Self {
        let zero = [0.0; LANES];
        Self {
            level: zero,
            target: zero,
            coefficient: zero,
            sustain: zero,
            decay: zero,
            release: zero,
        }
    }

    /// Starts lane `lane` from silence.
    pub(crate) fn start(&mut self, lane: usize, adsr: &Adsr) {
        self.level[lane] = 0.0;
        self.target[lane] = OVERSHOOT;
        // ln(1.25 / 0.25): the time constants until the top is reached.
        self.coefficient[lane] = per_block(adsr.attack_s / 1.609_438);
        self.sustain[lane] = adsr.sustain;
        self.decay[lane] = per_block(adsr.decay_s);
        // ln(1 - 1 / UNDERSHOOT): the time constants until nothing is reached.
        self.release[lane] = per_block(adsr.release_s / 3.485_011);
    }

    /// Lets lane `lane` go.
    pub(crate) fn release(&mut self, lane: usize) {
        self.target[lane] = UNDERSHOOT;
        self.coefficient[lane] = self.release[lane];
    }

    /// Silences lane `lane` at once: only for a lane that is not heard.
    pub(crate) fn reset(&mut self, lane: usize) {
        self.level[lane] = 0.0;
        self.target[lane] = 0.0;
    }

    /// Lanes `a` and `b` change places.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        let Self { level, target, coefficient, sustain, decay, release } = self;
        for lanes in [level, target, coefficient, sustain, decay, release] {
            lanes.swap(a, b);
        }
    }

    /// Whether lane `lane` has been let go and has faded.
    #[inline(always)]
    pub(crate) fn ended(&self, lane: usize) -> bool {
        self.target[lane] <= 0.0 && self.level[lane] == 0.0
    }

    /// Moves on by one block.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        for l in 0..LANES {
            let level = self.level[l] + (self.target[l] - self.level[l]) * self.coefficient[l];
            let top = level >= 1.0;
            let level = if top { 1.0 } else { level };
            self.target[l] = if top { self.sustain[l] } else { self.target[l] };
            self.coefficient[l] = if top { self.decay[l] } else { self.coefficient[l] };
            self.level[l] = if level > 0.0 { level } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADSR: Adsr = Adsr { attack_s: 0.5, decay_s: 0.4, sustain: 0.6, release_s: 1.0 };
    const BLOCKS_PER_S: f32 = HALF_RATE as f32 / BLOCK as f32;

    fn run(envelopes: &mut Envelopes, seconds: f32) -> Vec<f32> {
        (0..(seconds * BLOCKS_PER_S) as usize)
            .map(|_| {
                envelopes.advance();
                envelopes.level[3] * envelopes.level[3]
            })
            .collect()
    }

    #[test]
    fn attack_decay_sustain_and_release_take_the_times_they_are_given() {
        let mut envelopes = Envelopes::new();
        envelopes.start(3, &ADSR);
        let attack = run(&mut envelopes, 0.6);
        let top = attack.iter().position(|level| *level == 1.0).unwrap() as f32 / BLOCKS_PER_S;
        assert!((top - 0.5).abs() < 0.01, "the attack took {top} s");
        // One time constant after the top: 0.6 + 0.4 / e, squared.
        let mut rest = attack[(top * BLOCKS_PER_S) as usize..].to_vec();
        rest.extend(run(&mut envelopes, 4.0));
        let level = rest[(0.4 * BLOCKS_PER_S) as usize];
        assert!((level - 0.558).abs() < 0.01, "{level} after one decay time");
        let sustained = *rest.last().unwrap();
        assert!((sustained - 0.36).abs() < 1e-3, "{sustained}");

        envelopes.start(3, &Adsr { sustain: 1.0, ..ADSR });
        run(&mut envelopes, 0.6);
        envelopes.release(3);
        let tail = run(&mut envelopes, 3.0);
        let silent = tail.iter().position(|level| *level == 0.0).unwrap();
        let seconds = silent as f32 / BLOCKS_PER_S;
        assert!((seconds - 1.0).abs() < 0.01, "silence took {seconds} s");
        assert!(tail[silent..].iter().all(|level| *level == 0.0));
        assert!(envelopes.ended(3));
    }

    #[test]
    fn a_release_ends_without_a_corner() {
        let mut envelopes = Envelopes::new();
        envelopes.start(3, &ADSR);
        run(&mut envelopes, 4.0);
        envelopes.release(3);
        let tail = run(&mut envelopes, 2.0);
        let steps: Vec<f32> = tail.windows(2).map(|pair| pair[0] - pair[1]).collect();
        assert!(steps.windows(2).all(|pair| pair[1] <= pair[0]), "it falls faster again");
        let last = steps.iter().rfind(|step| **step > 0.0);
        assert!(last.is_some_and(|last| *last < 1e-6), "it ends with a step of {last:?}");
    }

    #[test]
    fn no_envelope_has_a_step() {
        let mut envelopes = Envelopes::new();
        envelopes.start(3, &Adsr { attack_s: 0.004, decay_s: 0.05, sustain: 0.2, release_s: 0.02 });
        let mut levels = vec![0.0];
        levels.extend(run(&mut envelopes, 0.3));
        envelopes.release(3);
        levels.extend(run(&mut envelopes, 0.3));
        assert_eq!(levels.last(), Some(&0.0));
        // Lines of a block between values: the steepest would rise by 1 in 2 ms.
        let steepest = BLOCK as f32 / (0.002 * HALF_RATE as f32);
        for pair in levels.windows(2) {
            assert!((pair[1] - pair[0]).abs() < steepest, "{pair:?}");
        }
    }
}
