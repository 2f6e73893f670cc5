//! Colours and points.

/// Red, green, blue and opacity.
pub(super) type Rgba = tiny_skia::ColorU8;

/// A point in pixels, x to the right and y down.
pub(super) type Point = (f32, f32);
