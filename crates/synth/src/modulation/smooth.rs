//! A control that moves to where it is asked without a step.

use crate::elementary::exp2;
use crate::{QUANTUM, SAMPLE_RATE};

/// A value that approaches its target through two equal one-poles, quantum by quantum: it sets off gently
/// and never overshoots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smooth {
    before: f32,
    first: f32,
    now: f32,
    target: f32,
    coefficient: f32,
}

impl Smooth {
    /// A value that rests at `value`, and covers 59 % of any change in `time_ms`.
    pub(crate) fn new(value: f32, time_ms: f32) -> Self {
        let quanta = 0.5 * time_ms * 0.001 * SAMPLE_RATE as f32 / QUANTUM as f32;
        Self {
            before: value,
            first: value,
            now: value,
            target: value,
            coefficient: 1.0 - exp2(-core::f32::consts::LOG2_E / quanta),
        }
    }

    /// Asks for another value.
    #[inline(always)]
    pub(crate) fn set(&mut self, target: f32) {
        self.target = target;
    }

    /// Moves on by one quantum.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        self.before = self.now;
        self.first = towards(self.first, self.target, self.coefficient);
        self.now = towards(self.now, self.first, self.coefficient);
    }

    /// Whether it has arrived, and did not move in this quantum.
    #[inline(always)]
    pub(crate) fn rests(&self) -> bool {
        let Self { before, first, now, target, .. } = *self;
        before == target && first == target && now == target
    }

    /// The value at the end of the quantum.
    #[inline(always)]
    pub(crate) fn get(&self) -> f32 {
        self.now
    }
}

/// One step of a one-pole, which arrives once the rest cannot be heard.
#[inline(always)]
fn towards(now: f32, target: f32, coefficient: f32) -> f32 {
    let left = target - now;
    if left.abs() < 1e-5 { target } else { now + left * coefficient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_covers_59_percent_in_its_time_and_arrives() {
        let mut value = Smooth::new(0.0, 100.0);
        value.set(1.0);
        let quanta = (0.1 * SAMPLE_RATE as f32 / QUANTUM as f32) as usize;
        for _ in 0..quanta {
            value.advance();
        }
        assert!((value.get() - 0.594).abs() < 0.02, "{}", value.get());
        for _ in 0..quanta * 20 {
            value.advance();
        }
        assert_eq!(value.get(), 1.0);
    }
}
