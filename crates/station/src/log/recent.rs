//! The end of a control log, as a station remembers it.

use std::collections::VecDeque;

use aeolian_piece::log::Entry;

/// How many entries a station remembers, about 120 bytes each: it may be steered for months.
const ENTRIES_MAX: usize = 1_024;

/// The latest entries of a control log, 1 024 at most.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    entries: VecDeque<Entry>,
    forgotten: u64,
}

impl Recent {
    /// The entries, in order of frames.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many earlier entries have been forgotten. Only while it is 0 do the entries give the
    /// station's audio from its birth on.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(crate) fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            if self.entries.len() == ENTRIES_MAX {
                self.entries.pop_front();
                self.forgotten += 1;
            }
            self.entries.push_back(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aeolian_score::Change;

    #[test]
    fn the_latest_changes_are_remembered_and_the_others_counted() {
        let mut log = Recent::default();
        let entry = |revision| Entry { frame: revision * 64, revision, change: Change::default() };
        let max = ENTRIES_MAX as u64;
        log.extend((1..=max).map(entry));
        assert_eq!((log.entries().len(), log.forgotten()), (ENTRIES_MAX, 0));
        log.extend((max + 1..=3 * max + 7).map(entry));
        assert_eq!((log.entries().len(), log.forgotten()), (ENTRIES_MAX, 2 * max + 7));
        let revisions: Vec<_> = log.entries().map(|entry| entry.revision).collect();
        assert_eq!((revisions[0], revisions[ENTRIES_MAX - 1]), (2 * max + 8, 3 * max + 7));
    }
}
