//! What moves parameters: envelopes, glide, drift, smoothing.

pub(crate) mod envelope;
pub(crate) mod part;
pub(crate) mod slow_waves;
pub(crate) mod smooth;
