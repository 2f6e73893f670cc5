//! What is asked of a station, turned into plans.

mod conductor;
mod primer;

pub(crate) use conductor::Conductor;
pub(crate) use primer::Primer;
