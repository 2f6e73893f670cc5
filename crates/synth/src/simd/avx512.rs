//! AVX-512: sixteen floats.

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, BitXor, Mul, Sub};

use super::avx2::{self, F32x8, sums};
use super::x86::vectors;
use super::{Floats, INAUDIBLE, LANES_MAX, Words};
use crate::osc::wavetable::{Place, Points};

vectors!(
    F32x16(__m512),
    U32x16(__m512i),
    16,
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
fn pairs(points: &Points, places: &[Place]) -> (__m512, __m512) {
    let (here, next) = avx2::pairs(points, &places[..8]);
    let (high_here, high_next) = avx2::pairs(points, &places[8..16]);
    (joined(here, high_here), joined(next, high_next))
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
