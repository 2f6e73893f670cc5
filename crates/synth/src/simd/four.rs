//! Four floats in an array: what needs no instruction set.

use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::floats::{Floats, Words};
use super::points::{PointIndex, Points};
use crate::isa::Isa;

/// Four floats.
#[derive(Clone, Copy)]
pub(crate) struct Four([f32; 4]);

/// Four integers.
#[derive(Clone, Copy)]
pub(crate) struct FourWords([u32; 4]);

#[inline(always)]
fn each<A: Copy, B>(a: [A; 4], f: impl Fn(A) -> B) -> [B; 4] {
    [f(a[0]), f(a[1]), f(a[2]), f(a[3])]
}

#[inline(always)]
fn both<A: Copy, B>(a: [A; 4], b: [A; 4], f: impl Fn(A, A) -> B) -> [B; 4] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

macro_rules! operator {
    ($vector:ident, $trait:ident, $method:ident, $f:expr) => {
        impl $trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(both(self.0, other.0, $f))
            }
        }
    };
}
operator!(Four, Add, add, |a: f32, b| a + b);
operator!(Four, Sub, sub, |a: f32, b| a - b);
operator!(Four, Mul, mul, |a: f32, b| a * b);
operator!(FourWords, BitAnd, bitand, |a: u32, b| a & b);
operator!(FourWords, BitXor, bitxor, |a: u32, b| a ^ b);

impl Floats for Four {
    const WIDTH: usize = 4;
    const ISA: Isa = Isa::Baseline;
    type Half = Four;
    type Words = FourWords;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    #[inline(always)]
    fn load(from: &[f32], at: usize) -> Self {
        let from = &from[at..at + 4];
        Self([from[0], from[1], from[2], from[3]])
    }
    #[inline(always)]
    fn store(self, to: &mut [f32], at: usize) {
        to[at..at + 4].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn divided_by(self, divisor: Self) -> Self {
        Self(both(self.0, divisor.0, |a, b| a / b))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(both(self.0, other.0, Floats::min))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(both(self.0, other.0, Floats::max))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(each(self.0, Floats::abs))
    }
    #[inline(always)]
    fn to_bits(self) -> FourWords {
        FourWords(each(self.0, Floats::to_bits))
    }
    #[inline(always)]
    fn from_bits(bits: FourWords) -> Self {
        Self(each(bits.0, Floats::from_bits))
    }
    #[inline(always)]
    fn truncated(self) -> FourWords {
        FourWords(each(self.0, Floats::truncated))
    }
    #[inline(always)]
    fn interleaved(self, other: Self) -> (Self, Self) {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        (Self([a, e, b, f]), Self([c, g, d, h]))
    }
    #[inline(always)]
    fn flush(self) -> Self {
        Self(each(self.0, Floats::flush))
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        let [a, b, c, d] = self.0;
        Floats::max(Floats::max(a, c), Floats::max(b, d))
    }
    #[inline(always)]
    fn sums<const UPPER: bool>(lanes: &[f32], frames: usize, frame: usize) -> [f32; 4] {
        super::plain::sums::<Self, UPPER>(lanes, frames, frame)
    }
    #[inline(always)]
    fn pairs(points: &Points, places: &[PointIndex], at: usize) -> (Self, Self) {
        let places = &places[at..at + 4];
        let at = each([places[0], places[1], places[2], places[3]], PointIndex::index);
        (Self(each(at, |at| points[at])), Self(each(at, |at| points[at + 1])))
    }
}

impl Words for FourWords {
    type Floats = Four;

    #[inline(always)]
    fn splat(x: u32) -> Self {
        Self([x; 4])
    }
    #[inline(always)]
    fn load(from: &[u32], at: usize) -> Self {
        let from = &from[at..at + 4];
        Self([from[0], from[1], from[2], from[3]])
    }
    #[inline(always)]
    fn store(self, to: &mut [u32], at: usize) {
        to[at..at + 4].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn store_places(self, to: &mut [PointIndex], at: usize) {
        for (to, place) in to[at..at + 4].iter_mut().zip(self.0) {
            *to = PointIndex::new(place);
        }
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(both(self.0, other.0, u32::wrapping_add))
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(both(self.0, other.0, u32::wrapping_sub))
    }
    #[inline(always)]
    fn times(self, factor: Self) -> Self {
        Self(both(self.0, factor.0, u32::wrapping_mul))
    }
    #[inline(always)]
    fn left<const BITS: i32>(self) -> Self {
        Self(each(self.0, |x| x << BITS))
    }
    #[inline(always)]
    fn right<const BITS: i32>(self) -> Self {
        Self(each(self.0, |x| x >> BITS))
    }
    #[inline(always)]
    fn right_signed<const BITS: i32>(self) -> Self {
        Self(each(self.0, Words::right_signed::<BITS>))
    }
    #[inline(always)]
    fn to_floats(self) -> Four {
        Four(each(self.0, Words::to_floats))
    }
}
