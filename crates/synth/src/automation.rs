//! The automation: where the tempo and all controls stand, as a function of the frame and of what was asked for.
//!
//! It hears nothing, so it can be moved on to any frame alone: quantum by quantum while something moves, and in one
//! step where all rests.

use aeolian_score::Controls;

use crate::QUANTUM;
use crate::fx::delay::{self, eighth_frames};
use crate::fx::reverb::{Room, pre_delay_frames};
use crate::fx::tap::Tap;
use crate::mix::mapping::{Faders, Settings};
use crate::transport::Transport;

/// Frames that the pre-delay moves by in a quantum, so that a sweep of the control stays smooth.
const PRE_DELAY_STEP: usize = 16;

/// The tempo and all controls of one station, before a quantum or in it.
#[derive(Clone, Debug)]
pub struct Automation {
    transport: Transport,
    faders: Faders,
    /// Where the faders stand when the quantum begins, and when it ends.
    before: Settings,
    after: Settings,
    echo: Tap,
    pre_delay: Tap,
}

impl Automation {
    /// The automation of the station with this seed, which is born with these controls.
    #[must_use]
    pub fn new(seed: u64, controls: &Controls) -> Self {
        Self::at_rest(seed, controls, Transport::new(controls.bpm))
    }

    /// The automation where `transport` stands and all controls have come to rest.
    #[must_use]
    pub fn at_rest(seed: u64, controls: &Controls, transport: Transport) -> Self {
        let faders = Faders::new(seed, controls);
        let settings = faders.settings(quantum_of(&transport));
        Self {
            echo: Tap::new(eighth_frames(transport.bpm()), delay::FADE_QUANTA),
            pre_delay: Tap::new(pre_delay_frames(settings.pre_delay_ms), 1),
            transport,
            faders,
            before: settings,
            after: settings,
        }
    }

    /// Where the music stands.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Moves towards other controls from the coming quantum on.
    pub fn set(&mut self, controls: &Controls) {
        self.transport.set_bpm(controls.bpm);
        self.faders.set(controls);
    }

    /// Moves on to the first quantum that begins at `frame` or later; does nothing when that has passed.
    pub fn advance_to(&mut self, frame: u64) {
        while self.transport.frame() < frame {
            if self.rests() {
                self.transport.advance_to(frame);
                self.after = self.faders.settings(self.quantum());
            } else {
                self.enter();
                self.leave();
            }
        }
    }

    /// Whether nothing moves but the music itself.
    fn rests(&self) -> bool {
        self.transport.target_micro_bpm() == self.transport.micro_bpm()
            && self.echo.rests_at(eighth_frames(self.transport.bpm()))
            && self.pre_delay.rests_at(pre_delay_frames(self.after.pre_delay_ms))
            && self.faders.rest()
    }

    /// Enters the coming quantum.
    #[inline(always)]
    pub(crate) fn enter(&mut self) {
        self.faders.advance();
        self.before = self.after;
        self.after = self.faders.settings(self.quantum() + 1);
        self.echo.advance(eighth_frames(self.transport.bpm()), usize::MAX / 2);
        self.pre_delay.advance(pre_delay_frames(self.after.pre_delay_ms), PRE_DELAY_STEP);
    }

    /// Leaves the quantum that was entered.
    #[inline(always)]
    pub(crate) fn leave(&mut self) {
        self.transport.advance();
    }

    /// Which quantum: its first frame is [`QUANTUM`] times that.
    #[inline(always)]
    pub(crate) fn quantum(&self) -> u64 {
        quantum_of(&self.transport)
    }

    /// Where the faders stand when the quantum that was entered begins, and when it ends.
    #[inline(always)]
    pub(crate) fn settings(&self) -> [&Settings; 2] {
        [&self.before, &self.after]
    }

    /// Where the delay is read in the quantum that was entered.
    #[inline(always)]
    pub(crate) fn echo(&self) -> &Tap {
        &self.echo
    }

    /// The room that is heard in the quantum that was entered.
    #[inline(always)]
    pub(crate) fn room(&self) -> Room {
        Room { rt60_s: self.after.rt60_s, pre_delay: self.pre_delay }
    }
}

fn quantum_of(transport: &Transport) -> u64 {
    transport.frame() / QUANTUM as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_score::Change;
    use aeolian_score::rng::Rng;

    fn shown(automation: &Automation) -> String {
        let Automation { transport, after, echo, pre_delay, faders, .. } = automation;
        format!("{transport:?} {after:?} {echo:?} {pre_delay:?} {faders:?}")
    }

    #[test]
    fn a_leap_ends_where_quantum_by_quantum_does_whatever_was_asked_for() {
        let mut rng = Rng::at(3, 1, 0);
        let mut controls = Controls::default();
        let mut stepped = Automation::new(9, &controls);
        let mut leapt = stepped.clone();
        for round in 0..300 {
            let frames = u64::from(rng.below(1 << (8 + round % 13)));
            let frame = (stepped.transport().frame() + frames).next_multiple_of(QUANTUM as u64);
            while stepped.transport().frame() < frame {
                stepped.enter();
                stepped.leave();
            }
            leapt.advance_to(frame);
            assert_eq!(shown(&leapt), shown(&stepped), "round {round}");
            let change = serde_json::json!({
                "bpm": 60.0 + 60.0 * f64::from(rng.unit()), "space": rng.unit(),
                "intensity": rng.unit(), "parts": { "pad": rng.unit() }
            });
            let change = Change::from_json(change.as_object().unwrap()).unwrap();
            controls = change.applied_to(&controls);
            stepped.set(&controls);
            leapt.set(&controls);
        }
    }
}
