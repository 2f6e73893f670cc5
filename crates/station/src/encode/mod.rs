//! The encoders of a station.

mod encoding;

pub(crate) use encoding::Encoding;
