//! A station at run time: it composes ahead, renders, paces, encodes and hands out.
//!
//! * [`station`]: one endless piece with its seed, controls and listeners.
//! * [`registry`]: every station by its name, on shared threads.
//! * [`log`]: what was asked of a station last.
//! * [`store`]: the folder in which stations are kept.
//!
//! Each folder is a wing: `lane` (threads for all stations), `log`, `store`, `render`, `encode`, `pace`, `control`. A
//! file imports only from those declared above its own.

pub mod clock;
mod lock;
pub mod stats;

pub mod error;

pub mod config;
mod lane;
pub mod log;
mod schedule;
pub mod status;

pub mod store;

mod shared;

mod render;

mod encode;

pub mod pace;

mod control;

pub mod runtime;

pub mod station;

pub mod registry;

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
