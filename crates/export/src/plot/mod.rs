//! A look at the sound: waveform, spectrum, loudness and score of a piece, one under the other on one
//! time axis.
//!
//! A [`Plot`] is fed while the piece is rendered and keeps what the picture needs, whatever the
//! piece's length: a column of pixels, not samples.

mod paint;
mod stft;
mod tempo_map;

mod text;
mod theme;

mod canvas;

mod axes;

mod loudness;
mod roll;
mod spectrogram;
mod waveform;

use std::sync::Arc;

use aeolian_score::Phrase;
use aeolian_score::time::Tick;

use axes::{Pane, Time};
use canvas::Canvas;
use loudness::{Loudness, LoudnessFigures, decibel};
use roll::Roll;
use spectrogram::Spectrogram;
use text::{Anchor, Style};
use waveform::Waveform;

use crate::Error;

const WIDTH_PX: u32 = 1_840;
const HEIGHT_PX: u32 = 1_580;

/// Where the panes lie.
struct Layout {
    waveform: Pane,
    spectrogram: Pane,
    loudness: Pane,
    form: Pane,
    roll: Pane,
}

const LAYOUT: Layout = {
    const fn pane(top: f32, height: f32) -> Pane {
        Pane { left: 110.0, top, width: 1_600.0, height }
    }
    Layout {
        waveform: pane(136.0, 160.0),
        spectrogram: pane(360.0, 450.0),
        loudness: pane(874.0, 180.0),
        form: pane(1_118.0, 84.0),
        roll: pane(1_202.0, 320.0),
    }
};

/// What stands above the picture.
pub(crate) struct Title {
    /// In large letters, such as the seed.
    pub name: String,
    /// Beside it, such as key, tempo and length.
    pub about: String,
}

/// Gathers what a picture of a piece needs.
pub(crate) struct Plot {
    time: Time,
    waveform: Waveform,
    spectrogram: Spectrogram,
    loudness: Loudness,
    roll: Roll,
}

impl Plot {
    /// A plot of a piece of `frames` frames at `rate` frames a second.
    ///
    /// # Errors
    /// When the rate is none that loudness can be measured at.
    pub(crate) fn new(frames: u64, rate: u32) -> Result<Self, Error> {
        let Pane { left, width, .. } = LAYOUT.waveform;
        let frames = frames.max(1);
        let (columns, rows) = (width as usize, LAYOUT.spectrogram.height as usize);
        Ok(Self {
            time: Time { left, width, frames, rate },
            waveform: Waveform::new(columns, frames),
            spectrogram: Spectrogram::new(columns, rows, frames, rate),
            loudness: Loudness::new(rate)?,
            roll: Roll::default(),
        })
    }

    /// Takes the next frames, interleaved L R L R …; 100 ms at a time give smooth curves.
    ///
    /// # Errors
    /// When loudness cannot be measured.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<(), Error> {
        self.waveform.push(samples);
        self.spectrogram.push(samples);
        self.loudness.push(samples)
    }

    /// Where the music stands: `tick` is reached at `frame`, within `phrase`.
    pub(crate) fn follow(&mut self, frame: u64, tick: Tick, phrase: &Arc<Phrase>) {
        self.roll.follow(frame, tick, phrase);
    }

    /// The picture, as a PNG file.
    ///
    /// # Errors
    /// When loudness cannot be measured or the picture not be encoded.
    pub(crate) fn into_png(self, title: &Title) -> Result<Vec<u8>, Error> {
        self.draw(title)?.into_png()
    }

    fn draw(self, title: &Title) -> Result<Canvas, Error> {
        let mut canvas = Canvas::new(WIDTH_PX, HEIGHT_PX, theme::PAGE);
        let figures = self.loudness.figures()?;
        head(&mut canvas, title, &figures);
        self.waveform.draw(&mut canvas, &LAYOUT.waveform, &self.time);
        self.loudness.draw(&mut canvas, &LAYOUT.loudness, &self.time, &figures);
        self.roll.draw(&mut canvas, &LAYOUT.form, &LAYOUT.roll, &self.time);
        self.spectrogram.draw(&mut canvas, &LAYOUT.spectrogram, &self.time);
        self.time.labels(&mut canvas, &LAYOUT.roll);
        Ok(canvas)
    }
}

fn head(canvas: &mut Canvas, title: &Title, figures: &LoudnessFigures) {
    let name = Style::new(theme::TITLE_PX, theme::INK).bold();
    let about = Style::new(theme::CAPTION_PX, theme::FAINT);
    let at = (LAYOUT.waveform.left, 48.0);
    canvas.text(&title.name, at, name);
    let beside = at.0 + canvas.text_width(&title.name, name) + 24.0;
    canvas.text(&title.about, (beside, at.1 + 3.0), about);
    let text = format!(
        "{} LUFS integrated · range {:.1} LU · true peak {} dBTP",
        decibel(figures.integrated_lufs),
        figures.range_lu,
        decibel(figures.true_peak_dbtp)
    );
    canvas.text(&text, (LAYOUT.waveform.right(), at.1 + 3.0), about.anchored(Anchor::End));
}

#[cfg(test)]
mod tests;
