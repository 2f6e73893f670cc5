//! Band-limited wavetables, mip-mapped by half octaves.
//!
//! Every waveform is stored as one cycle for each of [`LEVELS`] ranges of pitch, made by adding up
//! exactly the harmonics that stay below half the sample rate at the top of the range: a table
//! holds nothing that could fold back. What is left is the error of linear interpolation. In a table of `T`
//! points a harmonic `h` leaves images `(h / T)²` below itself; the harmonics of a saw fall as
//! `1 / h`, so the worst image lies `h / T²` below the tone: for 256 harmonics and 2048 points that is
//! −84 dB.
//!
//! A point is stored with the step to its successor, so that one eight-byte load is all that
//! interpolation needs.

use std::sync::OnceLock;

use crate::SAMPLE_RATE;

/// Points in one cycle.
pub(crate) const POINTS: usize = 1 << POINT_BITS;
/// A phase's top bits choose the point, the rest lies between two points.
const POINT_BITS: u32 = 11;
/// Bits of a phase below the point.
pub(crate) const FRACTION_BITS: u32 = 32 - POINT_BITS;
/// Ranges of pitch, each half an octave.
const LEVELS: usize = 16;
/// Harmonics in the lowest range.
const HARMONICS_MAX: usize = 256;

/// One cycle: each point with the step to the next.
pub(crate) type Cycle = [[f32; 2]; POINTS];

/// The shape of a wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Wave {
    /// The fundamental alone.
    Sine,
    /// Odd harmonics, falling by 12 dB an octave.
    Triangle,
    /// All harmonics, falling by 6 dB an octave.
    Saw,
    /// Odd harmonics, falling by 6 dB an octave.
    Square,
}

impl Wave {
    const ALL: [Wave; 4] = [Wave::Sine, Wave::Triangle, Wave::Saw, Wave::Square];

    /// Amplitude of harmonic `h` ≥ 1 in the Fourier series of the wave with peaks at ±1.
    fn harmonic(self, h: usize) -> f64 {
        use core::f64::consts::PI;
        let n = h as f64;
        match (self, h % 2) {
            (Wave::Sine, _) => f64::from(u8::from(h == 1)),
            (Wave::Triangle, 1) => {
                let sign = if h % 4 == 1 { 1.0 } else { -1.0 };
                sign * 8.0 / (PI * PI * n * n)
            }
            (Wave::Saw, _) => 2.0 / (PI * n),
            (Wave::Square, 1) => 4.0 / (PI * n),
            _ => 0.0,
        }
    }
}

/// The highest fundamental that level `level` serves, in hertz.
fn top_hz(level: usize) -> f64 {
    let nyquist = f64::from(SAMPLE_RATE) / 2.0;
    nyquist / HARMONICS_MAX as f64 * libm::exp2(level as f64 / 2.0)
}

/// Harmonics in level `level`: at least the fundamental.
fn harmonics(level: usize) -> usize {
    ((f64::from(SAMPLE_RATE) / 2.0 / top_hz(level)) as usize).max(1)
}

/// Every wave at every level, shared by all engines of the process.
pub(crate) struct Bank {
    cycles: Box<[Cycle]>,
}

impl Bank {
    /// The bank, made on first use. Not for the render thread.
    pub(crate) fn shared() -> &'static Bank {
        static BANK: OnceLock<Bank> = OnceLock::new();
        BANK.get_or_init(Bank::new)
    }

    fn new() -> Self {
        let tau = core::f64::consts::TAU;
        let sine: Vec<f64> =
            (0..POINTS).map(|i| libm::sin(tau * i as f64 / POINTS as f64)).collect();
        let mut cycles = Vec::with_capacity(Wave::ALL.len() * LEVELS);
        let mut sum = vec![0.0f64; POINTS];
        for wave in Wave::ALL {
            for level in 0..LEVELS {
                sum.fill(0.0);
                for h in 1..=harmonics(level) {
                    let amplitude = wave.harmonic(h);
                    if amplitude != 0.0 {
                        for (i, point) in sum.iter_mut().enumerate() {
                            *point += amplitude * sine[(i * h) % POINTS];
                        }
                    }
                }
                let mut cycle = [[0.0f32; 2]; POINTS];
                for (i, point) in cycle.iter_mut().enumerate() {
                    let here = sum[i] as f32;
                    *point = [here, sum[(i + 1) % POINTS] as f32 - here];
                }
                cycles.push(cycle);
            }
        }
        Self { cycles: cycles.into_boxed_slice() }
    }

    /// Which cycle plays `wave` with a fundamental of up to `hz_max` and no more than
    /// `harmonics_max` harmonics (at least one): the richest that does both.
    pub(crate) fn index(wave: Wave, hz_max: f32, harmonics_max: usize) -> u16 {
        let fits = |level: &usize| {
            top_hz(*level) >= f64::from(hz_max) && harmonics(*level) <= harmonics_max.max(1)
        };
        let level = (0..LEVELS).find(fits).unwrap_or(LEVELS - 1);
        (wave as usize * LEVELS + level) as u16
    }

    /// The cycle that [`Bank::index`] named.
    #[inline(always)]
    pub(crate) fn cycle(&self, index: u16) -> &Cycle {
        &self.cycles[usize::from(index) % self.cycles.len()]
    }
}

/// The value of `cycle` at `phase`, a whole turn being 2³².
#[inline(always)]
pub(crate) fn fraction(phase: u32) -> f32 {
    (phase & ((1 << FRACTION_BITS) - 1)) as i32 as f32 * (1.0 / (1u32 << FRACTION_BITS) as f32)
}

/// The point at or before `phase`, with the step to the next.
#[inline(always)]
pub(crate) fn point(cycle: &Cycle, phase: u32) -> [f32; 2] {
    cycle[(phase >> FRACTION_BITS) as usize]
}

impl core::fmt::Debug for Bank {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bank").field("cycles", &self.cycles.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{db, spectrum};

    /// 2¹⁶ frames of a wave whose period divides them, so that each harmonic fills one bin.
    fn render(wave: Wave, hz: f64, harmonics_max: usize) -> (Vec<f64>, usize) {
        let n = 1usize << 16;
        let bin = (hz * n as f64 / f64::from(SAMPLE_RATE)) as usize | 1;
        let hz = bin as f64 * f64::from(SAMPLE_RATE) / n as f64;
        let bank = Bank::shared();
        let cycle = bank.cycle(Bank::index(wave, hz as f32, harmonics_max));
        let mut phase = 0u32;
        let wave = (0..n)
            .map(|_| {
                let [value, step] = point(cycle, phase);
                let sample = value + step * fraction(phase);
                phase = phase.wrapping_add((bin as u32) << 16);
                f64::from(sample)
            })
            .collect();
        (wave, bin)
    }

    #[test]
    fn aliases_lie_80_db_below_the_tone_up_to_c8_for_every_wave() {
        for wave in Wave::ALL {
            for semitone in (16..=108).step_by(4) {
                let hz = 440.0 * libm::exp2((f64::from(semitone) - 69.0) / 12.0);
                let (signal, bin) = render(wave, hz, usize::MAX);
                let bins = spectrum(&signal);
                let tone = bins[bin].norm();
                let alias = bins
                    .iter()
                    .enumerate()
                    .filter(|(k, _)| k % bin != 0)
                    .map(|(_, x)| x.norm())
                    .fold(0.0, f64::max);
                let below = db(alias / tone);
                assert!(below < -80.0, "{wave:?} at {hz:.0} Hz: {below:.1} dB");
            }
        }
    }

    #[test]
    fn harmonics_have_the_amplitudes_of_the_fourier_series() {
        for wave in Wave::ALL {
            let (signal, bin) = render(wave, 220.0, usize::MAX);
            let bins = spectrum(&signal);
            for h in 1..=40 {
                let expected = wave.harmonic(h).abs();
                let measured = bins[h * bin].norm() * 2.0 / signal.len() as f64;
                assert!((measured - expected).abs() < 2e-4, "{wave:?}, harmonic {h}: {measured}");
            }
        }
    }

    #[test]
    fn harmonic_content_can_be_capped() {
        for harmonics_max in [1, 4, 20] {
            let (signal, bin) = render(Wave::Saw, 110.0, harmonics_max);
            let bins = spectrum(&signal);
            let beyond = bins[(harmonics_max * bin + bin / 2)..]
                .iter()
                .map(|x| x.norm())
                .fold(0.0, f64::max);
            assert!(db(beyond / bins[bin].norm()) < -80.0, "more than {harmonics_max} harmonics");
        }
    }
}
