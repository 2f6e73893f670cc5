//! What is asked of a station, turned into plans.

mod conductor;

pub(crate) use conductor::Conductor;
