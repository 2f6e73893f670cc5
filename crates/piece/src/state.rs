//! The controls of a station, as they hold from a frame on.

use aeolian_score::Controls;
use serde::Serialize;

/// The controls of a station, as they hold from a frame on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct State {
    /// All controls.
    #[serde(flatten)]
    pub controls: Controls,
    /// Counts accepted changes, also those that wait for a bar or phrase.
    pub revision: u64,
    /// The frame from which they hold.
    pub frame: u64,
}
