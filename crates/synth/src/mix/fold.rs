//! Many voices to a few buses: the sum over all lanes, for each bus and frame.
//!
//! The sum is always the same tree: `q[l] = ((x[l] + x[l+4]) + x[l+8]) + x[l+12]` over as many groups of
//! four as sound, then `(q[0] + q[2]) + (q[1] + q[3])`. Sums across lanes are what compilers turn into
//! their worst code, so on x86-64 it is written with SSE2 intrinsics, which every such CPU has.

use crate::voice::{BLOCK, LANES};

/// Left, right, and what goes to the reverb and to the delay.
pub(crate) const BUSES: usize = 4;
/// Lanes that are passed over together.
pub(crate) const GROUP: usize = 4;

/// Adds the first `groups` groups of lanes of each bus up; frame by frame into `out`, which has room
/// for the block.
#[inline(always)]
pub(crate) fn fold(
    outputs: &[[[f32; LANES]; BLOCK]; BUSES],
    groups: usize,
    out: &mut [[f32; BUSES]],
) {
    match groups {
        1 => fold_groups::<1>(outputs, out),
        2 => fold_groups::<2>(outputs, out),
        3 => fold_groups::<3>(outputs, out),
        _ => fold_groups::<4>(outputs, out),
    }
}

#[inline(always)]
fn fold_groups<const N: usize>(outputs: &[[[f32; LANES]; BLOCK]; BUSES], out: &mut [[f32; BUSES]]) {
    for (frame, out) in out.iter_mut().take(BLOCK).enumerate() {
        let [a, b, c, d] = outputs;
        *out = sums::<N>([&a[frame], &b[frame], &c[frame], &d[frame]]);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn sums<const N: usize>([a, b, c, d]: [&[f32; LANES]; BUSES]) -> [f32; BUSES] {
    use core::arch::x86_64::{
        _mm_add_ps, _mm_movehl_ps, _mm_movelh_ps, _mm_storeu_ps, _mm_unpackhi_ps, _mm_unpacklo_ps,
    };
    let mut out = [0.0f32; BUSES];
    let (a, b, c, d) = (quarter::<N>(a), quarter::<N>(b), quarter::<N>(c), quarter::<N>(d));
    // SAFETY: SSE2 is part of x86-64, and the store stays inside its array.
    unsafe {
        let ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
        let cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
        let sum = _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab));
        _mm_storeu_ps(out.as_mut_ptr(), sum);
    }
    out
}

/// The sums of every fourth lane. A function, not a closure: inside a closure the intrinsics would be calls.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn quarter<const N: usize>(x: &[f32; LANES]) -> core::arch::x86_64::__m128 {
    use core::arch::x86_64::{_mm_add_ps, _mm_loadu_ps};
    let groups = x.as_chunks::<GROUP>().0;
    // SAFETY: SSE2 is part of x86-64, and every load reads one group.
    unsafe {
        let mut sum = _mm_loadu_ps(groups[0].as_ptr());
        for group in &groups[1..N] {
            sum = _mm_add_ps(sum, _mm_loadu_ps(group.as_ptr()));
        }
        sum
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn sums<const N: usize>(buses: [&[f32; LANES]; BUSES]) -> [f32; BUSES] {
    buses.map(tree::<N>)
}

/// The sum of one bus.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn tree<const N: usize>(x: &[f32; LANES]) -> f32 {
    let groups = x.as_chunks::<GROUP>().0;
    let mut q = groups[0];
    for group in &groups[1..N] {
        for l in 0..GROUP {
            q[l] += group[l];
        }
    }
    (q[0] + q[2]) + (q[1] + q[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osc::noise::Noise;

    #[test]
    fn the_tree_is_the_same_however_it_is_computed() {
        let mut noise = Noise::new(1);
        let mut outputs = [[[0.0f32; LANES]; BLOCK]; BUSES];
        for lanes in outputs.as_flattened_mut() {
            noise.render(lanes);
        }
        let mut folded = [[0.0f32; BUSES]; BLOCK];
        fold(&outputs, 3, &mut folded);
        for (frame, sums) in folded.iter().enumerate() {
            for (bus, sum) in sums.iter().enumerate() {
                assert_eq!(sum.to_bits(), tree::<3>(&outputs[bus][frame]).to_bits());
            }
        }
    }
}
