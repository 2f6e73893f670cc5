//! Patches: the panel of a voice, as an instrument sets it.

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

/// Everything that an instrument decides about its voices.
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
    /// Time to glide from the note before, where that is still held. 0 for instruments that do not glide.
    pub(crate) glide_ms: f32,
    pub(crate) gain_db: f32,
    pub(crate) reverb_send: f32,
    pub(crate) delay_send: f32,
}
