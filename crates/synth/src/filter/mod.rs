//! Filters.

pub(crate) mod dc;
pub(crate) mod one_pole;
pub(crate) mod svf;
