//! The controls: the state of a station, which its listeners steer.
//!
//! Everything that comes from outside is checked here, in one place, whichever way it came: the
//! command line, a configuration file, REST or WebSocket. What is accepted is a [`Change`]; applied
//! to [`Controls`] it gives new controls that are valid by construction.
//!
//! * [`table`]: **the controls themselves**, a row each. A new one is a row there, and a line in the
//!   music that reads it.
//! * [`preset`]: named sets of controls, a row each.
//! * [`row`]: what a row says.
//! * [`values`]: the kinds of values that controls take.
//! * [`change`]: changes, from JSON and to it, and what they do.
//! * [`value`], [`gains`]: values that are in range by construction.

pub mod preset;
mod structures;
pub mod value;

pub mod gains;
pub mod values;

mod refusal;
pub mod row;

mod apply;
mod asked;

pub mod table;

pub mod change;
mod describe;
mod state;

pub use gains::PartGains;
pub use table::{Change, Controls, ROWS};
