//! The pluck: a triangle, and a quiet saw whose filter closes.

use crate::modulation::envelope::Adsr;
use crate::osc::wavetable::Wave;
use crate::voice::patch::{Osc, Patch};

pub(super) static PATCH: Patch = Patch {
    a: Osc { wave: Wave::Triangle, harmonics_max: 32, semitones: 0.0, gain: 0.75 },
    b: Osc { wave: Wave::Saw, harmonics_max: 48, semitones: 0.05, gain: 0.3 },
    b_fades: 0.6,
    adsr: Adsr { attack_s: 0.010, decay_s: 1.0, sustain: 0.4, release_s: 1.5 },
    cutoff_hz: 3400.0,
    key_track: 0.6,
    damping: 1.1,
    contour_octaves: 1.8,
    contour_s: 0.28,
    velocity_octaves: 1.8,
    drift_octaves: 0.2,
    drift_cents: 3.0,
    drift_hz: [0.15, 0.5],
    width: 0.4,
    scatter: 0.3,
    glide_ms: 35.0,
    gain_db: -10.5,
    reverb_send: 0.4,
    delay_send: 0.45,
};
