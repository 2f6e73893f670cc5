//! `/ws/stream`: frames, sessions and the fan-out.

mod fanout;
mod frame;
mod handshake;
mod line;
mod outgoing;
#[cfg_attr(not(target_os = "linux"), path = "no_ring.rs")]
mod ring;
mod session;
mod socket;
pub(crate) mod upgrade;

pub(crate) use fanout::Fanout;
