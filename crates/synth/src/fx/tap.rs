//! Where a delay is read, while the time asked for changes: a cross-fade, so nothing bends in pitch.

use crate::HALF_QUANTUM;
use crate::elementary::Slope;

/// Where a delay is read in one quantum, in frames back, and where the reading fades to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tap {
    now: usize,
    next: usize,
    /// Quanta that a fade takes, and those that have passed.
    quanta: u32,
    passed: u32,
}

impl Tap {
    /// A tap that rests; each fade will take so many quanta.
    pub(crate) fn new(frames: usize, quanta: u32) -> Self {
        Self { now: frames, next: frames, quanta, passed: 0 }
    }

    /// Moves on by a quantum, towards `aim`: a fade that is over may be followed by another, which goes `most`
    /// frames far.
    #[inline(always)]
    pub(crate) fn advance(&mut self, aim: usize, most: usize) {
        if self.now != self.next {
            self.passed += 1;
            if self.passed < self.quanta {
                return;
            }
            self.now = self.next;
        }
        self.passed = 0;
        self.next = aim.clamp(self.now.saturating_sub(most), self.now + most);
    }

    /// Whether it reads at `aim` and has done so for the whole quantum.
    #[inline(always)]
    pub(crate) fn rests_at(&self, aim: usize) -> bool {
        self.now == aim && self.next == aim
    }

    /// Frames back, where the fade comes from.
    #[inline(always)]
    pub(crate) fn frames(&self) -> usize {
        self.now
    }

    /// Frames back where the fade goes to, and the share of what is read there; none where nothing fades.
    #[inline(always)]
    pub(crate) fn fade(&self) -> Option<(usize, Slope)> {
        let share = |passed| passed as f32 * (1.0 / self.quanta as f32);
        let line = || Slope::over(HALF_QUANTUM, share(self.passed), share(self.passed + 1));
        (self.now != self.next).then(|| (self.next, line()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_fades_in_steps_of_its_reach_and_comes_to_rest_at_its_aim() {
        let mut tap = Tap::new(100, 4);
        let mut heard = Vec::new();
        for _ in 0..16 {
            tap.advance(125, 10);
            heard.push((tap.frames(), tap.fade().map(|(next, share)| (next, share.from))));
        }
        let fade = |from, to| (0..4).map(move |k| (from, Some((to, k as f32 * 0.25))));
        let expected = fade(100, 110).chain(fade(110, 120)).chain(fade(120, 125));
        assert_eq!(heard[..12], expected.collect::<Vec<_>>());
        assert!(heard[12..].iter().all(|at| *at == (125, None)) && tap.rests_at(125));
    }
}
