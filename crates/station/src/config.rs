//! How a station starts.

use aeolian_score::Controls;
use aeolian_score::harmony::ChordTables;

/// The shortest lead: one chunk is made while another is given out.
pub(crate) const LEAD_MS_MIN: u32 = 150;

/// The longest lead: the ring holds no more.
pub(crate) const LEAD_MS_MAX: u32 = 800;

/// How a station starts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// What it is called, such as `main`.
    pub name: String,
    /// What its music comes from.
    pub seed: u64,
    /// The controls it starts with.
    pub controls: Controls,
    /// What its harmony is drawn from.
    pub chords: ChordTables,
    /// How far it renders ahead of what it releases, 150 to 800 ms.
    pub lead_ms: u32,
}

impl Config {
    /// A station with the default controls.
    #[must_use]
    pub fn new(name: impl Into<String>, seed: u64) -> Self {
        let (controls, chords) = (Controls::default(), ChordTables::built_in());
        Self { name: name.into(), seed, controls, chords, lead_ms: 200 }
    }
}
