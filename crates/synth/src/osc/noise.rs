//! White noise as a function of position: a hash of a counter, so any frame can be asked for alone and
//! a loop over frames vectorises.

use crate::QUANTUM;

/// A white noise source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    key: u32,
    position: u32,
}

impl Noise {
    /// The noise that belongs to `key`. It repeats after 2³² samples, 27 hours.
    pub(crate) fn new(key: u64) -> Self {
        Self { key: (key ^ (key >> 32)) as u32, position: 0 }
    }

    /// Fills `out` with noise from which the highest octave is taken: white noise through (1, 2, 1) / 4.
    #[inline(always)]
    pub(crate) fn render_soft(&mut self, out: &mut [f32; QUANTUM]) {
        let mut around = [0.0f32; QUANTUM + 2];
        let before = self.position.wrapping_sub(1);
        Self { position: before, ..*self }.render(&mut around);
        for i in 0..QUANTUM {
            out[i] = 0.5 * around[i + 1] + 0.25 * (around[i] + around[i + 2]);
        }
        self.position = self.position.wrapping_add(QUANTUM as u32);
    }

    /// Fills `out` with samples, uniform in [−1, 1).
    #[inline(always)]
    pub(crate) fn render<const N: usize>(&mut self, out: &mut [f32; N]) {
        let (key, position) = (self.key, self.position);
        for (i, sample) in out.iter_mut().enumerate() {
            let bits = hash(position.wrapping_add(i as u32) ^ key);
            *sample = (bits as i32 >> 8) as f32 * (1.0 / 8_388_608.0);
        }
        self.position = position.wrapping_add(N as u32);
    }
}

/// A mixer of 32 bits with low bias: multiply-xorshift rounds after Ettinger's "hash prospector"
/// ("lowbias32").
#[inline(always)]
fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
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
            noise.render(&mut block);
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
