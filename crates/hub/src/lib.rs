#![doc = include_str!("../README.md")]
//!
//! * [`Packet`]: one released chunk, encoded once in each codec in use. [`News`]: what is told before it.
//! * [`Hub`]: the last packets, and how many listen (`audience`).
//! * [`Listener`]: a listener, which is a cursor into the packets.
//! * [`Releases`], [`Newest`]: what many listeners look at together.
//! * [`Stats`]: what is counted.
#![warn(unreachable_pub)]

mod audience;
mod news;
mod stats;

mod packet;

mod hub;

mod releases;

mod listener;

pub use hub::{BURST_CHUNKS_MAX, BURST_MS_MAX, Edge, Hub, PACKETS_KEPT};
pub use listener::{Audio, Event, Listener};
pub use news::{News, Vitals};
pub use packet::Packet;
pub use releases::{Newest, Releases};
pub use stats::{Counter, Stats};
