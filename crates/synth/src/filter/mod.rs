//! Filters.

pub(crate) mod dc;
pub(crate) mod svf;
