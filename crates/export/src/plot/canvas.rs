//! What the panes draw with: filled shapes, lines and text on a bitmap. Lengths are in pixels, x to
//! the right and y down.

use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash,
    Transform,
};

use super::paint::{Point, Rgba};
use super::text::{Style, Typeface};
use crate::Error;

/// The picture while it is drawn.
pub(super) struct Canvas {
    pixmap: Pixmap,
    typeface: Typeface,
}

impl Canvas {
    /// A picture of one colour.
    pub(super) fn new(width: u32, height: u32, background: Rgba) -> Self {
        let mut pixmap = Pixmap::new(width.max(1), height.max(1)).expect("the size is not zero");
        pixmap.fill(flat(background));
        Self { pixmap, typeface: Typeface::new() }
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub(super) fn into_png(self) -> Result<Vec<u8>, Error> {
        self.pixmap.encode_png().map_err(|error| Error::Plot(error.to_string()))
    }

    /// Red, green and blue at a pixel.
    #[cfg(test)]
    pub(super) fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let pixel = self.pixmap.pixel(x, y).unwrap();
        [pixel.red(), pixel.green(), pixel.blue()]
    }

    /// Sets one opaque pixel; nothing happens outside the picture.
    pub(super) fn set_pixel(&mut self, x: u32, y: u32, [red, green, blue]: [u8; 3]) {
        let at = y as usize * self.pixmap.width() as usize + x as usize;
        if x < self.pixmap.width()
            && let Some(pixel) = self.pixmap.pixels_mut().get_mut(at)
        {
            *pixel = Rgba::from_rgba(red, green, blue, 255).premultiply();
        }
    }

    /// Fills a rectangle; an empty one is not drawn.
    pub(super) fn rect(&mut self, (x, y): Point, width: f32, height: f32, colour: Rgba) {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.pixmap.fill_rect(rect, &paint(colour), Transform::identity(), None);
        }
    }

    /// Fills a rectangle with rounded corners.
    pub(super) fn pill(
        &mut self,
        (x, y): Point,
        width: f32,
        height: f32,
        radius: f32,
        colour: Rgba,
    ) {
        let r = radius.min(width / 2.0).min(height / 2.0);
        let (right, bottom) = (x + width, y + height);
        let mut path = PathBuilder::new();
        path.move_to(x + r, y);
        path.line_to(right - r, y);
        path.quad_to(right, y, right, y + r);
        path.line_to(right, bottom - r);
        path.quad_to(right, bottom, right - r, bottom);
        path.line_to(x + r, bottom);
        path.quad_to(x, bottom, x, bottom - r);
        path.line_to(x, y + r);
        path.quad_to(x, y, x + r, y);
        path.close();
        self.fill(path.finish(), colour);
    }

    /// Fills a circle.
    pub(super) fn circle(&mut self, (x, y): Point, radius: f32, colour: Rgba) {
        self.fill(PathBuilder::from_circle(x, y, radius), colour);
    }

    /// Fills a lens: it opens at `from`, is `height` high in its middle, and closes at `to`.
    pub(super) fn lens(&mut self, from: Point, to: Point, height: f32, colour: Rgba) {
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.quad_to(middle.0, middle.1 - height, to.0, to.1);
        path.quad_to(middle.0, middle.1 + height, from.0, from.1);
        path.close();
        self.fill(path.finish(), colour);
    }

    /// Fills what lies between two lines, both from left to right.
    pub(super) fn area(&mut self, upper: &[Point], lower: &[Point], colour: Rgba) {
        self.fill(path(upper.iter().chain(lower.iter().rev()), true), colour);
    }

    /// Draws a line through points.
    pub(super) fn polyline(&mut self, points: &[Point], width: f32, colour: Rgba) {
        let stroke = Stroke { width, line_join: LineJoin::Round, ..Stroke::default() };
        self.stroke(path(points.iter(), false), &stroke, colour);
    }

    /// Draws a straight line.
    pub(super) fn line(&mut self, from: Point, to: Point, width: f32, colour: Rgba) {
        self.polyline(&[from, to], width, colour);
    }

    /// Draws a straight broken line.
    pub(super) fn dashes(&mut self, from: Point, to: Point, width: f32, colour: Rgba) {
        let dash = StrokeDash::new(vec![width * 4.0, width * 3.0], 0.0);
        let stroke = Stroke { width, dash, line_cap: LineCap::Butt, ..Stroke::default() };
        self.stroke(path([from, to].iter(), false), &stroke, colour);
    }

    /// Writes one line of text.
    pub(super) fn text(&mut self, text: &str, at: Point, style: Style) {
        self.fill(self.typeface.outline(text, at, style), style.colour);
    }

    /// How wide a text is.
    pub(super) fn text_width(&self, text: &str, style: Style) -> f32 {
        self.typeface.width(text, style)
    }

    fn fill(&mut self, path: Option<Path>, colour: Rgba) {
        if let Some(path) = path {
            let rule = FillRule::Winding;
            self.pixmap.fill_path(&path, &paint(colour), rule, Transform::identity(), None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, stroke: &Stroke, colour: Rgba) {
        if let Some(path) = path {
            self.pixmap.stroke_path(&path, &paint(colour), stroke, Transform::identity(), None);
        }
    }
}

fn paint(colour: Rgba) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(flat(colour));
    paint
}

fn flat(colour: Rgba) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(colour.red(), colour.green(), colour.blue(), colour.alpha())
}

fn path<'a>(points: impl Iterator<Item = &'a Point>, closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (i, (x, y)) in points.enumerate() {
        if i == 0 {
            path.move_to(*x, *y);
        } else {
            path.line_to(*x, *y);
        }
    }
    if closed {
        path.close();
    }
    path.finish()
}
