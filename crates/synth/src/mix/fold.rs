//! Many voices to one bus: the sum over all lanes, for each frame.
//!
//! The sum is always the same tree: the upper eight lanes on the lower where they are in use, then in each
//! four `(x[0] + x[2]) + (x[1] + x[3])`, then one four on the other. Four frames go together, so that most of
//! it needs no sum inside a vector: [`Floats::sums`].

use crate::simd::Floats;
use crate::{BLOCK, LANES};

/// Lanes that are passed over together.
pub(crate) const GROUP: usize = 8;

/// A block of all lanes, which lie as [`crate::simd::place`] says.
pub(crate) type Block = [f32; LANES * BLOCK];

/// Adds the first `lanes` lanes of a bus up, rounded up to a [`GROUP`], for each frame of a block.
#[inline(always)]
pub(crate) fn fold<V: Floats>(block: &Block, lanes: usize, out: &mut [f32]) {
    let upper = lanes > GROUP;
    for (four, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let frame = 4 * four;
        *out = if upper {
            V::sums::<true>(block, BLOCK, frame)
        } else {
            V::sums::<false>(block, BLOCK, frame)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osc::noise::Noise;
    use crate::simd::{Baseline, place};

    #[test]
    fn every_frame_is_the_sum_of_the_lanes_in_use() {
        let mut noise = Noise::new(1);
        let mut block = [0.0f32; LANES * BLOCK];
        for samples in block.as_chunks_mut::<64>().0 {
            noise.render::<f32>(samples);
        }
        for lanes in [1, 8, 9, 16] {
            let mut folded = [0.0f32; BLOCK];
            fold::<Baseline>(&block, lanes, &mut folded);
            for (frame, sum) in folded.into_iter().enumerate() {
                let used = 0..lanes.next_multiple_of(GROUP);
                let lane = |lane| f64::from(block[place::<Baseline>(lane, BLOCK, frame)]);
                let expected: f64 = used.map(lane).sum();
                assert!((f64::from(sum) - expected).abs() < 1e-5, "{lanes} lanes");
            }
        }
    }
}
