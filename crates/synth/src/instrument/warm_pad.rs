//! The warm pad: two saws, a little apart, behind a slow filter.

use crate::modulation::envelope::Adsr;
use crate::osc::wavetable::Wave;
use crate::voice::patch::{Osc, Patch};

pub(super) static PATCH: Patch = Patch {
    a: Osc { wave: Wave::Saw, harmonics_max: 64, semitones: -0.06, gain: 0.5 },
    b: Osc { wave: Wave::Saw, harmonics_max: 64, semitones: 0.06, gain: 0.5 },
    b_fades: 0.0,
    adsr: Adsr { attack_s: 1.4, decay_s: 2.5, sustain: 0.86, release_s: 3.2 },
    cutoff_hz: 3200.0,
    key_track: 0.5,
    damping: 1.2,
    contour_octaves: 0.5,
    contour_s: 2.0,
    velocity_octaves: 1.2,
    drift_octaves: 0.45,
    drift_cents: 3.0,
    drift_hz: [0.06, 0.17],
    width: 0.95,
    scatter: 0.35,
    glide_ms: 0.0,
    gain_db: -17.0,
    reverb_send: 0.5,
    delay_send: 0.0,
};
