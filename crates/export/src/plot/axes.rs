//! Panes and their axes: where a value lies in the picture, and which values get a label.

use super::canvas::Canvas;
use super::paint::{Point, Rgba};
use super::text::{Anchor, Style};
use super::theme;

/// A rectangle of the picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pane {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Pane {
    /// Right edge.
    pub(super) fn right(&self) -> f32 {
        self.left + self.width
    }

    /// Lower edge.
    pub(super) fn bottom(&self) -> f32 {
        self.top + self.height
    }

    /// How high `fraction` of the pane lies: 0 is its lower edge, 1 its upper edge. What lies
    /// outside is drawn on the edge.
    pub(super) fn y(&self, fraction: f32) -> f32 {
        self.bottom() - fraction.clamp(0.0, 1.0) * self.height
    }

    /// The pane's ground.
    pub(super) fn ground(&self, canvas: &mut Canvas) {
        canvas.rect((self.left, self.top), self.width, self.height, theme::PANE);
    }

    /// The pane's edge, drawn over its data.
    pub(super) fn edge(&self, canvas: &mut Canvas) {
        let (left, top, right, bottom) = (self.left, self.top, self.right(), self.bottom());
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        canvas.polyline(&corners, 1.5, theme::EDGE);
    }

    /// What the pane shows, above its left corner, with the unit in a lighter hand.
    pub(super) fn caption(&self, canvas: &mut Canvas, name: &str, unit: &str) {
        let at = (self.left, self.top - 20.0);
        let style = Style::new(theme::CAPTION_PX, theme::INK).bold();
        canvas.text(name, at, style);
        let beside = (at.0 + canvas.text_width(name, style) + 12.0, at.1);
        canvas.text(unit, beside, Style::new(theme::LABEL_PX, theme::FAINT));
    }

    /// A line of the grid at `fraction` of the height, with its label on the left.
    pub(super) fn level(&self, canvas: &mut Canvas, fraction: f32, label: &str) {
        let y = self.y(fraction);
        canvas.line((self.left, y), (self.right(), y), 1.0, theme::GRID);
        self.tick(canvas, y, label);
    }

    /// A tick and its label on the left edge, at a height in pixels.
    pub(super) fn tick(&self, canvas: &mut Canvas, y: f32, label: &str) {
        canvas.line((self.left - 7.0, y), (self.left, y), 1.5, theme::EDGE);
        let style = Style::new(theme::LABEL_PX, theme::FAINT).anchored(Anchor::End);
        canvas.text(label, (self.left - 13.0, y), style);
    }

    /// Marks with names, in a row that ends above the right corner.
    pub(super) fn legend(&self, canvas: &mut Canvas, entries: &[(&str, Rgba)]) {
        let style = Style::new(theme::LABEL_PX, theme::FAINT);
        let mut right = self.right();
        for (name, colour) in entries.iter().rev() {
            let start = right - canvas.text_width(name, style);
            let y = self.top - 20.0;
            canvas.text(name, (start, y), style);
            canvas.pill((start - 32.0, y - 5.0), 22.0, 10.0, 4.0, *colour);
            right = start - 54.0;
        }
    }
}

/// The axis that all panes share: frames from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    /// Where frame 0 lies.
    pub left: f32,
    /// Pixels that all frames take.
    pub width: f32,
    /// How many there are, at least 1.
    pub frames: u64,
    /// Frames a second.
    pub rate: u32,
}

/// Distances of labels that people count in, in milliseconds.
const STEPS_MS: [u64; 22] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000,
    120_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000,
];

/// The most labels that an axis bears.
const LABELS_MAX: u64 = 13;

impl Time {
    /// Where a frame lies.
    pub(super) fn x(&self, frame: f64) -> f32 {
        self.left + (frame / self.frames as f64) as f32 * self.width
    }

    /// The moments that bear a label, with it.
    pub(super) fn ticks(&self) -> Vec<(f32, String)> {
        let length_ms = self.frames * 1_000 / u64::from(self.rate);
        let fits = |step: &&u64| length_ms / **step < LABELS_MAX;
        let step = STEPS_MS.iter().find(fits).copied();
        let step = step.unwrap_or(length_ms.div_ceil(LABELS_MAX).next_multiple_of(10_800_000));
        (0..=length_ms / step)
            .map(|i| {
                (self.x((i * step * u64::from(self.rate)) as f64 / 1_000.0), label(i * step, step))
            })
            .collect()
    }

    /// Lines through a pane at the moments that bear a label.
    pub(super) fn grid(&self, canvas: &mut Canvas, pane: &Pane) {
        for (x, _) in self.ticks() {
            canvas.line((x, pane.top), (x, pane.bottom()), 1.0, theme::GRID);
        }
    }

    /// The labels, under a pane.
    pub(super) fn labels(&self, canvas: &mut Canvas, pane: &Pane) {
        let style = Style::new(theme::LABEL_PX, theme::FAINT).anchored(Anchor::Middle);
        for (x, text) in self.ticks() {
            let foot: Point = (x, pane.bottom());
            canvas.line(foot, (foot.0, foot.1 + 7.0), 1.5, theme::EDGE);
            canvas.text(&text, (foot.0, foot.1 + 22.0), style);
        }
    }
}

/// A moment as people write it: `1:05`, `1:00:00`, or seconds with a fraction.
fn label(moment_ms: u64, step_ms: u64) -> String {
    let (hours, minutes, seconds) =
        (moment_ms / 3_600_000, moment_ms / 60_000 % 60, moment_ms / 1_000 % 60);
    if step_ms < 1_000 {
        let digits = if step_ms >= 100 {
            1
        } else if step_ms >= 10 {
            2
        } else {
            3
        };
        format!("{:.digits$} s", moment_ms as f64 / 1_000.0)
    } else if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(seconds: f64) -> Time {
        Time { left: 100.0, width: 1000.0, frames: (seconds * 44_100.0) as u64, rate: 44_100 }
    }

    #[test]
    fn labels_stand_at_round_moments_and_never_crowd() {
        for (seconds, second_label) in [
            (0.02, "0.002 s"),
            (1.0, "0.1 s"),
            (20.0, "0:02"),
            (180.0, "0:15"),
            (3600.0, "0:05:00"),
        ] {
            let ticks = axis(seconds).ticks();
            assert!((3..=13).contains(&ticks.len()), "{seconds} s: {} labels", ticks.len());
            assert_eq!(ticks[0].0, 100.0);
            assert_eq!(
                ticks[1].1.trim_start_matches("0:0"),
                second_label.trim_start_matches("0:0")
            );
        }
        assert!(axis(24.0 * 3600.0 * 30.0).ticks().len() <= 13);
        assert_eq!(axis(1e-4).ticks().len(), 1);
    }

    #[test]
    fn a_moment_lies_in_proportion_to_the_length() {
        let axis = axis(200.0);
        assert!((axis.x(44_100.0 * 50.0) - 350.0).abs() < 1e-3);
        let (x, label) = axis.ticks().into_iter().find(|(_, label)| label == "1:00").unwrap();
        assert!((x - 400.0).abs() < 1e-3, "{label} lies at {x}");
    }
}
