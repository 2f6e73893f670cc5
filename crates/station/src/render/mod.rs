//! Chunks, rendered from plans: the render side of a station.
//!
//! * [`ring`]: chunks on their way to the pacer.
//! * [`mailbox`]: a place for one box.
//! * [`handover`]: plans on their way from the conductor.
//! * [`seat`]: all that the renderer may touch.
//! * [`renderer`]: makes the chunks.
//!
//! What the render thread may not touch is banned here by `clippy.toml`; only what makes a station may allocate.

#![cfg_attr(
    not(test),
    warn(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)
)]

pub(crate) mod mailbox;
pub(crate) mod ring;

pub(crate) mod handover;

pub(crate) mod seat;

pub(crate) mod renderer;

pub(crate) use renderer::Renderer;
pub(crate) use seat::Seat;
