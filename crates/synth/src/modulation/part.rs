//! What moves the instruments of a part.

/// Where a part's controls stand at one end of a quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Modulation {
    /// Gain of the part.
    pub(crate) gain: f32,
    /// Octaves added to the cutoffs of its filters.
    pub(crate) cutoff_octaves: f32,
    /// The station's controls, 0 to 1.
    pub(crate) intensity: f32,
    pub(crate) brightness: f32,
}

/// A quantum of a part, as its instruments are asked for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage<'a> {
    /// Which quantum: its first frame is [`crate::QUANTUM`] times that.
    pub(crate) quantum: u64,
    /// The modulation where it begins, and where it ends.
    pub(crate) from: &'a Modulation,
    pub(crate) to: &'a Modulation,
}
