//! The long-run shares of chord tones, scale tones and chromatic tones.
//!
//! Every note adds each class's share to what that class is owed and takes a whole note from the
//! class that it belongs to. What is owed steers the choice of the next notes, so the shares hold
//! over any long run, whatever the controls do: error diffusion, as in halftone printing.

use crate::key::PitchClass;
use crate::phrase::Chord;

/// What a melody note is against the chord that sounds when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A tone of the chord.
    Chord,
    /// Another tone of the chord's key.
    Scale,
    /// Any other tone.
    Chromatic,
}

/// The class of a pitch over a chord.
#[must_use]
pub fn classify(pitch: u8, chord: &Chord) -> Class {
    let tone = PitchClass::new(pitch);
    if chord.tones.contains(&tone) {
        Class::Chord
    } else if chord.key.contains(tone) {
        Class::Scale
    } else {
        Class::Chromatic
    }
}

/// Shares of the classes, in hundredths, in the order of [`Class`].
const SHARES: [i32; 3] = [70, 25, 5];

/// What each class is owed, in hundredths of a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Owed([i32; 3]);

/// Far more than any class is ever owed.
const OWED_MAX: i32 = 1 << 30;

impl Owed {
    /// Whether a class may be owed so much.
    pub(crate) fn is_sound(self) -> bool {
        self.0.iter().all(|owed| (-OWED_MAX..=OWED_MAX).contains(owed))
    }

    /// Counts a note.
    pub(crate) fn count(&mut self, class: Class) {
        for (owed, share) in self.0.iter_mut().zip(SHARES) {
            *owed += share;
        }
        self.0[class as usize] -= 100;
    }

    /// Notes that the class is owed; below zero when it has had more than its share.
    pub(crate) fn to(self, class: Class) -> f32 {
        self.0[class as usize] as f32 / 100.0
    }
}
