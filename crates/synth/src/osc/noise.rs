//! White noise as a function of position: a hash of a counter, so any frame can be asked for alone and
//! a loop over frames vectorises.

use crate::QUANTUM;
use crate::simd::{Floats, Words, steps};

/// A white noise source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    key: u32,
    position: u32,
}

/// 0, 1, 2 …: positions in a quantum.
const POSITIONS: [u32; QUANTUM] = {
    let mut positions = [0; QUANTUM];
    let mut i = 0;
    while i < QUANTUM {
        positions[i] = i as u32;
        i += 1;
    }
    positions
};

impl Noise {
    /// The noise that belongs to `key`. It repeats after 2³² samples, 27 hours.
    pub(crate) const fn new(key: u64) -> Self {
        Self { key: (key ^ (key >> 32)) as u32, position: 0 }
    }

    /// Fills `out`, a quantum at most, with samples, uniform in [−1, 1).
    #[inline(always)]
    pub(crate) fn render<V: Floats>(&mut self, out: &mut [f32]) {
        let (key, position) = (V::Words::splat(self.key), V::Words::splat(self.position));
        for at in steps::<V>(out.len()) {
            let bits = hash(V::Words::load(&POSITIONS, at).plus(position) ^ key);
            let sample = bits.right_signed::<8>().to_floats() * V::splat(1.0 / 8_388_608.0);
            sample.store(out, at);
        }
        self.position = self.position.wrapping_add(out.len() as u32);
    }
}

/// A mixer of 32 bits with low bias: multiply-xorshift rounds after Ettinger's "hash prospector"
/// ("lowbias32").
#[inline(always)]
pub(crate) fn hash<W: Words>(x: W) -> W {
    let x = x ^ x.right::<16>();
    let x = x.times(W::splat(0x7feb_352d));
    let x = x ^ x.right::<15>();
    let x = x.times(W::splat(0x846c_a68b));
    x ^ x.right::<16>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_is_white_centred_and_uniform() {
        let mut noise = Noise::new(42);
        let mut samples = Vec::new();
        for _ in 0..1000 {
            let mut block = [0.0f32; 64];
            noise.render::<f32>(&mut block);
            samples.extend(block.map(f64::from));
        }
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let power = samples.iter().map(|x| x * x).sum::<f64>() / n;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((power - 1.0 / 3.0).abs() < 0.01, "{power}");
        for lag in 1..50 {
            let r = samples.windows(lag + 1).map(|w| w[0] * w[lag]).sum::<f64>() / n / power;
            assert!(r.abs() < 0.02, "samples {lag} apart correlate by {r}");
        }
    }
}
