//! Band-limited wavetables, mip-mapped by thirds of an octave.
//!
//! Every waveform is stored as one cycle for each of [`LEVELS`] ranges of pitch, made by adding up
//! exactly the harmonics that stay below [`BAND_HZ`] at the top of the range: a table
//! holds nothing that could fold back. What is left is the error of linear interpolation. In a table of `T`
//! points a harmonic `h` leaves images `(h / T)²` below itself; the harmonics of a saw fall as
//! `1 / h`, so the worst image lies `h / T²` below the tone: −84 dB for 256 harmonics and 2048 points. A
//! table of fewer harmonics needs fewer points for that, and sixteen voices' tables fit the
//! fastest cache.
//!
//! A phase counts points, not turns: [`FRACTION_BITS`] bits lie between two points, and the bits above
//! a table's own fall off. So the fraction is the same few operations for every table.

use std::sync::OnceLock;

use crate::HALF_RATE;
use crate::simd::{Floats, POINTS_ROOM, PointIndex, Points, Words};

/// Points in the longest cycle and in the shortest.
const POINTS_MAX: usize = 2048;
const POINTS_MIN: usize = 256;
/// Bits of a phase below the point.
const FRACTION_BITS: i32 = 21;
/// Ranges of pitch, each a third of an octave.
const LEVELS: usize = 25;
/// Harmonics in the lowest range.
const HARMONICS_MAX: usize = 256;
/// What every harmonic stays below: what [`crate::mix::upsampler`] passes.
const BAND_HZ: f64 = 9000.0;

/// Where a cycle lies among the points.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cycle {
    pub(crate) start: u32,
    /// Its number of points, a power of two, less one.
    pub(crate) mask: u32,
}

impl Cycle {
    /// The increment of the phase a frame for a frequency of one hertz.
    #[inline(always)]
    pub(crate) fn phase_per_hz(self) -> f32 {
        const ONE: f32 = (1u32 << FRACTION_BITS) as f32 / HALF_RATE as f32;
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
    /// The upper partials of a bar that is tuned as a vibraphone's: two octaves above the bar's own, and
    /// ten times it; the wave's own pitch is an octave above the bar's.
    Bar,
}

impl Wave {
    const ALL: [Wave; 5] = [Wave::Sine, Wave::Triangle, Wave::Saw, Wave::Square, Wave::Bar];

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
            (Wave::Bar, _) if h == 2 => 0.8,
            (Wave::Bar, _) if h == 5 => 0.3,
            _ => 0.0,
        }
    }

    /// Points that level `level` needs.
    fn points(self, level: usize) -> usize {
        let harmonics = harmonics(level);
        let least = match self {
            Wave::Sine => POINTS_MIN,
            // Its harmonics fall as fast as their images rise.
            Wave::Triangle => 4 * harmonics,
            Wave::Bar => 2 * POINTS_MIN,
            Wave::Saw | Wave::Square => {
                let share = harmonics as f64 / HARMONICS_MAX as f64;
                (POINTS_MAX as f64 * libm::sqrt(share)) as usize
            }
        };
        least.next_power_of_two().clamp(POINTS_MIN, POINTS_MAX)
    }
}

/// The highest fundamental that level `level` serves, in hertz; the last serves the whole band.
fn top_hz(level: usize) -> f64 {
    BAND_HZ / HARMONICS_MAX as f64 * libm::exp2(level as f64 / 3.0)
}

/// Harmonics in level `level`: at least the fundamental.
fn harmonics(level: usize) -> usize {
    ((BAND_HZ / top_hz(level)) as usize).max(1)
}

/// Every wave at every level, shared by all engines of the process.
pub(crate) struct Cycles {
    /// One cycle after the other, each with its first point again behind its last.
    pub(crate) points: Box<Points>,
    cycles: Box<[Cycle]>,
}

impl Cycles {
    /// The cycles, made on first use. Not for the render thread.
    pub(crate) fn shared() -> &'static Cycles {
        static CYCLES: OnceLock<Cycles> = OnceLock::new();
        CYCLES.get_or_init(Cycles::new)
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_macros,
        reason = "made on first use, not by the render thread"
    )]
    fn new() -> Self {
        let tau = core::f64::consts::TAU;
        let sine: Vec<f64> =
            (0..POINTS_MAX).map(|i| libm::sin(tau * i as f64 / POINTS_MAX as f64)).collect();
        let mut points = Box::new([0.0; POINTS_ROOM + 1]);
        let mut used = 0;
        let mut cycles: Vec<Cycle> = Vec::with_capacity(Wave::ALL.len() * LEVELS);
        for wave in Wave::ALL {
            let mut last = None;
            for level in 0..LEVELS {
                // A level that has the harmonics of the one below, too, is the same.
                let highest = (1..=harmonics(level)).rfind(|h| wave.harmonic(*h) != 0.0);
                if let Some((same, cycle)) = last
                    && same == highest
                {
                    cycles.push(cycle);
                    continue;
                }
                let count = wave.points(level);
                let mut sum = vec![0.0f64; count];
                for h in 1..=highest.unwrap_or(0) {
                    let amplitude = wave.harmonic(h);
                    if amplitude != 0.0 {
                        for (i, point) in sum.iter_mut().enumerate() {
                            *point += amplitude * sine[(i * h * (POINTS_MAX / count)) % POINTS_MAX];
                        }
                    }
                }
                let cycle = Cycle { start: used as u32, mask: count as u32 - 1 };
                last = Some((highest, cycle));
                cycles.push(cycle);
                let place = &mut points[used..used + count + 1];
                for (point, value) in place.iter_mut().zip(sum.iter().chain(sum.first())) {
                    *point = *value as f32;
                }
                used += count + 1;
            }
        }
        Self { points, cycles: cycles.into_boxed_slice() }
    }

    /// The cycle that plays `wave` with a fundamental of up to `hz_max` and no more than
    /// `harmonics_max` harmonics (at least one): the richest that does both. None where the fundamental
    /// itself is above the band.
    pub(crate) fn cycle(&self, wave: Wave, hz_max: f32, harmonics_max: usize) -> Option<Cycle> {
        let fits = |level: &usize| {
            top_hz(*level) >= f64::from(hz_max) && harmonics(*level) <= harmonics_max.max(1)
        };
        let level = (0..LEVELS).find(fits)?;
        Some(self.cycles[wave as usize * LEVELS + level])
    }
}

/// Where oscillators' waves are read: in which cycles, and at which phases.
#[derive(Clone, Copy)]
pub(crate) struct CycleReader<V: Floats> {
    start: V::Words,
    mask: V::Words,
}

impl<V: Floats> CycleReader<V> {
    /// A reader of cycles of which the lanes from `at` on tell where they start and end.
    #[inline(always)]
    pub(crate) fn new(start: &[u32], mask: &[u32], at: usize) -> Self {
        Self { start: V::Words::load(start, at), mask: V::Words::load(mask, at) }
    }

    /// Where in the tables the phases are.
    #[inline(always)]
    pub(crate) fn places(self, phase: V::Words) -> V::Words {
        self.start.plus(phase.right::<FRACTION_BITS>() & self.mask)
    }
}

/// The waves at the places from `at` on, as far after them as the phases say.
#[inline(always)]
pub(crate) fn read<V: Floats>(
    points: &Points,
    places: &[PointIndex],
    at: usize,
    phase: V::Words,
) -> V {
    let (here, next) = V::pairs(points, places, at);
    let between = phase & V::Words::splat((1 << FRACTION_BITS) - 1);
    let fraction = between.to_floats() * V::splat(1.0 / (1u32 << FRACTION_BITS) as f32);
    here + (next - here) * fraction
}

impl core::fmt::Debug for Cycles {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Cycles").field("cycles", &self.cycles.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{db, spectrum};

    /// 2¹⁶ frames of a wave whose period divides them, so that each harmonic fills one bin.
    fn render(wave: Wave, hz: f64, harmonics_max: usize) -> (Vec<f64>, usize) {
        let n = 1usize << 16;
        let bin = (hz * n as f64 / f64::from(HALF_RATE)) as usize | 1;
        let hz = bin as f64 * f64::from(HALF_RATE) / n as f64;
        let cycles = Cycles::shared();
        let cycle = cycles.cycle(wave, hz as f32, harmonics_max).unwrap();
        let reader: CycleReader<f32> = CycleReader::new(&[cycle.start], &[cycle.mask], 0);
        // Exact: a turn of 2³² in which `bin` turns fill 2¹⁶ frames.
        let increment = ((bin as u64 * u64::from(cycle.mask + 1)) << FRACTION_BITS >> 16) as u32;
        let mut phase = 0u32;
        let wave = (0..n)
            .map(|_| {
                let place = PointIndex::new(reader.places(phase));
                let sample: f32 = read(&cycles.points, &[place], 0, phase);
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
                let tone = bins[bin].norm().max(bins[2 * bin].norm());
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
            for h in 1..=30 {
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
