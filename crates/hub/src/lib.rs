#![doc = include_str!("../README.md")]
//!
//! * [`packet`]: one released chunk, encoded once in each codec in use.
//! * [`news`]: what is told before a chunk.
//! * [`hub`]: the last packets, and how many listen (`audience`).
//! * [`releases`]: what its listeners look at together.
//! * [`listener`]: a listener, which is a cursor into the packets.
//! * [`stats`]: what is counted.

mod audience;
pub mod news;
pub mod stats;

pub mod packet;

pub mod hub;

pub mod releases;

pub mod listener;

pub use hub::{BURST_MS_MAX, Hub};
pub use listener::{Event, Listener};
pub use news::{News, Vitals};
pub use packet::Packet;
pub use releases::{Newest, Releases};
pub use stats::{Counter, Stats};
