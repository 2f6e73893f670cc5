//! Pitch classes, modes and keys.

use core::fmt;
use core::str::FromStr;

/// One of the twelve tones without its octave, 0 = C to 11 = B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PitchClass(u8);

const SHARP_NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const FLAT_NAMES: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];

impl PitchClass {
    /// A.
    pub const A: Self = Self(9);

    /// The pitch class of a MIDI note number, or of any count of semitones above C.
    #[must_use]
    pub const fn new(semitones: u8) -> Self {
        Self(semitones % 12)
    }

    /// 0 = C to 11 = B.
    #[must_use]
    pub const fn semitones(self) -> u8 {
        self.0
    }

    /// This pitch class moved up by `semitones`.
    #[must_use]
    pub const fn up(self, semitones: u8) -> Self {
        Self((self.0 + semitones % 12) % 12)
    }

    /// Semitones from `self` up to `other`, 0 to 11.
    #[must_use]
    pub const fn interval_to(self, other: Self) -> u8 {
        (other.0 + 12 - self.0) % 12
    }

    /// The name with sharps, or with flats.
    #[must_use]
    pub const fn name(self, flats: bool) -> &'static str {
        let names = if flats { &FLAT_NAMES } else { &SHARP_NAMES };
        names[self.0 as usize]
    }
}

/// The seven church modes and the harmonic minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Ionian.
    Major,
    /// Minor with a raised sixth.
    Dorian,
    /// Minor with a lowered second.
    Phrygian,
    /// Major with a raised fourth.
    Lydian,
    /// Major with a lowered seventh.
    Mixolydian,
    /// Aeolian, the natural minor.
    Minor,
    /// Minor with a raised seventh.
    HarmonicMinor,
    /// Minor with lowered second and fifth.
    Locrian,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Mode; 8] = [
        Mode::Major,
        Mode::Dorian,
        Mode::Phrygian,
        Mode::Lydian,
        Mode::Mixolydian,
        Mode::Minor,
        Mode::HarmonicMinor,
        Mode::Locrian,
    ];

    /// Every mode, as people are shown them: each has one tone lowered of the one before, but for
    /// the harmonic minor, which stands beside the minor.
    pub const FROM_BRIGHT_TO_DARK: [Mode; 8] = [
        Mode::Lydian,
        Mode::Major,
        Mode::Mixolydian,
        Mode::Dorian,
        Mode::Minor,
        Mode::HarmonicMinor,
        Mode::Phrygian,
        Mode::Locrian,
    ];

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Mode::Major => "Major",
            Mode::Dorian => "Dorian",
            Mode::Phrygian => "Phrygian",
            Mode::Lydian => "Lydian",
            Mode::Mixolydian => "Mixolydian",
            Mode::Minor => "Minor",
            Mode::HarmonicMinor => "Harmonic minor",
            Mode::Locrian => "Locrian",
        }
    }

    /// Its other name, where it has one.
    #[must_use]
    pub const fn also(self) -> Option<&'static str> {
        match self {
            Mode::Major => Some("ionian"),
            Mode::Minor => Some("aeolian"),
            _ => None,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Major => "major",
            Mode::Dorian => "dorian",
            Mode::Phrygian => "phrygian",
            Mode::Lydian => "lydian",
            Mode::Mixolydian => "mixolydian",
            Mode::Minor => "minor",
            Mode::HarmonicMinor => "harmonic_minor",
            Mode::Locrian => "locrian",
        }
    }

    /// Semitones of the seven degrees above the tonic.
    #[must_use]
    pub const fn steps(self) -> [u8; 7] {
        match self {
            Mode::Major => [0, 2, 4, 5, 7, 9, 11],
            Mode::Dorian => [0, 2, 3, 5, 7, 9, 10],
            Mode::Phrygian => [0, 1, 3, 5, 7, 8, 10],
            Mode::Lydian => [0, 2, 4, 6, 7, 9, 11],
            Mode::Mixolydian => [0, 2, 4, 5, 7, 9, 10],
            Mode::Minor => [0, 2, 3, 5, 7, 8, 10],
            Mode::HarmonicMinor => [0, 2, 3, 5, 7, 8, 11],
            Mode::Locrian => [0, 1, 3, 5, 6, 8, 10],
        }
    }

    /// Semitones from the tonic up to the tonic of the major key with the same signature.
    pub(crate) const fn relative_major(self) -> u8 {
        match self {
            Mode::Major => 0,
            Mode::Dorian => 10,
            Mode::Phrygian => 8,
            Mode::Lydian => 7,
            Mode::Mixolydian => 5,
            Mode::Minor | Mode::HarmonicMinor => 3,
            Mode::Locrian => 1,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a mode may be called.
pub const MODES_ALLOWED: &str = "major (ionian), dorian, phrygian, lydian, mixolydian, \
                                 minor (aeolian), harmonic_minor, locrian";

/// What a key may be called.
pub const KEYS_ALLOWED: &str = "a tonic C, C#, Db … B, alone or with its mode (\"A minor\", \
                                \"F# dorian\", \"Am\"), or a MIDI note number 0 to 127";

/// The text names no mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such mode: allowed are {MODES_ALLOWED}")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;

    /// Case does not count; a space or hyphen serves for the underscore.
    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        let name = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        let is = |mode: &Mode| mode.name() == name || mode.also() == Some(name.as_str());
        Mode::ALL.into_iter().find(is).ok_or(UnknownMode)
    }
}

/// A tonic and a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The tone that the music comes home to.
    pub tonic: PitchClass,
    /// The scale above it.
    pub mode: Mode,
}

impl Key {
    /// The pitch class of a degree, 0 = tonic; degrees past 6 wrap.
    #[must_use]
    pub const fn degree(self, degree: usize) -> PitchClass {
        self.tonic.up(self.mode.steps()[degree % 7])
    }

    /// The degree of a pitch class, or none where it is chromatic in this key.
    #[must_use]
    pub fn degree_of(self, pitch_class: PitchClass) -> Option<usize> {
        let above = self.tonic.interval_to(pitch_class);
        self.mode.steps().iter().position(|&step| step == above)
    }

    /// Whether the pitch class belongs to the scale.
    #[must_use]
    pub fn contains(self, pitch_class: PitchClass) -> bool {
        self.degree_of(pitch_class).is_some()
    }

    /// Whether the key signature has flats. Six accidentals are written as sharps in minor-like
    /// modes and as flats in major-like ones, as is usual.
    #[must_use]
    pub const fn uses_flats(self) -> bool {
        match self.tonic.up(self.mode.relative_major()).semitones() {
            5 | 10 | 3 | 8 | 1 => true,
            6 => matches!(self.mode, Mode::Major | Mode::Lydian | Mode::Mixolydian),
            _ => false,
        }
    }

    /// A pitch class as this key spells it.
    #[must_use]
    pub const fn spell(self, pitch_class: PitchClass) -> &'static str {
        pitch_class.name(self.uses_flats())
    }

    /// The tonic as this key spells it.
    #[must_use]
    pub const fn tonic_name(self) -> &'static str {
        self.spell(self.tonic)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tonic_name(), self.mode.name().replace('_', " "))
    }
}

impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A tonic, with or without a mode: what a listener may ask for as `key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyName {
    /// The tonic asked for.
    pub tonic: PitchClass,
    /// The mode, where the text named one.
    pub mode: Option<Mode>,
    /// Whether a tonic alone was written with a flat. With a mode the key says how it is spelled.
    pub(crate) is_flat: bool,
}

impl KeyName {
    /// A tonic alone.
    #[must_use]
    pub const fn of(tonic: PitchClass) -> Self {
        Self { tonic, mode: None, is_flat: false }
    }
}

impl fmt::Display for KeyName {
    /// With a mode as the key is spelled; a tonic alone as it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Some(mode) => {
                write!(f, "{} {mode}", Key { tonic: self.tonic, mode }.tonic_name())
            }
            None => f.write_str(self.tonic.name(self.is_flat)),
        }
    }
}

/// The text names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such key: allowed is {KEYS_ALLOWED}")]
pub struct UnknownKey;

impl FromStr for KeyName {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let text = text.trim();
        if text.bytes().all(|b| b.is_ascii_digit()) {
            let note = text.parse::<u8>().ok().filter(|note| *note <= 127).ok_or(UnknownKey)?;
            return Ok(Self::of(PitchClass::new(note)));
        }
        let mut chars = text.chars();
        let natural = match chars.next().ok_or(UnknownKey)?.to_ascii_uppercase() {
            'C' => 0,
            'D' => 2,
            'E' => 4,
            'F' => 5,
            'G' => 7,
            'A' => 9,
            'B' => 11,
            _ => return Err(UnknownKey),
        };
        let rest = chars.as_str();
        let (accidental, rest) = match rest.chars().next() {
            Some('#' | '♯') => (1, rest.trim_start_matches(['#', '♯'])),
            Some('b' | '♭') => (11, rest.trim_start_matches(['b', '♭'])),
            _ => (0, rest),
        };
        if text.chars().filter(|c| matches!(c, '#' | '♯' | '♭')).count() > 1
            || text.chars().skip(1).take_while(|c| *c == 'b').count() > 1
        {
            return Err(UnknownKey);
        }
        let mode = match rest {
            "" => None,
            "m" => Some(Mode::Minor),
            _ => Some(rest.strip_prefix([' ', '-', '_']).ok_or(UnknownKey)?.parse()?),
        };
        let tonic = PitchClass::new(natural + accidental);
        let has_two_names = tonic.name(true) != tonic.name(false);
        Ok(Self { tonic, mode, is_flat: mode.is_none() && accidental == 11 && has_two_names })
    }
}

impl From<UnknownMode> for UnknownKey {
    fn from(_: UnknownMode) -> Self {
        UnknownKey
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_key_is_understood() {
        for (text, tonic, mode) in [
            ("A", 9, None),
            ("a minor", 9, Some(Mode::Minor)),
            ("Am", 9, Some(Mode::Minor)),
            ("F# dorian", 6, Some(Mode::Dorian)),
            ("F#m", 6, Some(Mode::Minor)),
            ("Bb major", 10, Some(Mode::Major)),
            ("Cb", 11, None),
            ("B#", 0, None),
            ("d harmonic minor", 2, Some(Mode::HarmonicMinor)),
            ("60", 0, None),
            ("127", 7, None),
        ] {
            let name: KeyName = text.parse().unwrap();
            assert_eq!((name.tonic.semitones(), name.mode), (tonic, mode), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_asked_for_is_written_as_it_is_shown() {
        for (text, written) in [
            ("Bb", "Bb"),
            ("Cb", "B"),
            ("a#", "A#"),
            ("Bb major", "Bb major"),
            ("A# major", "Bb major"),
            ("Gbm", "F# minor"),
            ("Db harmonic minor", "C# harmonic_minor"),
            ("61", "C#"),
        ] {
            let name: KeyName = text.parse().unwrap();
            assert_eq!(name.to_string(), written, "{text}");
            let again: KeyName = written.parse().unwrap();
            assert_eq!(again, name, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["H", "", "A##", "Abb", "128", "A mineur", "minor", "-1", "Aminor", "♯"] {
            assert!(text.parse::<KeyName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn keys_are_spelled_as_musicians_do() {
        for (text, spelled) in [
            ("A# major", "Bb major"),
            ("Gb minor", "F# minor"),
            ("Db minor", "C# minor"),
            ("D# minor", "D# minor"),
            ("F# major", "Gb major"),
            ("G# harmonic_minor", "G# harmonic minor"),
        ] {
            let name: KeyName = text.parse().unwrap();
            let key = Key { tonic: name.tonic, mode: name.mode.unwrap() };
            assert_eq!(key.to_string(), spelled);
        }
    }
}
