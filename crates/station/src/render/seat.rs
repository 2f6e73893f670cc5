//! The renderer's seat: all that it may touch. None of it waits, and none of it is locked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::handover::RendererEnd;
use super::ring::WriteEnd;
use crate::schedule::Schedule;
use crate::stats::Stats;

/// What the renderer of one station may touch.
pub(crate) struct Seat {
    /// When each chunk is due.
    pub(crate) schedule: Arc<Schedule>,
    /// Where chunks go.
    pub(crate) ring: WriteEnd,
    /// Where plans come from, and spent ones go.
    pub(crate) plans: RendererEnd,
    /// What is counted.
    pub(crate) stats: Arc<Stats>,
    /// What the dither comes from.
    pub(crate) seed: u64,
    /// Raised when the station ends.
    pub(crate) stopped: Arc<AtomicBool>,
}

impl Seat {
    /// Whether the station has ended.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(SeqCst)
    }
}
