//! The server over real sockets: what clients can rely on, and what they cannot do to it.

#![allow(clippy::unwrap_used, reason = "in a test that is the way to fail")]

mod abuse;
mod access;
mod embedded;
mod media;
mod openapi;
mod rest;
mod stations;
mod stream;
mod surface;
mod tls;
