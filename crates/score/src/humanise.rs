//! What a player's hands add: small deviations of time and of stroke, from the seed.

use crate::control::value::Bpm;
use crate::rng::Rng;
use crate::time::Tick;

const TIME: u64 = 0x6875_6d61_0001;
const STROKE: u64 = 0x6875_6d61_0002;

/// The widest that a note may stray from the grid.
pub(crate) const STRAY_MS_MAX: f32 = 12.0;

/// A moment near `grid`, triangularly distributed within `stray_ms` of it, and never before
/// `earliest`.
pub(crate) fn moment(
    seed: u64,
    id: u64,
    grid: Tick,
    earliest: Tick,
    stray_ms: f32,
    bpm: Bpm,
) -> Tick {
    let mut rng = Rng::at(seed, TIME, id);
    let stray = (rng.unit() - rng.unit()) * stray_ms.min(STRAY_MS_MAX);
    // 960 ticks a beat: bpm × 960 / 60 000 ticks a millisecond.
    let ticks = (f64::from(stray) * bpm.get() * 0.016) as i64;
    grid.saturating_add_signed(ticks).max(earliest)
}

/// A velocity near `velocity`, by at most `spread` either way.
pub(crate) fn stroke(seed: u64, id: u64, velocity: f32, spread: f32) -> u8 {
    let mut rng = Rng::at(seed, STROKE, id);
    let velocity = velocity + (rng.unit() - rng.unit()) * spread;
    velocity.clamp(1.0, 127.0) as u8
}
