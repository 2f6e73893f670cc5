//! Randomness as a function of (seed, domain, position).
//!
//! A [`Rng`] is made afresh for each decision, or small group of decisions, from what the decision
//! is about. So any bar can be asked for again, in any order, and a draw added in one place
//! changes nothing in another. The generator is `SplitMix64` (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014), whose output function is also the hash that
//! mixes seed, domain and position.

/// A portable pseudorandom generator. Not for secrets.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// The generator for one decision: `domain` names what is decided (any constant, unique to
    /// its use), `position` says where (a phrase or bar index, a tick, a note id).
    #[must_use]
    pub fn at(seed: u64, domain: u64, position: u64) -> Self {
        let state = mix(mix(mix(seed ^ GOLDEN_GAMMA) ^ domain) ^ position);
        Self { state }
    }

    /// The next 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        mix(self.state)
    }

    /// A uniform integer in `0..bound`, without bias that could be measured. `bound` must not be 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        debug_assert!(bound > 0, "an empty range has no member");
        (((self.next_u64() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A uniform value in `[0, 1)`, with 24 random bits: every value is exact in an `f32`.
    pub fn unit(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// True with the given probability (0 never, 1 always).
    pub fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// The index of one of `weights`, each chosen in proportion to its weight. Weights that are
    /// not above zero are never chosen; if none is, the answer is 0.
    pub fn weighted(&mut self, weights: &[f32]) -> usize {
        let total: f32 = weights.iter().filter(|w| **w > 0.0).sum();
        let mut left = self.unit() * total;
        let mut last = 0;
        for (i, &weight) in weights.iter().enumerate() {
            if weight > 0.0 {
                if left < weight {
                    return i;
                }
                left -= weight;
                last = i;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_is_pinned() {
        let mut rng = Rng::at(7, 1, 2);
        let drawn = [rng.next_u64(), rng.next_u64()];
        assert_eq!(
            drawn,
            [17_278_652_872_727_346_428, 6_980_015_873_544_522_669],
            "a change here changes every station"
        );
    }

    #[test]
    fn neighbouring_positions_are_unrelated() {
        let ones: u32 = (0..1000)
            .map(|i| {
                let a = Rng::at(1, 0, i).next_u64();
                let b = Rng::at(1, 0, i + 1).next_u64();
                (a ^ b).count_ones()
            })
            .sum();
        assert!((31_000..33_000).contains(&ones), "{ones} of 64 000 bits differ");
    }

    #[test]
    fn weights_are_kept() {
        let mut counts = [0; 3];
        for i in 0..10_000 {
            counts[Rng::at(3, 0, i).weighted(&[1.0, 0.0, 3.0])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
    }
}
