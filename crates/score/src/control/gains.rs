//! The levels of the parts, and what a change asks of some of them.

use super::value::Level;
use crate::part::Part;

/// A level for each part, in the order of [`Part::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartGains(pub [Level; Part::COUNT]);

impl PartGains {
    /// The gain of one part, 0 to 1.
    #[must_use]
    pub fn get(&self, part: Part) -> Level {
        self.0[part.index()]
    }
}

impl serde::Serialize for PartGains {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Part::ALL.iter().map(|part| (part.name(), self.get(*part))))
    }
}

/// A level for each of some parts, at least one: what a change asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SomeGains([Option<Level>; Part::COUNT]);

impl SomeGains {
    /// These levels; none where there are none. A part's last level counts.
    pub fn new(gains: impl IntoIterator<Item = (Part, Level)>) -> Option<Self> {
        let mut some = [None; Part::COUNT];
        for (part, gain) in gains {
            some[part.index()] = Some(gain);
        }
        some.iter().any(Option::is_some).then_some(Self(some))
    }

    /// The level asked for, where one is.
    #[must_use]
    pub fn get(&self, part: Part) -> Option<Level> {
        self.0[part.index()]
    }

    /// The parts with the levels that are asked for.
    pub fn iter(&self) -> impl Iterator<Item = (Part, Level)> + '_ {
        Part::ALL.into_iter().filter_map(|part| Some((part, self.get(part)?)))
    }
}
