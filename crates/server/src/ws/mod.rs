//! `/ws/stream`: handshake, frames from listeners, and sessions.

mod frame;
mod handshake;

mod session;

pub(crate) mod upgrade;
