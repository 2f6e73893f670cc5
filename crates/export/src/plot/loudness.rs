//! Loudness over time after ITU-R BS.1770-5 and EBU R 128: momentary (400 ms), short-term (3 s),
//! integrated, and the true peak.

use ebur128::{EbuR128, Mode};

use super::axes::{Pane, Time};
use super::canvas::Canvas;
use super::paint::{Point, Rgba};
use super::text::Style;
use super::theme;
use crate::Error;

/// The level at the lower edge, in LUFS and dBTP; the upper edge is 0.
const FLOOR_DB: f64 = -36.0;

/// Gathers a piece's loudness while it is rendered.
pub(super) struct Loudness {
    meter: EbuR128,
    rate: u32,
    seen: u64,
    momentary: Vec<(u64, f64)>,
    short_term: Vec<(u64, f64)>,
    true_peak: Vec<(u64, f64)>,
    greatest_true_peak: f64,
}

/// A piece's loudness in figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LoudnessFigures {
    /// Integrated loudness, in LUFS; −∞ for silence.
    pub integrated_lufs: f64,
    /// Loudness range, in LU.
    pub range_lu: f64,
    /// The greatest true peak, in dBTP; −∞ for silence.
    pub true_peak_dbtp: f64,
}

impl Loudness {
    /// A stereo meter at this rate, in frames a second.
    ///
    /// # Errors
    /// When the rate is none that can be measured.
    pub(super) fn new(rate: u32) -> Result<Self, Error> {
        let mode = Mode::M | Mode::S | Mode::I | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        Ok(Self {
            meter: EbuR128::new(2, rate, mode).map_err(unmeasured)?,
            rate,
            seen: 0,
            momentary: Vec::new(),
            short_term: Vec::new(),
            true_peak: Vec::new(),
            greatest_true_peak: 0.0,
        })
    }

    /// Takes the next frames, interleaved. A curve gets a point for each call.
    ///
    /// # Errors
    /// When the meter refuses them.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), Error> {
        self.meter.add_frames_f32(samples).map_err(unmeasured)?;
        self.seen += samples.len() as u64 / 2;
        // A window that is not yet full holds silence that is not in the piece.
        if self.seen * 10 >= u64::from(self.rate) * 4 {
            self.momentary.push((self.seen, self.meter.loudness_momentary().map_err(unmeasured)?));
        }
        if self.seen >= u64::from(self.rate) * 3 {
            self.short_term.push((self.seen, self.meter.loudness_shortterm().map_err(unmeasured)?));
        }
        let peak = |channel| self.meter.prev_true_peak(channel).map_err(unmeasured);
        let peak = peak(0)?.max(peak(1)?);
        self.greatest_true_peak = self.greatest_true_peak.max(peak);
        self.true_peak.push((self.seen, 20.0 * peak.log10()));
        Ok(())
    }

    /// The figures of all that was pushed.
    ///
    /// # Errors
    /// When the meter cannot give them.
    pub(super) fn figures(&self) -> Result<LoudnessFigures, Error> {
        Ok(LoudnessFigures {
            integrated_lufs: self.meter.loudness_global().map_err(unmeasured)?,
            range_lu: self.meter.loudness_range().map_err(unmeasured)?,
            true_peak_dbtp: 20.0 * self.greatest_true_peak.log10(),
        })
    }

    /// Draws it.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        pane: &Pane,
        time: &Time,
        figures: &LoudnessFigures,
    ) {
        pane.ground(canvas);
        time.grid(canvas, pane);
        pane.caption(canvas, "Loudness", "LUFS and dBTP");
        pane.legend(
            canvas,
            &[
                ("momentary", theme::MOMENTARY),
                ("short-term", theme::SHORT_TERM),
                ("integrated", theme::INTEGRATED),
                ("true peak", theme::TRUE_PEAK),
            ],
        );
        for db in (0..=36).step_by(6) {
            let label = if db == 0 { "0".to_owned() } else { format!("−{db}") };
            pane.level(canvas, height(-f64::from(db)), &label);
        }
        let points = |curve: &[(u64, f64)]| -> Vec<Point> {
            let point = |(frame, db): &(u64, f64)| (time.x(*frame as f64), pane.y(height(*db)));
            curve.iter().map(point).collect()
        };
        canvas.polyline(&points(&self.true_peak), 1.5, theme::TRUE_PEAK);
        canvas.polyline(&points(&self.momentary), 2.0, theme::MOMENTARY);
        canvas.polyline(&points(&self.short_term), 3.5, theme::SHORT_TERM);
        let integrated = pane.y(height(figures.integrated_lufs));
        let ends = ((pane.left, integrated), (pane.right(), integrated));
        canvas.dashes(ends.0, ends.1, 2.0, theme::INTEGRATED);
        pane.edge(canvas);

        let peak = pane.y(height(figures.true_peak_dbtp));
        let apart = theme::LABEL_PX * 2.6;
        let middle = (integrated + peak) / 2.0;
        let (peak, integrated) = if integrated - peak < apart {
            (middle - apart / 2.0, middle + apart / 2.0)
        } else {
            (peak, integrated)
        };
        note(canvas, pane, integrated, figures.integrated_lufs, "LUFS", theme::INTEGRATED);
        note(
            canvas,
            pane,
            peak.max(pane.top + 8.0),
            figures.true_peak_dbtp,
            "dBTP",
            theme::TRUE_PEAK,
        );
    }
}

fn unmeasured(error: ebur128::Error) -> Error {
    Error::Plot(format!("its loudness cannot be measured: {error}"))
}

/// A figure right of the pane.
fn note(canvas: &mut Canvas, pane: &Pane, y: f32, figure: f64, unit: &str, colour: Rgba) {
    let x = pane.right() + 12.0;
    canvas.text(&decibel(figure), (x, y), Style::new(theme::CAPTION_PX, colour).bold());
    canvas.text(unit, (x, y + 20.0), Style::new(theme::LABEL_PX, theme::FAINT));
}

/// A figure in decibel with one digit behind the point.
pub(super) fn decibel(figure: f64) -> String {
    if figure.is_finite() {
        format!("{figure:.1}").replace('-', "−")
    } else {
        "−∞".to_owned()
    }
}

fn height(db: f64) -> f32 {
    (1.0 - db / FLOOR_DB) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 44_100;

    fn measured(seconds: u32, amplitude: f32) -> Loudness {
        let mut loudness = Loudness::new(RATE).unwrap();
        let samples: Vec<f32> = (0..RATE * seconds)
            .map(|i| core::f32::consts::TAU * (997 * i % RATE) as f32 / RATE as f32)
            .flat_map(|phase| [amplitude * phase.sin(); 2])
            .collect();
        samples.chunks(8_820).for_each(|chunk| loudness.push(chunk).unwrap());
        loudness
    }

    #[test]
    fn a_tone_of_997_hz_is_as_loud_as_its_level_says() {
        let loudness = measured(10, 0.1);
        let figures = loudness.figures().unwrap();
        assert!((figures.integrated_lufs + 20.0).abs() < 0.05, "{figures:?}");
        assert!((figures.true_peak_dbtp + 20.0).abs() < 0.1, "{figures:?}");
        assert!(loudness.short_term.iter().all(|(_, lufs)| (lufs + 20.0).abs() < 0.05));
        assert!(loudness.momentary.iter().all(|(_, lufs)| (lufs + 20.0).abs() < 0.05));
    }

    #[test]
    fn a_curve_starts_where_its_window_is_full() {
        let loudness = measured(5, 0.1);
        assert_eq!(loudness.momentary[0].0, u64::from(RATE) * 4 / 10);
        assert_eq!(loudness.short_term[0].0, u64::from(RATE) * 3);
    }

    #[test]
    fn silence_has_figures_that_can_be_written() {
        let figures = measured(1, 0.0).figures().unwrap();
        assert_eq!(decibel(figures.integrated_lufs), "−∞");
        assert_eq!(decibel(figures.true_peak_dbtp), "−∞");
        assert_eq!(decibel(-16.04), "−16.0");
    }
}
