//! When a change takes hold: no control, but a member of a change beside them.

use serde_json::Value;

use super::refusal::Refusals;

/// When a change takes hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// As soon as each control can.
    #[default]
    Now,
    /// All of it at the next bar.
    Bar,
    /// All of it at the next phrase.
    Phrase,
}

impl Apply {
    /// Its member's name in a change.
    pub const FIELD: &str = "apply";

    /// Every time.
    pub const ALL: [Apply; 3] = [Apply::Now, Apply::Bar, Apply::Phrase];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Apply::Now => "now",
            Apply::Bar => "bar",
            Apply::Phrase => "phrase",
        }
    }

    pub(super) fn read(refusals: &mut Refusals, value: &Value) -> Self {
        let named = |apply: &Apply| value.as_str() == Some(apply.name());
        Self::ALL.into_iter().find(named).unwrap_or_else(|| {
            refusals.add(Self::FIELD, value, &Self::ALL.map(Apply::name).join(", "));
            Self::default()
        })
    }
}
