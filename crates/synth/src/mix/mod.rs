//! The mix: from controls to parameters, from parts to the finished sound.

pub(crate) mod buses;
pub(crate) mod fold;
pub(crate) mod leveller;
pub(crate) mod mapping;
pub(crate) mod upsampler;

pub(crate) mod master;
pub(crate) mod stems;
