//! AVX-512: sixteen floats.

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::avx2::{self, F32x8, four_pairs, sums};
use super::floats::{Floats, INAUDIBLE, Words};
use super::points::{PointIndex, Points};
use super::registers::vectors;
use super::sse2::count;
use crate::isa::Isa;

vectors!(
    F32x16(__m512),
    U32x16(__m512i),
    16,
    Avx512,
    F32x8,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_min_ps,
    _mm512_max_ps,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_castps_si512,
    _mm512_castsi512_ps,
    _mm512_cvttps_epi32,
    _mm512_add_epi32,
    _mm512_sub_epi32,
    _mm512_and_si512,
    _mm512_xor_si512,
    _mm512_set1_epi32,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_sll_epi32,
    _mm512_srl_epi32,
    _mm512_sra_epi32,
    _mm512_cvtepi32_ps
);

/// The points at the first sixteen places, and those after them.
#[inline(always)]
fn pairs(points: &Points, places: &[PointIndex]) -> (__m512, __m512) {
    let p = &places[..16];
    let low = joined(
        four_pairs(points, [p[0], p[1], p[4], p[5]]),
        four_pairs(points, [p[8], p[9], p[12], p[13]]),
    );
    let high = joined(
        four_pairs(points, [p[2], p[3], p[6], p[7]]),
        four_pairs(points, [p[10], p[11], p[14], p[15]]),
    );
    // SAFETY: called only where the CPU has AVX-512.
    unsafe {
        (
            _mm512_shuffle_ps::<0b10_00_10_00>(low, high),
            _mm512_shuffle_ps::<0b11_01_11_01>(low, high),
        )
    }
}

#[inline(always)]
fn joined(low: __m256, high: __m256) -> __m512 {
    // SAFETY: called only where the CPU has AVX-512 with DQ.
    unsafe { _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high) }
}

/// `x` where its magnitude is at least `least`, else 0.
#[inline(always)]
fn audible(x: __m512, magnitude: __m512, least: __m512) -> __m512 {
    // SAFETY: called only where the CPU has AVX-512.
    unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GE_OQ>(magnitude, least), x) }
}

/// Both in turns.
#[inline(always)]
fn interleaved(a: __m512, b: __m512) -> (__m512, __m512) {
    // SAFETY: called only where the CPU has AVX-512.
    unsafe {
        let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        (_mm512_permutex2var_ps(a, low, b), _mm512_permutex2var_ps(a, high, b))
    }
}

#[inline(always)]
fn times(a: __m512i, b: __m512i) -> __m512i {
    // SAFETY: called only where the CPU has AVX-512.
    unsafe { _mm512_mullo_epi32(a, b) }
}

#[inline(always)]
fn largest(x: __m512) -> f32 {
    // SAFETY: called only where the CPU has AVX-512 with DQ.
    let eight = unsafe { _mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x)) };
    avx2::largest(eight)
}
