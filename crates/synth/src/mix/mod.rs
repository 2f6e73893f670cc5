//! The mix: from controls to parameters, from parts to the finished sound.

pub(crate) mod leveller;
pub(crate) mod mapping;
pub(crate) mod master;
