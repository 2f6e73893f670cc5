//! AVX2: eight floats.

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::floats::{Floats, INAUDIBLE, Words, place};
use super::points::{PointIndex, Points};
use super::registers::vectors;
use super::sse2::{self, count};
use crate::isa::Isa;

vectors!(
    F32x8(__m256),
    U32x8(__m256i),
    8,
    Avx2,
    F32x8,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_min_ps,
    _mm256_max_ps,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_castps_si256,
    _mm256_castsi256_ps,
    _mm256_cvttps_epi32,
    _mm256_add_epi32,
    _mm256_sub_epi32,
    _mm256_and_si256,
    _mm256_xor_si256,
    _mm256_set1_epi32,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_sll_epi32,
    _mm256_srl_epi32,
    _mm256_sra_epi32,
    _mm256_cvtepi32_ps
);

/// The points at the first eight places, and those after them.
#[inline(always)]
pub(super) fn pairs(points: &Points, places: &[PointIndex]) -> (__m256, __m256) {
    let places = &places[..8];
    let low = four_pairs(points, [places[0], places[1], places[4], places[5]]);
    let high = four_pairs(points, [places[2], places[3], places[6], places[7]]);
    // SAFETY: called only where the CPU has AVX2.
    unsafe {
        (
            _mm256_shuffle_ps::<0b10_00_10_00>(low, high),
            _mm256_shuffle_ps::<0b11_01_11_01>(low, high),
        )
    }
}

/// Four points, each with the one after it.
#[inline(always)]
pub(super) fn four_pairs(points: &Points, [a, b, c, d]: [PointIndex; 4]) -> __m256 {
    let (low, high) = (sse2::two_pairs(points, [a, b]), sse2::two_pairs(points, [c, d]));
    // SAFETY: called only where the CPU has AVX2.
    unsafe { _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high) }
}

/// `x` where its magnitude is at least `least`, else 0.
#[inline(always)]
fn audible(x: __m256, magnitude: __m256, least: __m256) -> __m256 {
    // SAFETY: called only where the CPU has AVX2.
    unsafe { _mm256_and_ps(x, _mm256_cmp_ps::<_CMP_GE_OQ>(magnitude, least)) }
}

/// Both in turns.
#[inline(always)]
fn interleaved(a: __m256, b: __m256) -> (__m256, __m256) {
    // SAFETY: called only where the CPU has AVX2.
    unsafe {
        let (low, high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        (_mm256_permute2f128_ps::<0x20>(low, high), _mm256_permute2f128_ps::<0x31>(low, high))
    }
}

#[inline(always)]
fn times(a: __m256i, b: __m256i) -> __m256i {
    // SAFETY: called only where the CPU has AVX2.
    unsafe { _mm256_mullo_epi32(a, b) }
}

#[inline(always)]
pub(super) fn largest(x: __m256) -> f32 {
    // SAFETY: called only where the CPU has AVX2.
    let four = unsafe { _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)) };
    sse2::largest(four)
}

/// The sums over lanes for four frames, where groups are as wide as `V`, at least eight.
#[inline(always)]
pub(super) fn sums<V: Floats, const UPPER: bool>(
    lanes: &[f32],
    frames: usize,
    frame: usize,
) -> [f32; 4] {
    let mut sums = [0.0f32; 4];
    let [a, b, c, d] = [
        eight::<V, UPPER>(lanes, frames, frame),
        eight::<V, UPPER>(lanes, frames, frame + 1),
        eight::<V, UPPER>(lanes, frames, frame + 2),
        eight::<V, UPPER>(lanes, frames, frame + 3),
    ];
    // SAFETY: called only where the CPU has AVX2; four floats are stored where there is room for four.
    unsafe {
        let ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        let cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
        let (ab, cd) = (_mm256_castps_pd(ab), _mm256_castps_pd(cd));
        let low = _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd));
        let high = _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd));
        let fours = _mm256_add_ps(low, high);
        let sum = _mm_add_ps(_mm256_castps256_ps128(fours), _mm256_extractf128_ps::<1>(fours));
        _mm_storeu_ps(sums.as_mut_ptr(), sum);
    }
    sums
}

/// The lower eight lanes of a frame, with the upper eight added.
#[inline(always)]
fn eight<V: Floats, const UPPER: bool>(lanes: &[f32], frames: usize, frame: usize) -> __m256 {
    let low = F32x8::load(lanes, place::<V>(0, frames, frame));
    if UPPER { (low + F32x8::load(lanes, place::<V>(8, frames, frame))).0 } else { low.0 }
}
