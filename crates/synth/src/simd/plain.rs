//! One float: every vector gives its bits in every lane.

use super::floats::{Floats, INAUDIBLE, Words, place};
use super::points::{PointIndex, Points};
use crate::isa::Isa;

impl Floats for f32 {
    const WIDTH: usize = 1;
    const ISA: Isa = Isa::Baseline;
    type Half = f32;
    type Words = u32;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        x
    }
    #[inline(always)]
    fn load(from: &[f32], at: usize) -> Self {
        from[at]
    }
    #[inline(always)]
    fn store(self, to: &mut [f32], at: usize) {
        to[at] = self;
    }
    #[inline(always)]
    fn divided_by(self, divisor: Self) -> Self {
        self / divisor
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }
    #[inline(always)]
    fn to_bits(self) -> u32 {
        f32::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        f32::from_bits(bits)
    }
    #[inline(always)]
    fn truncated(self) -> u32 {
        (self as i32).cast_unsigned()
    }
    #[inline(always)]
    fn interleaved(self, other: Self) -> (Self, Self) {
        (self, other)
    }
    #[inline(always)]
    fn flush(self) -> Self {
        if f32::abs(self) >= INAUDIBLE { self } else { 0.0 }
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        self
    }
    #[inline(always)]
    fn sums<const UPPER: bool>(lanes: &[f32], frames: usize, frame: usize) -> [f32; 4] {
        sums::<Self, UPPER>(lanes, frames, frame)
    }
    #[inline(always)]
    fn pairs(points: &Points, places: &[PointIndex], at: usize) -> (Self, Self) {
        let at = places[at].index();
        (points[at], points[at + 1])
    }
}

impl Words for u32 {
    type Floats = f32;

    #[inline(always)]
    fn splat(x: u32) -> Self {
        x
    }
    #[inline(always)]
    fn load(from: &[u32], at: usize) -> Self {
        from[at]
    }
    #[inline(always)]
    fn store(self, to: &mut [u32], at: usize) {
        to[at] = self;
    }
    #[inline(always)]
    fn store_places(self, to: &mut [PointIndex], at: usize) {
        to[at] = PointIndex::new(self);
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    #[inline(always)]
    fn times(self, factor: Self) -> Self {
        self.wrapping_mul(factor)
    }
    #[inline(always)]
    fn left<const BITS: i32>(self) -> Self {
        self << BITS
    }
    #[inline(always)]
    fn right<const BITS: i32>(self) -> Self {
        self >> BITS
    }
    #[inline(always)]
    fn right_signed<const BITS: i32>(self) -> Self {
        (self.cast_signed() >> BITS).cast_unsigned()
    }
    #[inline(always)]
    fn to_floats(self) -> f32 {
        self.cast_signed() as f32
    }
}

/// The sums over lanes for four frames, where groups are as wide as `V`.
#[inline(always)]
pub(super) fn sums<V: Floats, const UPPER: bool>(
    lanes: &[f32],
    frames: usize,
    frame: usize,
) -> [f32; 4] {
    let mut sums = [0.0f32; 4];
    for (i, sum) in sums.iter_mut().enumerate() {
        let one = |l: usize| lanes[place::<V>(l, frames, frame + i)];
        let x = |l: usize| if UPPER { one(l) + one(l + 8) } else { one(l) };
        let four = |l: usize| (x(l) + x(l + 2)) + (x(l + 1) + x(l + 3));
        *sum = four(0) + four(4);
    }
    sums
}
