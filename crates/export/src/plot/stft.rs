//! A short-time Fourier transform (Allen and Rabiner, "A unified approach to short-time Fourier
//! analysis and synthesis", Proc. IEEE 1977) that keeps power in cells of time and frequency.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Zeros behind the window, in window lengths: bins lie closer, and no tone falls between two.
const PADDING: usize = 2;

/// What is taken for silence.
const SILENCE_DB: f32 = -200.0;

/// Where a row's frequencies lie among the bins, in fractions of bins.
#[derive(Clone, Copy, Debug)]
struct BinRange {
    low: f32,
    high: f32,
}

/// Gathers the power of both channels in the rows of one band.
pub(super) struct Stft {
    size: usize,
    hop: usize,
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Left and right from the window's start on.
    history: [Vec<f32>; 2],
    /// Frames still to be passed over before the history goes on.
    skip: usize,
    /// The frame in the middle of the next window.
    centre: u64,
    frames: u64,
    first_row: usize,
    rows: Vec<BinRange>,
    /// Sums of power: rows of columns.
    power: Vec<Vec<f32>>,
    /// Windows that each column has got.
    windows: Vec<u32>,
}

impl Stft {
    /// A transform with windows of `size` frames, for rows between neighbouring `edges_hz`, given
    /// from the highest on. The first of them is `first_row` of the picture.
    pub(super) fn new(
        size: usize,
        edges_hz: &[f32],
        first_row: usize,
        columns: usize,
        frames: u64,
        rate: u32,
    ) -> Self {
        let window: Vec<f32> = (0..size)
            .map(|i| 0.5 - 0.5 * (core::f32::consts::TAU * (i as f32 + 0.5) / size as f32).cos())
            .collect();
        let fft = RealFftPlanner::new().plan_fft_forward(size * PADDING);
        // Up to eight windows a column, never further apart than where their sum is even; in a short
        // piece, where columns are closer than that, eight windows a window length.
        let column = (frames / columns.max(1) as u64) as usize;
        let hop = column.clamp(size / 8, size / 2).max(column / 8);
        let bin = (size * PADDING) as f32 / rate as f32;
        let rows: Vec<BinRange> = edges_hz
            .windows(2)
            .map(|edges| BinRange { low: edges[1] * bin, high: edges[0] * bin })
            .collect();
        Self {
            size,
            hop,
            window,
            input: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            history: [vec![0.0; size / 2], vec![0.0; size / 2]],
            skip: 0,
            centre: 0,
            frames,
            first_row,
            power: vec![vec![0.0; columns]; rows.len()],
            rows,
            windows: vec![0; columns],
        }
    }

    /// Takes the next frames, interleaved.
    pub(super) fn push(&mut self, samples: &[f32]) {
        for frame in samples.chunks_exact(2) {
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            self.history.iter_mut().zip(frame).for_each(|(history, sample)| history.push(*sample));
            if self.history[0].len() == self.size {
                self.transform();
            }
        }
    }

    fn transform(&mut self) {
        let columns = self.windows.len() as u64;
        let column = (self.centre * columns / self.frames.max(1)) as usize;
        self.centre += self.hop as u64;
        if let Some(windows) = self.windows.get_mut(column) {
            *windows += 1;
            let sum: f32 = self.window.iter().sum();
            for channel in 0..2 {
                for (input, (sample, window)) in
                    self.input.iter_mut().zip(self.history[channel].iter().zip(&self.window))
                {
                    *input = sample * window;
                }
                self.input[self.size..].fill(0.0);
                let done = self.fft.process_with_scratch(
                    &mut self.input,
                    &mut self.spectrum,
                    &mut self.scratch,
                );
                debug_assert!(done.is_ok(), "the buffers are the plan's own");
                // A sine of amplitude a has |X| = a · Σw / 2; half the power is one channel's share.
                let scale = 4.0 / (sum * sum) / 2.0;
                for (row, power) in self.rows.iter().zip(&mut self.power) {
                    power[column] += scale * greatest(&self.spectrum, *row);
                }
            }
        }
        // The next window may start beyond the end of this one.
        self.skip = self.hop.saturating_sub(self.size);
        for history in &mut self.history {
            history.drain(..self.hop.min(self.size));
        }
    }

    /// Completes it, and gives each row's index in the picture with its level in dB by column.
    pub(super) fn levels_db(mut self) -> impl Iterator<Item = (usize, Vec<f32>)> {
        self.push(&vec![0.0; self.size * 2]);
        let Self { first_row, power, windows, .. } = self;
        let levels = power.into_iter().enumerate();
        levels.map(move |(row, power)| (first_row + row, to_db(&power, &windows)))
    }
}

/// The greatest power in a row. Between two bins the spectrum is taken for a straight line.
fn greatest(spectrum: &[Complex<f32>], row: BinRange) -> f32 {
    let power = |bin: usize| spectrum.get(bin).map_or(0.0, Complex::norm_sqr);
    let between = |at: f32| {
        let (bin, part) = (at as usize, at.fract());
        power(bin) * (1.0 - part) + power(bin + 1) * part
    };
    let ends = between(row.low).max(between(row.high));
    (row.low.ceil() as usize..=row.high as usize).map(power).fold(ends, f32::max)
}

/// Mean power in dB. A column without a window of its own lies on a line between its neighbours.
fn to_db(power: &[f32], windows: &[u32]) -> Vec<f32> {
    let known: Vec<(usize, f32)> = power
        .iter()
        .zip(windows)
        .enumerate()
        .filter(|(_, (_, windows))| **windows > 0)
        .map(|(at, (power, windows))| {
            (at, (10.0 * (power / *windows as f32).log10()).max(SILENCE_DB))
        })
        .collect();
    let mut next = 0;
    (0..power.len())
        .map(|at| {
            while known.get(next).is_some_and(|(place, _)| *place < at) {
                next += 1;
            }
            match (next.checked_sub(1).and_then(|i| known.get(i)), known.get(next)) {
                (Some((left, a)), Some((right, b))) => {
                    a + (b - a) * (at - left) as f32 / (right - left) as f32
                }
                (Some((_, level)), None) | (None, Some((_, level))) => *level,
                (None, None) => SILENCE_DB,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_between_two_windows_lie_on_a_line() {
        let db = to_db(&[0.0, 2.0, 0.0, 0.0, 0.02, 0.0], &[0, 2, 0, 0, 2, 0]);
        let expected = [0.0, 0.0, -20.0 / 3.0, -40.0 / 3.0, -20.0, -20.0];
        assert!(db.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{db:?}");
    }

    #[test]
    fn silence_and_nothing_are_levels_too() {
        assert_eq!(to_db(&[0.0, 0.0], &[1, 0]), [SILENCE_DB, SILENCE_DB]);
        assert_eq!(to_db(&[0.0], &[0]), [SILENCE_DB]);
    }
}
