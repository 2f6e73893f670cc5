//! What was asked of a station last.

mod recent;

pub use recent::Recent;
