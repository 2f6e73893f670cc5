#![doc = include_str!("../README.md")]
//!
//! * [`station`]: one endless piece with its seed, controls and listeners.
//! * [`registry`]: every station by its name, on shared threads.
//! * [`log`]: what was asked of a station last.
//! * [`store`]: the folder in which stations are kept.
//!
//! Each folder is a wing: `lane` (threads for all stations), `log`, `store`, `render`, `encode`, `pace`, `control`. A
//! file imports only from those declared above its own.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "they are for the render side, which asks for them"
)]

pub mod clock;
pub mod config;
pub mod error;
mod lock;
pub mod log;
pub mod stats;
pub mod status;
mod sync;

mod lane;
mod schedule;
pub mod store;

mod render;
mod shared;

mod control;
mod encode;
pub mod pace;

pub mod runtime;

pub mod station;

pub mod registry;

#[cfg(all(test, loom))]
mod proofs;
#[cfg(test)]
mod sim;

pub use config::Config;
pub use error::Error;
pub use registry::Registry;
pub use runtime::Runtime;
pub use station::Station;
pub use stats::Stats;
pub use status::Status;
pub use store::Store;
