//! Patches: the panel of a voice, as set for each part.

use crate::modulation::envelope::Adsr;
use crate::osc::wavetable::Wave;

/// One oscillator's settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Osc {
    pub(crate) wave: Wave,
    /// Harmonics at most: how rich the wave is, whatever the pitch allows.
    pub(crate) harmonics_max: usize,
    /// Semitones from the note, fractions for detune.
    pub(crate) semitones: f32,
    pub(crate) gain: f32,
}

/// Everything that a note's part decides about its voice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patch {
    pub(crate) a: Osc,
    pub(crate) b: Osc,
    /// How far `b` fades with the contour: 0 not at all, 1 to silence.
    pub(crate) b_fades: f32,
    pub(crate) adsr: Adsr,
    /// The filter's cutoff for middle C, in hertz.
    pub(crate) cutoff_hz: f32,
    /// Octaves of cutoff an octave of pitch.
    pub(crate) key_track: f32,
    /// Damping of the filter, 1 / Q.
    pub(crate) damping: f32,
    /// Octaves by which the contour opens the filter, and its time to fall by 63 %.
    pub(crate) contour_octaves: f32,
    pub(crate) contour_s: f32,
    /// Octaves of cutoff between the softest and the hardest stroke.
    pub(crate) velocity_octaves: f32,
    /// Slow movement: octaves of cutoff, cents of pitch, and the range of its rate in hertz.
    pub(crate) drift_octaves: f32,
    pub(crate) drift_cents: f32,
    pub(crate) drift_hz: [f32; 2],
    /// Distance of the two oscillators from the centre, 0 to 1, and of the voice as a whole.
    pub(crate) width: f32,
    pub(crate) scatter: f32,
    /// Time to glide from the note before, where that is still held. 0 for parts that do not glide.
    pub(crate) glide_ms: f32,
    pub(crate) gain_db: f32,
    pub(crate) reverb_send: f32,
    pub(crate) delay_send: f32,
}

/// Two saws, a little apart, behind a slow filter.
pub(crate) const PAD: Patch = Patch {
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

/// A struck bar: a fundamental that lasts, and two partials that do not.
pub(crate) const BELL: Patch = Patch {
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

/// A soft pluck: a triangle and a quiet saw whose filter closes.
pub(crate) const PLUCK: Patch = Patch {
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

/// A round bass in the middle, with a little second harmonic.
pub(crate) const BASS: Patch = Patch {
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
