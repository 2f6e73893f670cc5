//! Effects.

pub(crate) mod delay_line;
pub(crate) mod limiter;
pub(crate) mod tap;

pub(crate) mod allpass;
pub(crate) mod delay;

pub(crate) mod reverb;
