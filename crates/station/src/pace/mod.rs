//! Chunks, released when they are due.

mod pacer;

mod release;

pub(crate) use release::Release;
