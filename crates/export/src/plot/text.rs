//! Text as outlines of an embedded typeface, so that a picture looks the same on every machine.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, OutlineBuilder};

use super::paint::{Point, Rgba};

/// Where a text lies beside the point it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It starts there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// How a text looks. The point it is given is the middle of its capitals' height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Pixels in an em.
    pub size: f32,
    /// Whether the strokes are heavier.
    pub bold: bool,
    /// What it is painted in.
    pub colour: Rgba,
    /// Where it lies beside its point.
    pub anchor: Anchor,
}

impl Style {
    /// Plain text of this size that starts at its point.
    pub(super) const fn new(size: f32, colour: Rgba) -> Self {
        Self { size, bold: false, colour, anchor: Anchor::Start }
    }

    /// The same with heavier strokes.
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same, elsewhere beside its point.
    pub(super) const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// The embedded typeface: Inter, in two weights.
pub(super) struct Typeface {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Typeface {
    /// Reads the embedded files.
    pub(super) fn new() -> Self {
        let read = |bytes| Face::parse(bytes, 0).expect("the embedded typeface can be read");
        Self {
            regular: read(include_bytes!("font/Inter-Regular.otf")),
            bold: read(include_bytes!("font/Inter-SemiBold.otf")),
        }
    }

    /// How wide `text` is.
    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        let face = self.face(style);
        let units: f32 = text.chars().map(|letter| advance(face, letter)).sum();
        units * scale(face, style)
    }

    /// The outline of `text` at a point; none when there is nothing to be seen.
    pub(super) fn outline(&self, text: &str, at: Point, style: Style) -> Option<Path> {
        let face = self.face(style);
        let shift = match style.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5,
            Anchor::End => -1.0,
        };
        let mut pen = Pen {
            path: PathBuilder::new(),
            at,
            scale: scale(face, style),
            along: shift * self.width(text, style) / scale(face, style),
            baseline: f32::from(face.capital_height().unwrap_or(0)) / 2.0,
        };
        for letter in text.chars() {
            if let Some(glyph) = face.glyph_index(letter) {
                face.outline_glyph(glyph, &mut pen);
            }
            pen.along += advance(face, letter);
        }
        pen.path.finish()
    }

    fn face(&self, style: Style) -> &Face<'static> {
        if style.bold { &self.bold } else { &self.regular }
    }
}

/// Font units; a letter that the typeface lacks takes half an em.
fn advance(face: &Face<'_>, letter: char) -> f32 {
    let glyph = face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph));
    f32::from(glyph.unwrap_or(face.units_per_em() / 2))
}

/// Pixels in a font unit.
fn scale(face: &Face<'_>, style: Style) -> f32 {
    style.size / f32::from(face.units_per_em())
}

/// Takes outlines in font units, y up, to pixels, y down.
struct Pen {
    path: PathBuilder,
    at: Point,
    scale: f32,
    along: f32,
    baseline: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> Point {
        let (along, down) = (x + self.along, self.baseline - y);
        (self.at.0 + self.scale * along, self.at.1 + self.scale * down)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) =
            (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_that_a_plot_writes_is_in_the_typeface() {
        let typeface = Typeface::new();
        let written = "The quick brown fox, 0123456789 (−16.0 LUFS · 2–5 kHz) A# Bb VII°7 × 3:00";
        for letter in written.chars() {
            assert!(typeface.regular.glyph_index(letter).is_some(), "{letter:?} is missing");
            assert!(typeface.bold.glyph_index(letter).is_some(), "{letter:?} is missing in bold");
        }
    }

    #[test]
    fn a_text_lies_where_its_anchor_says() {
        let typeface = Typeface::new();
        let style = Style::new(20.0, Rgba::from_rgba(255, 255, 255, 255));
        let width = typeface.width("loudness", style);
        for (anchor, left) in [
            (Anchor::Start, 100.0),
            (Anchor::Middle, 100.0 - width / 2.0),
            (Anchor::End, 100.0 - width),
        ] {
            let path = typeface.outline("loudness", (100.0, 50.0), style.anchored(anchor)).unwrap();
            assert!((path.bounds().left() - left).abs() < 3.0, "{anchor:?}: {:?}", path.bounds());
            assert!((path.bounds().right() - left - width).abs() < 3.0, "{anchor:?}");
        }
    }
}
