//! `/ws/stream`: frames, sessions and the fan-out.

mod fanout;
mod frame;
mod handshake;
mod line;
mod session;
mod socket;
mod upgrade;

pub(crate) use fanout::Fanout;
pub(crate) use upgrade::upgrade;
