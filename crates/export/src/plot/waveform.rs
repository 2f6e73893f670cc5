//! The waveform: for each column of the picture the extremes and the effective value of left and
//! right.

use super::axes::{Pane, Time};
use super::canvas::Canvas;
use super::text::Style;
use super::theme;

/// −6 dBFS, where the scale has its mark.
const HALF: f32 = 0.501_187;

/// What a column knows of one channel.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    least: f32,
    greatest: f32,
    energy: f64,
    samples: u32,
}

const EMPTY: Column = Column { least: 0.0, greatest: 0.0, energy: 0.0, samples: 0 };

/// Gathers a piece's waveform while it is rendered.
pub(super) struct Waveform {
    columns: [Vec<Column>; 2],
    frames: u64,
    /// Frames seen so far.
    seen: u64,
}

impl Waveform {
    /// A waveform of `frames` frames on `columns` columns.
    pub(super) fn new(columns: usize, frames: u64) -> Self {
        Self { columns: [vec![EMPTY; columns], vec![EMPTY; columns]], frames, seen: 0 }
    }

    /// Takes the next frames, interleaved.
    pub(super) fn push(&mut self, samples: &[f32]) {
        for frame in samples.chunks_exact(2) {
            let count = self.columns[0].len() as u64;
            let at = (self.seen * count / self.frames.max(1)).min(count.saturating_sub(1)) as usize;
            for (columns, sample) in self.columns.iter_mut().zip(frame) {
                let Some(column) = columns.get_mut(at) else { continue };
                column.least = column.least.min(*sample);
                column.greatest = column.greatest.max(*sample);
                column.energy += f64::from(*sample) * f64::from(*sample);
                column.samples += 1;
            }
            self.seen += 1;
        }
    }

    /// Draws it: left above, right below, both on a scale from −1 to 1.
    pub(super) fn draw(&self, canvas: &mut Canvas, pane: &Pane, time: &Time) {
        pane.ground(canvas);
        time.grid(canvas, pane);
        pane.caption(canvas, "Waveform", "dBFS, left and right");
        pane.legend(canvas, &[("peak", theme::PEAK), ("RMS", theme::RMS)]);
        for (channel, columns) in self.columns.iter().enumerate() {
            let half = pane.height / 2.0;
            let lane = Pane { top: pane.top + half * channel as f32, height: half, ..*pane };
            lane.level(canvas, height(HALF), "−6");
            canvas.line((lane.left, lane.y(0.5)), (lane.right(), lane.y(0.5)), 1.0, theme::GRID);
            lane.level(canvas, height(-HALF), "−6");
            let points = |value: fn(&Column) -> f32| -> Vec<(f32, f32)> {
                let filled = columns.iter().enumerate().filter(|(_, column)| column.samples > 0);
                let x =
                    |at: usize| lane.left + (at as f32 + 0.5) * lane.width / columns.len() as f32;
                filled.map(|(at, column)| (x(at), lane.y(height(value(column))))).collect()
            };
            canvas.area(&points(|c| c.greatest), &points(|c| c.least), theme::PEAK);
            canvas.area(&points(rms), &points(|c| -rms(c)), theme::RMS);
        }
        let name = Style::new(theme::LABEL_PX, theme::FAINT).bold();
        canvas.text("L", (pane.left + 8.0, pane.top + 14.0), name);
        let middle = pane.y(0.5);
        canvas.text("R", (pane.left + 8.0, middle + 14.0), name);
        canvas.line((pane.left, middle), (pane.right(), middle), 1.5, theme::EDGE);
        pane.edge(canvas);
    }
}

fn rms(column: &Column) -> f32 {
    (column.energy / f64::from(column.samples.max(1))).sqrt() as f32
}

/// A sample's height in its lane, as a fraction.
fn height(sample: f32) -> f32 {
    (sample + 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_holds_its_own_extremes_and_effective_value() {
        let mut waveform = Waveform::new(10, 1_000);
        let samples: Vec<f32> = (0..1_000)
            .flat_map(|i| {
                if i / 100 == 3 { [if i % 2 == 0 { 0.5 } else { -0.25 }, 0.1] } else { [0.0; 2] }
            })
            .collect();
        samples.chunks(46).for_each(|block| waveform.push(block));
        let left = &waveform.columns[0];
        assert_eq!((left[3].least, left[3].greatest, left[3].samples), (-0.25, 0.5, 100));
        assert!((rms(&left[3]) - (0.15625_f32).sqrt()).abs() < 1e-6);
        assert!(left.iter().enumerate().all(|(i, column)| i == 3 || column.greatest == 0.0));
        assert!((rms(&waveform.columns[1][3]) - 0.1).abs() < 1e-6);
    }
}
