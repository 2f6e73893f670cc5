//! SSE2, which every x86-64 CPU has: four floats.

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::floats::{Floats, INAUDIBLE, Words, place};
use super::points::{PointIndex, Points};
use super::registers::vectors;
use crate::isa::Isa;

vectors!(
    F32x4(__m128),
    U32x4(__m128i),
    4,
    Baseline,
    F32x4,
    _mm_add_ps,
    _mm_sub_ps,
    _mm_mul_ps,
    _mm_div_ps,
    _mm_min_ps,
    _mm_max_ps,
    _mm_set1_ps,
    _mm_loadu_ps,
    _mm_storeu_ps,
    _mm_castps_si128,
    _mm_castsi128_ps,
    _mm_cvttps_epi32,
    _mm_add_epi32,
    _mm_sub_epi32,
    _mm_and_si128,
    _mm_xor_si128,
    _mm_set1_epi32,
    _mm_loadu_si128,
    _mm_storeu_si128,
    _mm_sll_epi32,
    _mm_srl_epi32,
    _mm_sra_epi32,
    _mm_cvtepi32_ps
);

/// A shift's, as the shifts of every width take it.
#[inline(always)]
pub(super) fn count(bits: i32) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cvtsi32_si128(bits) }
}

/// The points at the first four places, and those after them.
///
/// A gather would read every point for itself, and a copy through memory would wait for its own stores. Here
/// a place is one load of two neighbours, and four of them are put in order in registers.
#[inline(always)]
fn pairs(points: &Points, places: &[PointIndex]) -> (__m128, __m128) {
    let places = &places[..4];
    let low = two_pairs(points, [places[0], places[1]]);
    let high = two_pairs(points, [places[2], places[3]]);
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        (_mm_shuffle_ps::<0b10_00_10_00>(low, high), _mm_shuffle_ps::<0b11_01_11_01>(low, high))
    }
}

/// Two points, each with the one after it.
#[inline(always)]
pub(super) fn two_pairs(points: &Points, [a, b]: [PointIndex; 2]) -> __m128 {
    let points = points.as_ptr();
    // SAFETY: SSE2 is part of x86-64. Every place has a point after it, so that two can be read there, and
    // the loads need no alignment.
    unsafe {
        let low = _mm_load_sd(points.add(a.index()).cast());
        _mm_castpd_ps(_mm_loadh_pd(low, points.add(b.index()).cast()))
    }
}

/// `x` where its magnitude is at least `least`, else 0.
#[inline(always)]
fn audible(x: __m128, magnitude: __m128, least: __m128) -> __m128 {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_and_ps(x, _mm_cmpge_ps(magnitude, least)) }
}

/// Both in turns.
#[inline(always)]
fn interleaved(a: __m128, b: __m128) -> (__m128, __m128) {
    // SAFETY: every x86-64 CPU has SSE2.
    unsafe { (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b)) }
}

/// SSE2 multiplies only every other integer.
#[inline(always)]
fn times(a: __m128i, b: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        let even = _mm_mul_epu32(a, b);
        let odd = _mm_mul_epu32(_mm_srli_epi64::<32>(a), _mm_srli_epi64::<32>(b));
        let low_halves = |x| _mm_shuffle_epi32::<0b00_00_10_00>(x);
        _mm_unpacklo_epi32(low_halves(even), low_halves(odd))
    }
}

#[inline(always)]
pub(super) fn largest(x: __m128) -> f32 {
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        let two = _mm_max_ps(x, _mm_movehl_ps(x, x));
        _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
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
        // SAFETY: SSE2 is part of x86-64.
        *half = F32x4(unsafe {
            let ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
            let cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
            _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab))
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
) -> __m128 {
    let low = F32x4::load(lanes, place::<V>(lane, frames, frame));
    if UPPER { (low + F32x4::load(lanes, place::<V>(lane + 8, frames, frame))).0 } else { low.0 }
}
