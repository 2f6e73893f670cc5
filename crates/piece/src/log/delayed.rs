//! A change that waits for its bar or phrase.

use aeolian_score::Change;
use aeolian_score::control::change::Apply;
use aeolian_score::time::Tick;

use super::to_line;

/// An accepted change that does not hold yet. Its revision is that of the entry that it becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Delayed {
    /// Where the bar or phrase begins that it waits for.
    pub tick: Tick,
    /// The revision that it made.
    pub revision: u64,
    /// What was asked. Its `apply` is `now`: it holds once its tick has come.
    pub change: Change,
}

impl Delayed {
    /// A change that waits for `tick`.
    #[must_use]
    pub fn new(tick: Tick, revision: u64, change: &Change) -> Self {
        Self { tick, revision, change: Change { apply: Apply::Now, ..change.clone() } }
    }

    /// One line of JSON, without the line feed.
    #[must_use]
    pub fn to_line(&self) -> String {
        to_line(("tick", self.tick), self.revision, &self.change)
    }

    /// Puts those first that hold first.
    pub fn sort(all: &mut [Self]) {
        all.sort_by_key(|delayed| (delayed.tick, delayed.revision));
    }
}
