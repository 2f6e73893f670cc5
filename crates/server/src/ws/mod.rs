//! `/ws/stream`: frames, sessions and the fan-out.

mod fanout;
mod frame;
mod handshake;
mod line;
mod session;
mod socket;
pub(crate) mod upgrade;

pub(crate) use fanout::Fanout;
