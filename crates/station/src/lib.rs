#![doc = include_str!("../README.md")]
//!
//! * [`Station`]: one endless piece with its seed, controls and listeners.
//! * [`registry`]: every station by its name, on shared threads.
//! * [`Recent`]: what was asked of a station last.
//! * [`Store`]: the folder in which stations are kept.
//!
//! Each folder is a wing: `lane` (threads for all stations), `log`, `store`, `render`, `encode`, `pace`, `control`. A
//! file imports only from those declared above its own.
#![warn(unreachable_pub)]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "they are for the render side, which asks for them"
)]

mod clock;
mod config;
mod error;
mod lock;
mod log;
pub mod stats;
pub mod status;
mod sync;

mod lane;
mod schedule;
mod store;

mod render;
mod shared;

mod control;
mod encode;
mod pace;

mod runtime;

mod station;

pub mod registry;

#[cfg(all(test, loom))]
mod proofs;
#[cfg(test)]
mod sim;

pub use config::Config;
pub use error::Error;
pub use log::Recent;
pub use registry::Registry;
pub use station::Station;
pub use stats::Stats;
pub use status::Status;
pub use store::{Birth, Store};
