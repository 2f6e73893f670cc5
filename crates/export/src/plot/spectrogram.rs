//! The spectrogram: power over time and logarithmic frequency.
//!
//! One window length cannot serve ten octaves: bass notes need long windows to be told apart, taps
//! need short ones. So there are three short-time Fourier transforms, each four times as long as the
//! next, and each frequency is shown by those nearest to it, with a cross-fade of two octaves between
//! neighbours. A full-scale sine is 0 dB in all of them.

use super::axes::{Pane, Time};
use super::canvas::Canvas;
use super::stft::Stft;
use super::text::Style;
use super::theme;

/// The lowest frequency that is shown.
pub(super) const LOW_HZ: f32 = 30.0;
/// The highest.
pub(super) const HIGH_HZ: f32 = 20_000.0;
/// The level that is black.
pub(super) const FLOOR_DB: f32 = -100.0;
/// The level that is brightest.
pub(super) const TOP_DB: f32 = -20.0;

/// Window lengths in frames, each with the frequency that it serves best.
const WINDOWS: [(usize, f32); 3] = [(16_384, 160.0), (4_096, 640.0), (1_024, 2_560.0)];

/// Gathers a piece's spectrogram while it is rendered.
pub(super) struct Spectrogram {
    bands: Vec<Stft>,
    rows: usize,
    columns: usize,
}

impl Spectrogram {
    /// A spectrogram of `frames` frames on this many columns and rows.
    pub(super) fn new(columns: usize, rows: usize, frames: u64, rate: u32) -> Self {
        let bands = (0..WINDOWS.len())
            .map(|band| {
                let first = (0..rows).find(|row| weight(band, centre_hz(*row, rows)) > 0.0);
                let count =
                    (0..rows).filter(|row| weight(band, centre_hz(*row, rows)) > 0.0).count();
                let first = first.unwrap_or(0);
                let edges: Vec<f32> =
                    (first..=first + count).map(|row| edge_hz(row, rows)).collect();
                Stft::new(WINDOWS[band].0, &edges, first, columns, frames, rate)
            })
            .collect();
        Self { bands, rows, columns }
    }

    /// Takes the next frames, interleaved.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.bands.iter_mut().for_each(|band| band.push(samples));
    }

    /// Completes it, and gives the level in dB for each row, from the highest, and column.
    pub(super) fn levels_db(self) -> Vec<Vec<f32>> {
        let (rows, columns) = (self.rows, self.columns);
        let mut levels = vec![vec![0.0; columns]; rows];
        for (band, stft) in self.bands.into_iter().enumerate() {
            for (row, of_band) in stft.levels_db() {
                let weight = weight(band, centre_hz(row, rows));
                let Some(levels) = levels.get_mut(row) else { continue };
                levels.iter_mut().zip(of_band).for_each(|(level, db)| *level += weight * db);
            }
        }
        levels
    }

    /// Draws it, with the scale of its colours.
    pub(super) fn draw(self, canvas: &mut Canvas, pane: &Pane, time: &Time) {
        pane.caption(canvas, "Spectrum", "Hz");
        for (row, levels) in self.levels_db().into_iter().enumerate() {
            for (column, db) in levels.into_iter().enumerate() {
                let level = (db - FLOOR_DB) / (TOP_DB - FLOOR_DB);
                let at = (pane.left as u32 + column as u32, pane.top as u32 + row as u32);
                canvas.set_pixel(at.0, at.1, theme::level(level));
            }
        }
        for (hz, label) in [
            (50.0, "50"),
            (100.0, "100"),
            (200.0, "200"),
            (500.0, "500"),
            (1_000.0, "1 k"),
            (2_000.0, "2 k"),
            (5_000.0, "5 k"),
            (10_000.0, "10 k"),
            (20_000.0, "20 k"),
        ] {
            let y = pane.y(height(hz));
            canvas.line((pane.left, y), (pane.right(), y), 1.0, theme::fade(theme::EDGE, 0.45));
            pane.tick(canvas, y, label);
        }
        for (x, _) in time.ticks() {
            let colour = theme::fade(theme::EDGE, 0.45);
            canvas.line((x, pane.top), (x, pane.bottom()), 1.0, colour);
        }
        pane.edge(canvas);
        scale(canvas, pane);
    }
}

/// The colours' scale, right of the pane.
fn scale(canvas: &mut Canvas, pane: &Pane) {
    let bar = Pane { left: pane.right() + 22.0, width: 20.0, ..*pane };
    for y in 0..bar.height as u32 {
        let colour = theme::level(1.0 - y as f32 / bar.height);
        for x in 0..bar.width as u32 {
            canvas.set_pixel(bar.left as u32 + x, bar.top as u32 + y, colour);
        }
    }
    let style = Style::new(theme::LABEL_PX, theme::FAINT);
    let mut db = TOP_DB;
    while db >= FLOOR_DB {
        let y = bar.y((db - FLOOR_DB) / (TOP_DB - FLOOR_DB));
        canvas.line((bar.right(), y), (bar.right() + 6.0, y), 1.5, theme::EDGE);
        canvas.text(&format!("{db:.0}").replace('-', "−"), (bar.right() + 12.0, y), style);
        db -= 20.0;
    }
    bar.edge(canvas);
    canvas.text("dBFS", (bar.left, bar.top - 20.0), style);
}

/// A frequency's height in the pane, as a fraction.
fn height(hz: f32) -> f32 {
    (hz / LOW_HZ).log2() / (HIGH_HZ / LOW_HZ).log2()
}

/// The frequency at the upper edge of a row; rows count from the highest.
pub(super) fn edge_hz(row: usize, rows: usize) -> f32 {
    HIGH_HZ * (LOW_HZ / HIGH_HZ).powf(row as f32 / rows as f32)
}

fn centre_hz(row: usize, rows: usize) -> f32 {
    (edge_hz(row, rows) * edge_hz(row + 1, rows)).sqrt()
}

/// The share that a band has in what is shown of a frequency. All bands' shares sum to 1.
fn weight(band: usize, hz: f32) -> f32 {
    let octaves = (hz / WINDOWS[band].1).log2();
    let last = WINDOWS.len() - 1;
    if (octaves < 0.0 && band == 0) || (octaves > 0.0 && band == last) {
        return 1.0;
    }
    (1.0 - octaves.abs() / 2.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 44_100;
    const ROWS: usize = 400;
    const COLUMNS: usize = 300;

    fn levels(frames: usize, sample: impl Fn(usize) -> f32) -> Vec<Vec<f32>> {
        let mut spectrogram = Spectrogram::new(COLUMNS, ROWS, frames as u64, RATE);
        let samples: Vec<f32> = (0..frames).flat_map(|i| [sample(i); 2]).collect();
        samples.chunks(8_820).for_each(|block| spectrogram.push(block));
        spectrogram.levels_db()
    }

    fn tone(hz: f32, amplitude: f32) -> impl Fn(usize) -> f32 {
        move |i| {
            let cycles = f64::from(hz) * i as f64 / f64::from(RATE);
            amplitude * (core::f64::consts::TAU * cycles).sin() as f32
        }
    }

    #[test]
    fn the_ridge_of_a_tone_lies_at_its_frequency_and_shows_its_level() {
        for hz in [55.0, 110.0, 440.0, 1_000.0, 3_000.0, 12_000.0] {
            let levels = levels(3 * RATE as usize, tone(hz, 0.1));
            for column in [60, 150, 240] {
                let level = |row: &usize| levels[*row][column];
                let ridge = (0..ROWS).max_by(|a, b| level(a).total_cmp(&level(b))).unwrap();
                let (above, below) =
                    (edge_hz(ridge.saturating_sub(1), ROWS), edge_hz(ridge + 2, ROWS));
                assert!((below..above).contains(&hz), "{hz} Hz is shown at {below} to {above} Hz");
                assert!((level(&ridge) + 20.0).abs() < 0.6, "{hz} Hz: {} dB", level(&ridge));
                let octave_up = ridge.saturating_sub(ROWS * 10 / 94);
                assert!(
                    level(&octave_up) < -75.0,
                    "{hz} Hz: an octave up {} dB",
                    level(&octave_up)
                );
            }
        }
    }

    #[test]
    fn a_tap_lies_at_its_moment() {
        let frames = 3 * RATE as usize;
        let at = frames * 2 / 3 + frames / COLUMNS / 2;
        let levels = levels(frames, |i| if i == at { 0.9 } else { 0.0 });
        let row = (0..ROWS).find(|row| edge_hz(*row, ROWS) < 8_000.0).unwrap();
        let peak = (0..COLUMNS).max_by(|a, b| levels[row][*a].total_cmp(&levels[row][*b])).unwrap();
        assert!((199..=201).contains(&peak), "column {peak}");
    }

    #[test]
    fn every_frequency_is_shown_in_full() {
        for row in 0..ROWS {
            let sum: f32 = (0..WINDOWS.len()).map(|band| weight(band, centre_hz(row, ROWS))).sum();
            assert!((sum - 1.0).abs() < 1e-5, "row {row}: {sum}");
        }
    }

    #[test]
    fn a_piece_shorter_than_a_window_has_a_spectrum_too() {
        let levels = levels(3_000, tone(1_000.0, 0.5));
        let row = (0..ROWS).find(|row| edge_hz(row + 1, ROWS) < 1_000.0).unwrap();
        assert!(levels[row][COLUMNS / 2] > -20.0);
        assert!(levels.iter().flatten().all(|db| db.is_finite()));
    }
}
