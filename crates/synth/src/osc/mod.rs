//! Oscillators: what makes sound from nothing.

pub(crate) mod noise;
pub(crate) mod wavetable;
