//! What a listener is told beside the audio.

use std::sync::Arc;

use aeolian_piece::State;
use aeolian_piece::bars::Bar;

/// Something that is told before a chunk. A clone shares what it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The controls after a change, or when one that waited takes hold.
    State(State),
    /// What sounds in a bar.
    Bar(Arc<Bar>),
    /// How the station fares.
    Vitals(Vitals),
}

/// How a station fares, told each second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vitals {
    /// Chunks rendered and not yet released.
    pub buffer_chunks: usize,
    /// How many listen.
    pub listeners: usize,
    /// Time to render over time rendered.
    pub render_load: f64,
}
