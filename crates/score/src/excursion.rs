//! Excursions: whole sections' middles in a neighbouring key, where `wander` asks for them.

use crate::control::Controls;
use crate::form::Place;
use crate::key::{Key, Mode};
use crate::rng::Rng;

const WANDER: u64 = 0x7761_6e64_0001;

/// The key of a phrase: the one that was asked for, or that of an excursion.
///
/// With probability `wander` a section leaves after its first phrase, and comes back before its
/// last, so each section begins and ends at home. More `wander` also goes further.
pub(crate) fn key(seed: u64, place: &Place, controls: &Controls) -> Key {
    let home = controls.home();
    let mut rng = Rng::at(seed, WANDER, place.section);
    let wander = controls.wander.get();
    if place.opens_section() || place.closes_section() || !rng.chance(wander) {
        return home;
    }
    let far = rng.unit() < (wander - 0.5) * 0.8;
    let up = rng.chance(0.5);
    match (far, home.mode) {
        // A third away: few tones in common, like another light.
        (true, _) => Key { tonic: home.tonic.up(if up { 4 } else { 8 }), ..home },
        // The relative key: the same tones around another home.
        (false, Mode::Minor) if up => Key { tonic: home.tonic.up(3), mode: Mode::Major },
        (false, Mode::Major) if up => Key { tonic: home.tonic.up(9), mode: Mode::Minor },
        // A fifth up or down: one tone differs.
        (false, _) => Key { tonic: home.tonic.up(if rng.chance(0.5) { 7 } else { 5 }), ..home },
    }
}
