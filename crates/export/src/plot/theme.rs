//! Colours and sizes. Everything that tells one thing from another differs in lightness too, so that
//! a picture reads in grey.

use super::paint::Rgba;
use aeolian_score::Part;

/// Behind everything.
pub(super) const PAGE: Rgba = rgb(0x0e_12_19);
/// Behind a pane's data.
pub(super) const PANE: Rgba = rgb(0x15_1a_24);
/// Lines of the grid.
pub(super) const GRID: Rgba = rgb(0x2a_32_40);
/// A pane's edge.
pub(super) const EDGE: Rgba = rgb(0x46_50_60);
/// Titles.
pub(super) const INK: Rgba = rgb(0xee_f1_f6);
/// Labels.
pub(super) const FAINT: Rgba = rgb(0xa3_ad_bd);

/// The waveform's peaks.
pub(super) const PEAK: Rgba = rgb(0x2f_62_7d);
/// The waveform's effective value.
pub(super) const RMS: Rgba = rgb(0x8c_d3_ea);
/// Momentary loudness.
pub(super) const MOMENTARY: Rgba = rgb(0x3c_6d_83);
/// Short-term loudness.
pub(super) const SHORT_TERM: Rgba = rgb(0xa6_e0_f2);
/// Integrated loudness.
pub(super) const INTEGRATED: Rgba = rgb(0xff_d3_7a);
/// True peak.
pub(super) const TRUE_PEAK: Rgba = rgb(0xe2_7d_60);

/// Text of a title, in pixels.
pub(super) const TITLE_PX: f32 = 30.0;
/// Text of a pane's caption, in pixels.
pub(super) const CAPTION_PX: f32 = 20.0;
/// Text of a label, in pixels.
pub(super) const LABEL_PX: f32 = 17.0;

/// The colour of a part's notes.
pub(super) const fn part(part: Part) -> Rgba {
    match part {
        Part::Pad => rgb(0x3f_7a_ad),
        Part::Melody => rgb(0xff_dd_8a),
        Part::Bass => rgb(0x6f_c2_a6),
        Part::Percussion => rgb(0xcb_8a_70),
        Part::Texture => rgb(0x60_4c_7a),
    }
}

/// The colour of a level, 0 (nothing) to 1: the map magma, whose lightness rises evenly.
pub(super) fn level(level: f32) -> [u8; 3] {
    colorous::MAGMA.eval_continuous(f64::from(level.clamp(0.0, 1.0))).into_array()
}

/// A colour with part of its opacity.
pub(super) fn fade(colour: Rgba, opacity: f32) -> Rgba {
    let alpha = (f32::from(colour.alpha()) * opacity.clamp(0.0, 1.0)).round() as u8;
    Rgba::from_rgba(colour.red(), colour.green(), colour.blue(), alpha)
}

const fn rgb(hex: u32) -> Rgba {
    let [_, red, green, blue] = hex.to_be_bytes();
    Rgba::from_rgba(red, green, blue, 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lightness L* of CIE 1976, 0 to 100.
    fn lightness([red, green, blue]: [f32; 3]) -> f32 {
        let linear =
            |c: f32| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        let y = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
        if y > 0.008_856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
    }

    fn lightness_of(colour: Rgba) -> f32 {
        lightness([colour.red(), colour.green(), colour.blue()].map(|c| f32::from(c) / 255.0))
    }

    #[test]
    fn a_higher_level_is_lighter() {
        let steps: Vec<f32> = (0..=64)
            .map(|i| lightness(level(i as f32 / 64.0).map(|c| f32::from(c) / 255.0)))
            .collect();
        assert!(steps.windows(2).all(|pair| pair[1] > pair[0]), "{steps:?}");
        let even = (steps[64] - steps[0]) / 64.0;
        assert!(steps.windows(2).all(|pair| (pair[1] - pair[0]) < 2.5 * even), "{steps:?}");
    }

    #[test]
    fn parts_and_curves_differ_in_lightness() {
        for family in
            [Part::ALL.map(part).as_slice(), &[MOMENTARY, SHORT_TERM, TRUE_PEAK], &[PEAK, RMS]]
        {
            let mut shades: Vec<f32> = family.iter().map(|colour| lightness_of(*colour)).collect();
            shades.push(lightness_of(PANE));
            shades.sort_by(f32::total_cmp);
            assert!(shades.windows(2).all(|pair| pair[1] - pair[0] > 6.0), "{shades:?}");
        }
    }
}
