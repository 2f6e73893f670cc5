//! The fan-out: chunks on their way to many sockets at once.
//!
//! * [`socket`]: a listener's socket, set up for a stream that is on time.
//! * [`outgoing`]: what goes out, as frames.
//! * [`line`]: one listener's socket with its cursor.
//! * [`groups`]: the lines of a station and format, pumped together.

pub(crate) mod outgoing;
#[cfg_attr(not(target_os = "linux"), path = "no_ring.rs")]
mod ring;
pub(crate) mod socket;

pub(crate) mod line;

mod groups;

pub(crate) use groups::Fanout;
