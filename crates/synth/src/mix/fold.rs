//! Many voices to one bus: the sum over all lanes, for each frame.
//!
//! The sum is always the same tree: the upper eight lanes on the lower where they are in use, then in each
//! four `(x[0] + x[2]) + (x[1] + x[3])`, then one four on the other. Four frames go together, so that most of
//! it needs no sum inside a vector: [`Floats::sums`].

use crate::simd::Floats;
use crate::voice::{BLOCK, LANES};

/// Lanes that are passed over together.
pub(crate) const GROUP: usize = 8;

/// Adds the first `lanes` lanes of a bus up, rounded up to a [`GROUP`], for each frame of a block.
#[inline(always)]
pub(crate) fn fold<V: Floats>(outputs: &[[f32; LANES]; BLOCK], lanes: usize, out: &mut [f32]) {
    let upper = lanes > GROUP;
    for (frames, out) in outputs.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<4>().0) {
        *out = if upper { V::sums::<true>(frames) } else { V::sums::<false>(frames) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QUANTUM;
    use crate::osc::noise::Noise;
    use crate::simd::Baseline;

    #[test]
    fn every_frame_is_the_sum_of_the_lanes_in_use() {
        let mut noise = Noise::new(1);
        let mut outputs = [[0.0f32; LANES]; BLOCK];
        for lanes in outputs.as_flattened_mut().as_chunks_mut::<QUANTUM>().0 {
            noise.render::<f32>(lanes);
        }
        for lanes in [1, 8, 9, 16] {
            let mut folded = [0.0f32; BLOCK];
            fold::<Baseline>(&outputs, lanes, &mut folded);
            for (frame, sum) in outputs.iter().zip(folded) {
                let used = &frame[..lanes.next_multiple_of(GROUP)];
                let expected: f64 = used.iter().map(|x| f64::from(*x)).sum();
                assert!((f64::from(sum) - expected).abs() < 1e-5, "{lanes} lanes");
            }
        }
    }
}
