//! The transport: musical time as a function of the frame index, in integers.
//!
//! A tempo of `b` millionths of a beat a minute passes `b × 960 / (60 × 10⁶ × 44 100)` ticks a
//! frame, that is `b / 2 756 250 000`. So the position is counted in units of 1 / 2 756 250 000 tick:
//! each frame adds `b` units, exactly, for ever. A station neither drifts nor depends on how its
//! frames were cut into blocks.

use aeolian_score::control::value::Bpm;
use aeolian_score::time::{TICKS_PER_BEAT, Tick};

use crate::QUANTUM;

/// Position units in one tick: 60 × 10⁶ × 44 100 / 960.
const UNITS_PER_TICK: u64 = 60_000_000 * 44_100 / TICKS_PER_BEAT;

/// Position and tempo at the start of a quantum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    frame: u64,
    /// Whole ticks passed.
    tick: Tick,
    /// Units past `tick`, below [`UNITS_PER_TICK`].
    fraction: u64,
    /// Millionths of a beat a minute during this quantum.
    micro_bpm: u32,
    ramp: Ramp,
}

/// A tempo change in progress: linear in ticks, one beat long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ramp {
    from: u32,
    to: u32,
    start: Tick,
}

impl Transport {
    /// The transport of a station that is born with this tempo: frame 0, tick 0.
    #[must_use]
    pub fn new(bpm: Bpm) -> Self {
        let micro_bpm = bpm.micro();
        let ramp = Ramp { from: micro_bpm, to: micro_bpm, start: 0 };
        Self { frame: 0, tick: 0, fraction: 0, micro_bpm, ramp }
    }

    /// The first frame of the coming quantum: a multiple of [`QUANTUM`].
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// The first tick that has not been reached before the coming quantum.
    #[must_use]
    pub fn next_tick(&self) -> Tick {
        self.tick + Tick::from(self.fraction > 0)
    }

    /// The tempo of the coming quantum, in beats a minute.
    #[must_use]
    pub fn bpm(&self) -> f64 {
        f64::from(self.micro_bpm) / 1e6
    }

    /// The tempo of the coming quantum, in millionths of a beat a minute.
    pub(crate) fn micro_bpm(&self) -> u32 {
        self.micro_bpm
    }

    /// The tempo that the transport moves to, or has.
    #[must_use]
    pub fn target_micro_bpm(&self) -> u32 {
        self.ramp.to
    }

    /// Starts a ramp to another tempo, over the beat that begins now. Asking for the tempo that is
    /// already aimed at changes nothing.
    pub fn set_bpm(&mut self, bpm: Bpm) {
        if bpm.micro() != self.ramp.to {
            self.ramp = Ramp { from: self.micro_bpm, to: bpm.micro(), start: self.tick };
        }
    }

    /// Moves on by one quantum.
    pub fn advance(&mut self) {
        let units = self.fraction + u64::from(self.micro_bpm) * QUANTUM as u64;
        self.tick += units / UNITS_PER_TICK;
        self.fraction = units % UNITS_PER_TICK;
        self.frame += QUANTUM as u64;
        self.micro_bpm = self.ramp.at(self.tick);
    }

    /// Moves on to the first quantum that begins at `frame` or later, as [`Transport::advance`] does by
    /// one; does nothing when that has passed. Once the tempo stands it is one step, however far.
    pub fn advance_to(&mut self, frame: u64) {
        while self.frame < frame && self.micro_bpm != self.ramp.to {
            self.advance();
        }
        let frames = frame.saturating_sub(self.frame).next_multiple_of(QUANTUM as u64);
        let units = u128::from(self.micro_bpm) * u128::from(frames) + u128::from(self.fraction);
        let per_tick = u128::from(UNITS_PER_TICK);
        self.tick += (units / per_tick) as u64;
        self.fraction = (units % per_tick) as u64;
        self.frame += frames;
    }

    /// The first tick that the coming quantum does not reach: its notes are those that start in
    /// `next_tick()..end_tick()`.
    #[must_use]
    pub fn end_tick(&self) -> Tick {
        let mut after = *self;
        after.advance();
        after.next_tick()
    }

    /// The frame within the coming quantum at which `tick` is reached: 0 for a tick that has
    /// passed, [`QUANTUM`] or more for one that this quantum does not reach.
    #[must_use]
    pub fn offset_of(&self, tick: Tick) -> u64 {
        let Some(ticks) = tick.checked_sub(self.tick) else { return 0 };
        let units = ticks.saturating_mul(UNITS_PER_TICK).saturating_sub(self.fraction);
        units.div_ceil(u64::from(self.micro_bpm))
    }

    /// The start of the quantum whose [`Transport::next_tick`] to [`Transport::end_tick`] hold `tick`, if the tempo that is
    /// aimed at stays; exact under that condition. That is where a note of this tick begins, though the frame at which it is
    /// reached may be the first of the next quantum. A tick that has passed gives the coming quantum.
    #[must_use]
    pub fn quantum_of(&self, tick: Tick) -> u64 {
        let mut at = *self;
        while at.micro_bpm != at.ramp.to && at.end_tick() <= tick {
            at.advance();
        }
        let Some(ticks) = tick.checked_sub(at.tick) else { return at.frame };
        let units = ticks.saturating_mul(UNITS_PER_TICK).saturating_sub(at.fraction);
        let quanta = units / (u64::from(at.micro_bpm) * QUANTUM as u64);
        if tick < at.end_tick() { at.frame } else { at.frame + quanta * QUANTUM as u64 }
    }

    /// The frame at which `tick` will be reached if the tempo that is aimed at stays; exact under
    /// that condition. A tick that has passed gives the coming frame.
    #[must_use]
    pub fn frame_of(&self, tick: Tick) -> u64 {
        let mut at = *self;
        while at.micro_bpm != at.ramp.to && at.offset_of(tick) >= QUANTUM as u64 {
            at.advance();
        }
        at.frame + at.offset_of(tick)
    }
}

impl Ramp {
    fn at(self, tick: Tick) -> u32 {
        let passed = (tick - self.start).min(TICKS_PER_BEAT) as i64;
        let change = (i64::from(self.to) - i64::from(self.from)) * passed / TICKS_PER_BEAT as i64;
        (i64::from(self.from) + change) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bpm(bpm: f64) -> Bpm {
        Bpm::new(bpm).unwrap()
    }

    #[test]
    fn a_day_of_bars_drifts_by_no_frame() {
        let mut transport = Transport::new(bpm(70.0));
        for _ in 0..24 * 3600 * 44_100 / QUANTUM {
            transport.advance();
        }
        // 70 beats a minute, 960 ticks a beat: 24 h hold 96 768 000 ticks.
        let frames_left = 24 * 3600 * 44_100 - transport.frame();
        assert_eq!(transport.frame_of(96_768_000), transport.frame() + frames_left);
    }

    #[test]
    fn a_tempo_change_is_a_ramp_over_one_beat() {
        let mut transport = Transport::new(bpm(60.0));
        transport.set_bpm(bpm(120.0));
        let mut last = transport.bpm();
        while transport.next_tick() <= TICKS_PER_BEAT {
            transport.advance();
            assert!(transport.bpm() >= last && transport.bpm() - last < 0.8);
            last = transport.bpm();
        }
        assert_eq!(transport.bpm(), 120.0);
    }

    #[test]
    fn one_step_over_many_quanta_ends_where_quantum_by_quantum_does() {
        for (from, to, ramped) in [(60.0, 120.0, 3), (113.7, 61.1, 500), (71.234_567, 71.3, 90_000)]
        {
            let mut stepped = Transport::new(bpm(from));
            let mut at_once = stepped;
            for (frame, tempo) in [(256 * 1_001, to), (256 * (1_001 + ramped), from), (1 << 28, to)]
            {
                while stepped.frame() < frame {
                    stepped.advance();
                }
                at_once.advance_to(frame - 5);
                at_once.advance_to(frame - 200);
                assert_eq!(at_once, stepped);
                stepped.set_bpm(bpm(tempo));
                at_once.set_bpm(bpm(tempo));
            }
        }
        let mut far = Transport::new(bpm(120.0));
        far.advance_to(1 << 53);
        assert_eq!(
            far.frame_of(far.next_tick() + 1920 * 2) - far.frame_of(far.next_tick()),
            88_200
        );
    }

    #[test]
    fn a_predicted_quantum_is_the_one_whose_ticks_hold_the_tick() {
        for (from, to) in [(60.0, 120.0), (83.123_457, 83.123_457), (113.7, 61.1), (70.0, 70.0)] {
            let mut transport = Transport::new(bpm(from));
            transport.set_bpm(bpm(to));
            let predicted: Vec<u64> = (0..60_000).map(|tick| transport.quantum_of(tick)).collect();
            let mut early = 0;
            while transport.next_tick() < 60_000 {
                for tick in transport.next_tick()..transport.end_tick().min(60_000) {
                    assert_eq!(predicted[tick as usize], transport.frame(), "tick {tick}");
                    early += u32::from(transport.offset_of(tick) == QUANTUM as u64);
                }
                assert_eq!(transport.quantum_of(transport.next_tick() / 2), transport.frame());
                transport.advance();
            }
            assert!(early > 0 || from == to && from == 70.0, "some are reached in the next");
        }
    }

    #[test]
    fn a_predicted_frame_is_the_frame_at_which_the_tick_is_reached() {
        for (from, to) in [(60.0, 120.0), (113.7, 61.1), (70.0, 70.0)] {
            let mut transport = Transport::new(bpm(from));
            transport.set_bpm(bpm(to));
            let predicted: Vec<u64> = (0..5000).map(|tick| transport.frame_of(tick)).collect();
            while transport.next_tick() < 5000 {
                for tick in transport.next_tick()..transport.end_tick().min(5000) {
                    let reached = transport.frame() + transport.offset_of(tick);
                    assert_eq!(predicted[tick as usize], reached, "tick {tick}");
                }
                transport.advance();
            }
        }
    }
}
