//! What the tests measure signals with; signals at [`HALF_RATE`] where frequencies are asked for.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::{HALF_QUANTUM, HALF_RATE};

/// The spectrum of a signal, DC first.
pub(crate) fn spectrum(signal: &[f64]) -> Vec<Complex<f64>> {
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(signal.len());
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut signal.to_vec(), &mut spectrum).unwrap();
    spectrum
}

/// The part of a signal between two frequencies, with edges a sixth of an octave wide.
pub(crate) fn band(signal: &[f64], low_hz: f64, high_hz: f64) -> Vec<f64> {
    let mut bins = spectrum(signal);
    let n = signal.len();
    for (k, bin) in bins.iter_mut().enumerate() {
        let hz = k as f64 * f64::from(HALF_RATE) / n as f64;
        let edge = |octaves: f64| (0.5 + 6.0 * octaves).clamp(0.0, 1.0);
        let gain = if hz == 0.0 {
            0.0
        } else {
            edge(libm::log2(hz / low_hz)) * edge(libm::log2(high_hz / hz))
        };
        *bin *= gain / n as f64;
    }
    let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(n);
    let mut out = inverse.make_output_vec();
    bins[0].im = 0.0;
    if n.is_multiple_of(2) {
        bins[n / 2].im = 0.0;
    }
    inverse.process(&mut bins, &mut out).unwrap();
    out
}

/// The time in seconds that a decay, heard in several places, takes for 60 dB: twice that from −5 to −35 dB of the
/// energy still to come (M. R. Schroeder, "New method of measuring reverberation time", JASA 37, 1965).
pub(crate) fn rt60(places: &[Vec<f64>]) -> f64 {
    let mut energy = vec![0.0; places[0].len()];
    for signal in places {
        let mut left = 0.0;
        for (energy, x) in energy.iter_mut().zip(signal).rev() {
            left += x * x;
            *energy += left;
        }
    }
    let db: Vec<f64> = energy.iter().map(|e| 10.0 * libm::log10(e / energy[0] + 1e-30)).collect();
    let points: Vec<(f64, f64)> = db
        .iter()
        .enumerate()
        .filter(|(_, db)| (-35.0..-5.0).contains(*db))
        .map(|(i, db)| (i as f64 / f64::from(HALF_RATE), *db))
        .collect();
    -60.0 / slope(&points)
}

/// The slope of the line through points that fits best.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (sxy, sxx) = points.iter().fold((0.0, 0.0), |(sxy, sxx), (x, y)| {
        (sxy + (x - mx) * (y - my), sxx + (x - mx) * (x - mx))
    });
    sxy / sxx
}

/// Runs a stereo effect over `seconds` with an impulse at frame 0.
pub(crate) fn impulse_response(
    seconds: f64,
    mut process: impl FnMut(&[f32; HALF_QUANTUM]) -> [[f32; HALF_QUANTUM]; 2],
) -> [Vec<f64>; 2] {
    let mut out = [Vec::new(), Vec::new()];
    for quantum in 0..(seconds * f64::from(HALF_RATE)) as usize / HALF_QUANTUM {
        let mut input = [0.0f32; HALF_QUANTUM];
        if quantum == 0 {
            input[0] = 1.0;
        }
        for (out, block) in out.iter_mut().zip(process(&input)) {
            out.extend(block.map(f64::from));
        }
    }
    out
}

/// Decibels of a ratio of amplitudes.
pub(crate) fn db(ratio: f64) -> f64 {
    20.0 * libm::log10(ratio.max(1e-20))
}
