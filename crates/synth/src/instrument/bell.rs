//! The bell: a struck bar, of a fundamental that lasts and two partials that do not.

use crate::modulation::envelope::Adsr;
use crate::osc::wavetable::Wave;
use crate::voice::patch::{Osc, Patch};

pub(super) static PATCH: Patch = Patch {
    a: Osc { wave: Wave::Sine, harmonics_max: 1, semitones: 0.0, gain: 0.8 },
    b: Osc { wave: Wave::Bar, harmonics_max: 9, semitones: 12.03, gain: 0.5 },
    b_fades: 1.0,
    adsr: Adsr { attack_s: 0.006, decay_s: 1.5, sustain: 0.3, release_s: 2.0 },
    cutoff_hz: 7500.0,
    key_track: 0.3,
    damping: 1.4,
    contour_octaves: 0.6,
    contour_s: 0.35,
    velocity_octaves: 2.0,
    drift_octaves: 0.1,
    drift_cents: 2.0,
    drift_hz: [0.15, 0.4],
    width: 0.3,
    scatter: 0.3,
    glide_ms: 12.0,
    gain_db: -11.0,
    reverb_send: 0.5,
    delay_send: 0.4,
};
