//! The way into another key: a chord that both keys share, else the nearest by common tones.

use super::table::{CHORDS_MAX, Table};
use crate::key::{Key, PitchClass};
use crate::numeral::Numeral;
use crate::rng::Rng;

/// The chord of `table`, in `to`, that the music enters `to` by when it comes from the chord
/// `last` (its tones) in `from`.
///
/// Where chords of the new key lie wholly within the old scale, one of them is drawn, sooner the
/// more tones it has in common with `last` and the nearer it is to the new tonic. Where none does
/// (keys a tritone apart, say), the chord with the most tones in the old scale, counting those of
/// `last` twice, stands in.
pub(crate) fn draw(
    table: &Table,
    from: Key,
    last: &[PitchClass],
    to: Key,
    rng: &mut Rng,
) -> Numeral {
    let home = table.chords().iter().map(|chord| chord.tones(to));
    let tonic = Numeral::diatonic(to.mode, 0).tones(to);
    let mut weights = [0.0f32; CHORDS_MAX];
    let mut nearest = (0, 0);
    for (i, tones) in home.enumerate().take(weights.len()) {
        let shared = tones.iter().filter(|tone| from.contains(**tone)).count();
        let common = tones.iter().filter(|tone| last.contains(tone)).count();
        let homely = tones.iter().filter(|tone| tonic.contains(tone)).count();
        if shared == tones.len() {
            // The very chord that sounds would not be heard as a change.
            let stays = common == tones.len();
            weights[i] = if stays { 0.1 } else { (1 + common + homely) as f32 };
        }
        let nearness = (shared + common) * 4 + homely;
        if nearness > nearest.0 {
            nearest = (nearness, i);
        }
    }
    let found = weights.iter().any(|weight| *weight > 0.0);
    let index = if found { rng.weighted(&weights) } else { nearest.1 };
    table.chords().get(index).copied().unwrap_or(Numeral::diatonic(to.mode, 0))
}
