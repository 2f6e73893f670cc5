//! Vectors of floats, as wide as the CPU's: what the hot loops are written with.
//!
//! Left to themselves compilers vectorise most plain loops, but not those over tables, nor small loops
//! inside others, and what one version finds the next may miss. So the loops over voices and
//! frames say what they mean. Every operation is one of IEEE 754 or of integers, lane by lane, so a
//! loop gives the same bits with every width; across lanes there are only those that find
//! the largest and that add up in an order of their own.
//!
//! [`Floats`] is implemented by `f32` itself, so that a formula is written once, and by one type for each
//! instruction set of [`crate::isa`].

mod points;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod registers;

mod floats;

#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod four;

#[cfg(target_arch = "x86_64")]
mod avx512;

#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::F32x8;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::F32x16;
pub(crate) use floats::{Floats, LANES_MAX, Words, neighbours, place, steps, transpose};
/// What every CPU of the architecture has.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) use four::Four as Baseline;
/// What every CPU of the architecture has.
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::F32x4 as Baseline;
pub(crate) use points::{POINTS_ROOM, PointIndex, Points};
/// What every CPU of the architecture has.
#[cfg(target_arch = "x86_64")]
pub(crate) use sse2::F32x4 as Baseline;
