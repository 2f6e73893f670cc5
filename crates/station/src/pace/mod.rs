//! Chunks, released when they are due.

pub mod pacer;

mod release;

pub(crate) use release::Release;
