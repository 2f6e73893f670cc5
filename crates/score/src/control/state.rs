//! The state of a station as a whole: its key, and how it differs from another.

use super::row::{Holds, Row};
use super::table::{Controls, REACH, ROWS};
use crate::key::Key;

impl Controls {
    /// The key that was asked for: tonic and mode.
    #[must_use]
    pub fn home(&self) -> Key {
        Key { tonic: self.key, mode: self.mode }
    }

    /// The rows in which these controls are not as `old`.
    pub fn changed_from(&self, old: &Self) -> impl Iterator<Item = &'static Row> {
        let rows = ROWS.iter().zip(REACH);
        rows.filter(|(_, reach)| !(reach.same)(self, old)).map(|(row, _)| row)
    }

    /// These controls, but as `old` in the rows that are heard at `holds`: what is heard while their
    /// time has not come.
    #[must_use]
    pub fn before(&self, holds: Holds, old: &Self) -> Self {
        let mut controls = *self;
        for (_, reach) in ROWS.iter().zip(REACH).filter(|(row, _)| row.holds == holds) {
            (reach.copy)(old, &mut controls);
        }
        controls
    }
}
