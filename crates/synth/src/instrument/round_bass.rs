//! The round bass: in the middle, with a little second harmonic.

use crate::modulation::envelope::Adsr;
use crate::osc::wavetable::Wave;
use crate::voice::patch::{Osc, Patch};

pub(super) static PATCH: Patch = Patch {
    a: Osc { wave: Wave::Sine, harmonics_max: 1, semitones: 0.0, gain: 0.85 },
    b: Osc { wave: Wave::Triangle, harmonics_max: 7, semitones: 12.0, gain: 0.3 },
    b_fades: 0.35,
    adsr: Adsr { attack_s: 0.045, decay_s: 2.2, sustain: 0.72, release_s: 0.5 },
    cutoff_hz: 700.0,
    key_track: 0.3,
    damping: 1.4,
    contour_octaves: 1.0,
    contour_s: 0.5,
    velocity_octaves: 1.0,
    drift_octaves: 0.15,
    drift_cents: 0.8,
    drift_hz: [0.05, 0.12],
    width: 0.0,
    scatter: 0.0,
    glide_ms: 50.0,
    gain_db: -16.5,
    reverb_send: 0.06,
    delay_send: 0.0,
};
