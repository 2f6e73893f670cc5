//! AVX2: eight floats.

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::x86::vectors;
use super::{Floats, INAUDIBLE, LANES_MAX, Words, sse2};
use crate::osc::wavetable::{Place, Points};

vectors!(
    F32x8(__m256),
    U32x8(__m256i),
    8,
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
pub(super) fn pairs(points: &Points, places: &[Place]) -> (__m256, __m256) {
    let (here, next) = sse2::pairs(points, &places[..4]);
    let (high_here, high_next) = sse2::pairs(points, &places[4..8]);
    (joined(here, high_here), joined(next, high_next))
}

#[inline(always)]
fn joined(low: __m128, high: __m128) -> __m256 {
    // SAFETY: called only where the CPU has AVX2.
    unsafe { _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high) }
}

/// `x` where its magnitude is at least `least`, else 0.
#[inline(always)]
fn audible(x: __m256, magnitude: __m256, least: __m256) -> __m256 {
    // SAFETY: called only where the CPU has AVX2.
    unsafe { _mm256_and_ps(x, _mm256_cmp_ps::<_CMP_GE_OQ>(magnitude, least)) }
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

/// The sums of four rows of lanes, of the first eight or of all.
#[inline(always)]
pub(super) fn sums<const UPPER: bool>(rows: &[[f32; LANES_MAX]; 4]) -> [f32; 4] {
    let mut sums = [0.0f32; 4];
    // SAFETY: called only where the CPU has AVX2; every load is of eight lanes of a row, and needs no
    // alignment.
    unsafe {
        let eight = |row: usize| {
            let lanes = rows[row].as_ptr();
            let low = _mm256_loadu_ps(lanes);
            if UPPER { _mm256_add_ps(low, _mm256_loadu_ps(lanes.add(8))) } else { low }
        };
        let (a, b, c, d) = (eight(0), eight(1), eight(2), eight(3));
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
