//! Effects.

pub(crate) mod allpass;
pub(crate) mod delay;
pub(crate) mod limiter;
pub(crate) mod reverb;
pub(crate) mod ring;
