//! NEON, which every `AArch64` CPU has: four floats.

use core::arch::aarch64::*;
use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::floats::{Floats, INAUDIBLE, Words, place};
use super::points::{PointIndex, Points};
use super::registers::vectors;
use crate::isa::Isa;

vectors!(
    F32x4(float32x4_t),
    U32x4(uint32x4_t),
    4,
    Baseline,
    F32x4,
    vaddq_f32,
    vsubq_f32,
    vmulq_f32,
    vdivq_f32,
    min,
    max,
    vdupq_n_f32,
    vld1q_f32,
    vst1q_f32,
    vreinterpretq_u32_f32,
    vreinterpretq_f32_u32,
    truncated,
    vaddq_u32,
    vsubq_u32,
    vandq_u32,
    veorq_u32,
    splat_words,
    vld1q_u32,
    vst1q_u32,
    vshlq_u32,
    right,
    right_signed,
    to_floats
);

/// Where `a` is less, `a`, else `b`: what NEON's own minimum makes of zeros of both signs is another thing.
#[inline(always)]
fn min(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
}

/// Where `a` is greater, `a`, else `b`.
#[inline(always)]
fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
}

#[inline(always)]
fn truncated(x: float32x4_t) -> uint32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vreinterpretq_u32_s32(vcvtq_s32_f32(x)) }
}

#[inline(always)]
fn to_floats(x: uint32x4_t) -> float32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vcvtq_f32_s32(vreinterpretq_s32_u32(x)) }
}

#[inline(always)]
fn splat_words(x: i32) -> uint32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vdupq_n_u32(x.cast_unsigned()) }
}

#[inline(always)]
fn times(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vmulq_u32(a, b) }
}

/// A shift's, for each lane.
#[inline(always)]
fn count(bits: i32) -> int32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vdupq_n_s32(bits) }
}

/// A shift to the right is one to the left by less than nothing.
#[inline(always)]
fn right(x: uint32x4_t, count: int32x4_t) -> uint32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vshlq_u32(x, vnegq_s32(count)) }
}

#[inline(always)]
fn right_signed(x: uint32x4_t, count: int32x4_t) -> uint32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe { vreinterpretq_u32_s32(vshlq_s32(vreinterpretq_s32_u32(x), vnegq_s32(count))) }
}

/// The points at the first four places, and those after them: a load of two neighbours for each place.
#[inline(always)]
fn pairs(points: &Points, places: &[PointIndex]) -> (float32x4_t, float32x4_t) {
    let places = &places[..4];
    let points = points.as_ptr();
    // SAFETY: NEON is part of AArch64. Every place has a point after it, so that two can be read there.
    unsafe {
        let two = |place: PointIndex| vld1_f32(points.add(place.index()));
        let low = vcombine_f32(two(places[0]), two(places[1]));
        let high = vcombine_f32(two(places[2]), two(places[3]));
        (vuzp1q_f32(low, high), vuzp2q_f32(low, high))
    }
}

/// `x` where its magnitude is at least `least`, else 0.
#[inline(always)]
fn audible(x: float32x4_t, magnitude: float32x4_t, least: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is part of AArch64.
    unsafe {
        let heard = vcgeq_f32(magnitude, least);
        vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), heard))
    }
}

/// Both in turns.
#[inline(always)]
fn interleaved(a: float32x4_t, b: float32x4_t) -> (float32x4_t, float32x4_t) {
    // SAFETY: NEON is part of AArch64.
    unsafe { (vzip1q_f32(a, b), vzip2q_f32(a, b)) }
}

#[inline(always)]
fn largest(x: float32x4_t) -> f32 {
    // SAFETY: NEON is part of AArch64.
    unsafe { vmaxvq_f32(x) }
}

/// The sums over lanes for four frames, where groups are as wide as `V`, which is four.
#[inline(always)]
fn sums<V: Floats, const UPPER: bool>(lanes: &[f32], frames: usize, frame: usize) -> [f32; 4] {
    let mut sums = [0.0f32; 4];
    let mut halves = [F32x4::splat(0.0); 2];
    for (half, lane) in halves.iter_mut().zip([0, 4]) {
        let [a, b, c, d] = [
            four::<V, UPPER>(lanes, frames, frame, lane),
            four::<V, UPPER>(lanes, frames, frame + 1, lane),
            four::<V, UPPER>(lanes, frames, frame + 2, lane),
            four::<V, UPPER>(lanes, frames, frame + 3, lane),
        ];
        // SAFETY: NEON is part of AArch64.
        *half = F32x4(unsafe {
            let ab = vaddq_f32(vzip1q_f32(a, b), vzip2q_f32(a, b));
            let cd = vaddq_f32(vzip1q_f32(c, d), vzip2q_f32(c, d));
            let low = vcombine_f32(vget_low_f32(ab), vget_low_f32(cd));
            let high = vcombine_f32(vget_high_f32(ab), vget_high_f32(cd));
            vaddq_f32(low, high)
        });
    }
    (halves[0] + halves[1]).store(&mut sums, 0);
    sums
}

/// Four of the lower eight lanes of a frame, with those eight above added.
#[inline(always)]
fn four<V: Floats, const UPPER: bool>(
    lanes: &[f32],
    frames: usize,
    frame: usize,
    lane: usize,
) -> float32x4_t {
    let low = F32x4::load(lanes, place::<V>(lane, frames, frame));
    if UPPER { (low + F32x4::load(lanes, place::<V>(lane + 8, frames, frame))).0 } else { low.0 }
}
