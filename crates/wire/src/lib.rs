#![doc = include_str!("../README.md")]
//!
//! * [`code`]: the error codes of socket and REST, a row each.
//! * [`format`](mod@format): how a listener may ask for its audio.
//! * [`audio`]: audio messages and their header.
//! * [`server`]: every other message to a listener.
//! * [`client`]: what a listener may send.

pub mod audio;
pub mod code;
pub mod format;

pub mod server;

pub mod client;

pub use client::{ClientMessage, Report};
pub use code::Code;
pub use format::Format;

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;
