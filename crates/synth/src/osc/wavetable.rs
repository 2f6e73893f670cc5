//! Band-limited wavetables, mip-mapped by half octaves.
//!
//! Every waveform is stored as one cycle for each of [`LEVELS`] ranges of pitch, made by adding up
//! exactly the harmonics that stay below half the sample rate at the top of the range: a table
//! holds nothing that could fold back. What is left is the error of linear interpolation. In a table of `T`
//! points a harmonic `h` leaves images `(h / T)²` below itself; the harmonics of a saw fall as
//! `1 / h`, so the worst image lies `h / T²` below the tone: −84 dB for 256 harmonics and 2048 points. A
//! table of fewer harmonics needs fewer points for that, and sixteen voices' tables fit the
//! fastest cache.
//!
//! A phase counts points, not turns: [`FRACTION_BITS`] bits lie between two points, and the bits above
//! a table's own fall off. So the fraction is the same few operations for every table.

use std::sync::OnceLock;

use crate::SAMPLE_RATE;

/// Points in the longest cycle and in the shortest.
const POINTS_MAX: usize = 2048;
const POINTS_MIN: usize = 512;
/// Bits of a phase below the point.
pub(crate) const FRACTION_BITS: u32 = 21;
/// Ranges of pitch, each half an octave.
const LEVELS: usize = 16;
/// Harmonics in the lowest range.
const HARMONICS_MAX: usize = 256;

/// Where a cycle lies in the [`Bank`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cycle {
    start: u32,
    /// Its number of points, a power of two, less one.
    mask: u32,
}

/// What a cycle is read from: its points, the first of them again, and whatever follows.
pub(crate) type Window = [f32; POINTS_MAX + 1];

impl Cycle {
    /// The increment of the phase a frame for a frequency of one hertz.
    #[inline(always)]
    pub(crate) fn phase_per_hz(self) -> f32 {
        const ONE: f32 = (1u32 << FRACTION_BITS) as f32 / SAMPLE_RATE as f32;
        (self.mask + 1) as f32 * ONE
    }
}

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

    /// Points that level `level` needs.
    fn points(self, level: usize) -> usize {
        let harmonics = if self == Wave::Sine { 1 } else { harmonics(level) };
        let least = POINTS_MAX as f64 * libm::sqrt(harmonics as f64 / HARMONICS_MAX as f64);
        (least as usize).next_power_of_two().clamp(POINTS_MIN, POINTS_MAX)
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
    points: Box<[f32]>,
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
            (0..POINTS_MAX).map(|i| libm::sin(tau * i as f64 / POINTS_MAX as f64)).collect();
        let mut points: Vec<f32> = Vec::new();
        let mut cycles: Vec<Cycle> = Vec::with_capacity(Wave::ALL.len() * LEVELS);
        for wave in Wave::ALL {
            for level in 0..LEVELS {
                if let (Wave::Sine, Some(sine)) = (wave, cycles.first()) {
                    cycles.push(*sine);
                    continue;
                }
                let count = wave.points(level);
                let mut sum = vec![0.0f64; count];
                for h in 1..=harmonics(level) {
                    let amplitude = wave.harmonic(h);
                    if amplitude != 0.0 {
                        for (i, point) in sum.iter_mut().enumerate() {
                            *point += amplitude * sine[(i * h * (POINTS_MAX / count)) % POINTS_MAX];
                        }
                    }
                }
                cycles.push(Cycle { start: points.len() as u32, mask: count as u32 - 1 });
                points.extend(sum.iter().chain(sum.first()).map(|value| *value as f32));
            }
        }
        // So that there is a whole window after the start of every cycle.
        points.resize(points.len() + POINTS_MAX, 0.0);
        Self { points: points.into_boxed_slice(), cycles: cycles.into_boxed_slice() }
    }

    /// The cycle that plays `wave` with a fundamental of up to `hz_max` and no more than
    /// `harmonics_max` harmonics (at least one): the richest that does both.
    pub(crate) fn cycle(&self, wave: Wave, hz_max: f32, harmonics_max: usize) -> Cycle {
        let fits = |level: &usize| {
            top_hz(*level) >= f64::from(hz_max) && harmonics(*level) <= harmonics_max.max(1)
        };
        let level = (0..LEVELS).find(fits).unwrap_or(LEVELS - 1);
        self.cycles[wave as usize * LEVELS + level]
    }

    /// What `cycle` is read from.
    #[inline(always)]
    pub(crate) fn window(&self, cycle: Cycle) -> &Window {
        const SILENT: &Window = &[0.0; POINTS_MAX + 1];
        self.points[cycle.start as usize..].first_chunk().unwrap_or(SILENT)
    }
}

/// The point of `cycle` at or before `phase`, and the one after it; `window` is the cycle's.
#[inline(always)]
pub(crate) fn points_at(window: &Window, cycle: Cycle, phase: u32) -> [f32; 2] {
    let point = ((phase >> FRACTION_BITS) & cycle.mask) as usize;
    [window[point], window[point + 1]]
}

/// Where between two points `phase` lies, 0 to 1.
#[inline(always)]
pub(crate) fn fraction(phase: u32) -> f32 {
    (phase & ((1 << FRACTION_BITS) - 1)) as i32 as f32 * (1.0 / (1u32 << FRACTION_BITS) as f32)
}

/// The value between two points.
#[inline(always)]
pub(crate) fn between([here, next]: [f32; 2], fraction: f32) -> f32 {
    here + (next - here) * fraction
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
        let cycle = bank.cycle(wave, hz as f32, harmonics_max);
        let window = bank.window(cycle);
        // Exact: a turn of 2³² in which `bin` turns fill 2¹⁶ frames.
        let increment = ((bin as u64 * u64::from(cycle.mask + 1)) << FRACTION_BITS >> 16) as u32;
        let mut phase = 0u32;
        let wave = (0..n)
            .map(|_| {
                let points = points_at(window, cycle, phase);
                let sample = between(points, fraction(phase));
                phase = phase.wrapping_add(increment);
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
