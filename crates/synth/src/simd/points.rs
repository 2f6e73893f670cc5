//! The points of wavetables, as vectors read them: pairs of neighbours, each from a place of its own.

/// Points that there is room for, a power of two.
pub(crate) const POINTS_ROOM: usize = 1 << 16;

/// The points of all cycles. From each of the first [`POINTS_ROOM`] places two can be read.
pub(crate) type Points = [f32; POINTS_ROOM + 1];

/// A place of the points that has a point after it.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub(crate) struct PointIndex(u32);

impl PointIndex {
    pub(crate) const MASK: u32 = POINTS_ROOM as u32 - 1;

    /// A place; one beyond the points is taken modulo their room.
    #[inline(always)]
    pub(crate) fn new(place: u32) -> Self {
        Self(place & Self::MASK)
    }

    /// Below [`POINTS_ROOM`].
    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}
