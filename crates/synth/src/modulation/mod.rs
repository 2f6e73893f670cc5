//! What moves parameters: envelopes, glide, drift, smoothing.

pub(crate) mod envelope;
pub(crate) mod smooth;
pub(crate) mod tide;
