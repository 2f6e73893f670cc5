//! What the line remembers from note to note, and the rules that always hold.

use super::ratio::{Class, Owed};

/// The widest interval that needs no filling is a fourth; from here on it is a leap.
const LEAP_FROM: u8 = 6;

const OCTAVE: u16 = 12;

/// What the line remembers from note to note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Memory {
    pub(super) owed: Owed,
    pub(super) last: Option<u8>,
    before: Option<u8>,
    /// The last pitch that was not chromatic.
    pub(super) sung: Option<u8>,
    /// The last note is chromatic and waits for its resolution.
    pub(super) unresolved: bool,
}

impl Memory {
    /// Whether a line may remember this.
    pub(crate) fn is_sound(&self) -> bool {
        let pitches = [self.last, self.before, self.sung];
        self.owed.is_sound() && pitches.into_iter().flatten().all(|pitch| pitch <= 127)
    }

    /// Counts a note that is sung.
    pub(super) fn hear(&mut self, pitch: u8, class: Class) {
        self.owed.count(class);
        self.before = self.last.replace(pitch);
        self.unresolved = class == Class::Chromatic;
        self.sung = if self.unresolved { self.sung } else { Some(pitch) };
    }

    /// The way the line must turn back after a wide leap: -1 down, 1 up, 0 as it likes.
    fn must_turn(&self) -> i16 {
        match (self.before, self.last) {
            (Some(before), Some(last)) if before.abs_diff(last) >= LEAP_FROM => {
                if last > before {
                    -1
                } else {
                    1
                }
            }
            _ => 0,
        }
    }

    /// Whether the rules that always hold allow `pitch` next.
    pub(super) fn allows(&self, pitch: u8) -> bool {
        let Some(last) = self.last else { return true };
        let interval = i16::from(pitch) - i16::from(last);
        let turn = self.must_turn();
        let repeats = interval == 0 && self.before == Some(last);
        !repeats
            && interval.unsigned_abs() <= OCTAVE
            && (turn == 0 || (1..=4).contains(&(interval * turn)))
            && (!self.unresolved || matches!(interval.abs(), 1 | 2))
    }
}
