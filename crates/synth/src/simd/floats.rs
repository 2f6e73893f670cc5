//! What a vector of floats does, and what is written with nothing but that.

use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::points::{PointIndex, Points};
use crate::isa::Isa;

/// The widest vector's floats.
pub(crate) const LANES_MAX: usize = 16;

/// [`Floats::WIDTH`] floats.
pub(crate) trait Floats:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    const WIDTH: usize;
    /// The instruction set that their operations belong to.
    const ISA: Isa;
    /// Half as many floats where there is such a vector and lanes are passed over in halves; else itself.
    type Half: Floats;
    /// As many integers of 32 bits.
    type Words: Words<Floats = Self>;

    fn splat(x: f32) -> Self;
    /// The floats of `from` from index `at` on, of which there are enough.
    fn load(from: &[f32], at: usize) -> Self;
    /// Puts them into `to` from index `at` on, where there is room.
    fn store(self, to: &mut [f32], at: usize);
    fn divided_by(self, divisor: Self) -> Self;
    /// `if self < other { self } else { other }`.
    fn min(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`.
    fn max(self, other: Self) -> Self;
    fn abs(self) -> Self;
    fn to_bits(self) -> Self::Words;
    fn from_bits(bits: Self::Words) -> Self;
    /// Rounded towards zero, as signed integers; each must lie inside their range.
    fn truncated(self) -> Self::Words;
    /// The points at the places from index `at` on, and those after them.
    fn pairs(points: &Points, places: &[PointIndex], at: usize) -> (Self, Self);
    /// Both in turns: the first lane of each, the second of each, and so on, in two vectors.
    fn interleaved(self, other: Self) -> (Self, Self);
    /// Zero where it is too small to hear: what keeps denormals out of feedback paths.
    fn flush(self) -> Self;
    /// The largest lane.
    fn largest(self) -> f32;
    /// The sums over lanes for four frames from `frame` on, over the first eight lanes or all sixteen
    /// (`UPPER`): the tree of [`crate::mix::fold`]. The lanes lie in groups of [`Floats::WIDTH`], each with all
    /// its `frames`.
    fn sums<const UPPER: bool>(lanes: &[f32], frames: usize, frame: usize) -> [f32; 4];
}

/// [`Floats::WIDTH`] integers of 32 bits, which wrap.
pub(crate) trait Words: Copy + BitAnd<Output = Self> + BitXor<Output = Self> {
    type Floats;

    fn splat(x: u32) -> Self;
    /// The integers of `from` from index `at` on, of which there are enough.
    fn load(from: &[u32], at: usize) -> Self;
    /// Puts them into `to` from index `at` on, where there is room.
    fn store(self, to: &mut [u32], at: usize);
    /// Puts them as places into `to` from index `at` on, where there is room.
    fn store_places(self, to: &mut [PointIndex], at: usize);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// The low half of each product.
    fn times(self, factor: Self) -> Self;
    fn left<const BITS: i32>(self) -> Self;
    fn right<const BITS: i32>(self) -> Self;
    /// To the right, as signed integers.
    fn right_signed<const BITS: i32>(self) -> Self;
    /// As signed integers, rounded to the nearest float.
    fn to_floats(self) -> Self::Floats;
}

/// Where the vectors of so many frames begin.
#[inline(always)]
pub(crate) fn steps<V: Floats>(frames: usize) -> core::iter::StepBy<core::ops::Range<usize>> {
    (0..frames).step_by(V::WIDTH)
}

/// Where a frame of a lane lies, of lanes in groups of [`Floats::WIDTH`], each with all its `frames`: so what is not
/// in use takes no place in the cache.
#[inline(always)]
pub(crate) fn place<V: Floats>(lane: usize, frames: usize, frame: usize) -> usize {
    let (group, lane) = (lane / V::WIDTH, lane % V::WIDTH);
    (group * frames + frame) * V::WIDTH + lane
}

/// The first [`Floats::WIDTH`] vectors as the rows of a square, turned to its columns.
///
/// Each round gives the vectors of both halves in turns, so it turns the bits of a place, row and lane, round
/// by one.
#[inline(always)]
pub(crate) fn transpose<V: Floats>(rows: &mut [V; LANES_MAX]) {
    let mut width = V::WIDTH;
    while width > 1 {
        let before = *rows;
        for i in 0..V::WIDTH / 2 {
            (rows[2 * i], rows[2 * i + 1]) = before[i].interleaved(before[i + V::WIDTH / 2]);
        }
        width /= 2;
    }
}

/// The vectors that begin at `N` neighbouring places. (An array's `map` would be a call: where
/// instruction sets differ, only loops are sure to be taken in.)
#[inline(always)]
pub(crate) fn neighbours<V: Floats, const N: usize>(from: &[f32], at: usize) -> [V; N] {
    let mut vectors = [V::splat(0.0); N];
    for i in 0..N {
        vectors[i] = V::load(from, at + i);
    }
    vectors
}

/// Below this magnitude nothing is heard, even a hundred million times louder.
pub(super) const INAUDIBLE: f32 = 1e-15;
