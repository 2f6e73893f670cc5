#![doc = include_str!("../README.md")]
//!
//! * [`code`]: the error codes of socket and REST, a row each.
//! * [`format`](mod@format): how a listener may ask for its audio.
//! * [`audio`]: audio messages and their header.
//! * [`chunk`]: audio messages as a client takes them.
//! * [`server`]: every other message to a listener.
//! * [`ClientMessage`]: what a listener may send.
#![warn(unreachable_pub)]

pub mod audio;
pub mod code;
pub mod format;

pub mod chunk;

pub mod server;

mod client;

pub use client::{ClientMessage, Report};
pub use code::Code;
pub use format::Format;

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;
