//! Roman numerals: chords named by their place in a key.

use core::fmt;
use core::str::FromStr;

use crate::key::{Key, Mode, PitchClass};

/// The three tones that a numeral's letters name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Triad {
    /// Upper case.
    Major,
    /// Lower case.
    Minor,
    /// Lower case with `°` or `o`.
    Diminished,
    /// Upper case with `+`.
    Augmented,
}

impl Triad {
    /// Semitones of third and fifth above the root.
    const fn semitones(self) -> (u8, u8) {
        match self {
            Triad::Major => (4, 7),
            Triad::Minor => (3, 7),
            Triad::Diminished => (3, 6),
            Triad::Augmented => (4, 8),
        }
    }
}

/// What dresses the triad. The added tones are those of the key's scale, as in common practice: in
/// A minor `VI7` is F A C E.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// The triad alone.
    Plain,
    /// With the sixth.
    Sixth,
    /// With the seventh.
    Seventh,
    /// With seventh and ninth.
    Ninth,
    /// With the ninth and without the seventh.
    AddNinth,
    /// The second in the third's place.
    Sus2,
    /// The fourth in the third's place.
    Sus4,
    /// The fourth in the third's place, with the seventh.
    SeventhSus4,
}

impl Colour {
    const ALL: [Colour; 8] = [
        Colour::Plain,
        Colour::Sixth,
        Colour::Seventh,
        Colour::Ninth,
        Colour::AddNinth,
        Colour::Sus2,
        Colour::Sus4,
        Colour::SeventhSus4,
    ];

    const fn suffix(self) -> &'static str {
        match self {
            Colour::Plain => "",
            Colour::Sixth => "6",
            Colour::Seventh => "7",
            Colour::Ninth => "9",
            Colour::AddNinth => "add9",
            Colour::Sus2 => "sus2",
            Colour::Sus4 => "sus4",
            Colour::SeventhSus4 => "7sus4",
        }
    }

    /// Whether a tone hangs in the third's place.
    #[must_use]
    pub const fn is_suspended(self) -> bool {
        matches!(self, Colour::Sus2 | Colour::Sus4 | Colour::SeventhSus4)
    }
}

/// A chord by its place in a key, such as `i`, `VI7`, `ii°`, `bVII`, `Vsus4`.
///
/// The root is the mode's own degree (in A minor `VI` is F), moved by a leading `b` or `#`; the
/// triad is what the letters say, whether or not the mode has its tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Numeral {
    degree: u8,
    shift: i8,
    triad: Triad,
    colour: Colour,
}

const LETTERS: [&str; 7] = ["I", "II", "III", "IV", "V", "VI", "VII"];

/// What a chord may be called.
pub const NUMERALS_ALLOWED: &str = "a roman numeral I to VII or i to vii, with b or # before it, \
    ° (or o) or + after it, then 6, 7, 9, add9, sus2, sus4 or 7sus4, such as i, VI7, ii°, bVII, Vsus4";

/// The text names no chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such chord: allowed is {NUMERALS_ALLOWED}")]
pub struct UnknownNumeral;

impl Numeral {
    /// The plain triad that the mode's own scale builds on `degree`, 0 = tonic; degrees past 6 wrap.
    #[must_use]
    pub fn diatonic(mode: Mode, degree: usize) -> Self {
        let key = Key { tonic: PitchClass::new(0), mode };
        let root = key.degree(degree);
        let triad = match (
            root.interval_to(key.degree(degree + 2)),
            root.interval_to(key.degree(degree + 4)),
        ) {
            (4, 8) => Triad::Augmented,
            (4, _) => Triad::Major,
            (_, 6) => Triad::Diminished,
            _ => Triad::Minor,
        };
        Self { degree: (degree % 7) as u8, shift: 0, triad, colour: Colour::Plain }
    }

    /// A chord on a root that may lie between the degrees: it is named by the degree itself, else
    /// as the degree above, lowered.
    #[must_use]
    pub fn on_root(key: Key, root: PitchClass, triad: Triad) -> Self {
        let (degree, shift) = match key.degree_of(root) {
            Some(degree) => (degree, 0),
            None => match key.degree_of(root.up(1)) {
                Some(above) => (above, -1),
                None => (key.degree_of(root.up(11)).unwrap_or(0), 1),
            },
        };
        Self { degree: degree as u8, shift, triad, colour: Colour::Plain }
    }

    /// The same root and triad in another dress.
    #[must_use]
    pub const fn with_colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// The dress.
    #[must_use]
    pub const fn colour(self) -> Colour {
        self.colour
    }

    /// The root's pitch class in `key`.
    #[must_use]
    pub const fn root(self, key: Key) -> PitchClass {
        key.degree(self.degree as usize).up((self.shift + 12) as u8)
    }

    /// The pitch classes in `key`: root, third (or what hangs in its place), fifth, then the dress.
    #[must_use]
    pub fn tones(self, key: Key) -> Vec<PitchClass> {
        let degree = usize::from(self.degree);
        let root = self.root(key);
        let (third, fifth) = self.triad.semitones();
        let third = match self.colour {
            Colour::Sus2 => key.degree(degree + 1),
            Colour::Sus4 | Colour::SeventhSus4 => key.degree(degree + 3),
            _ => root.up(third),
        };
        let mut tones = Vec::with_capacity(5);
        tones.extend([root, third, root.up(fifth)]);
        match self.colour {
            Colour::Plain | Colour::Sus2 | Colour::Sus4 => {}
            Colour::Sixth => tones.push(key.degree(degree + 5)),
            Colour::Seventh | Colour::SeventhSus4 => tones.push(key.degree(degree + 6)),
            Colour::Ninth => tones.extend([key.degree(degree + 6), key.degree(degree + 1)]),
            Colour::AddNinth => tones.push(key.degree(degree + 1)),
        }
        tones
    }
}

impl fmt::Display for Numeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.shift {
            -1 => "b",
            1 => "#",
            _ => "",
        })?;
        let letters = LETTERS[usize::from(self.degree) % 7];
        match self.triad {
            Triad::Major => f.write_str(letters)?,
            Triad::Augmented => write!(f, "{letters}+")?,
            Triad::Minor => f.write_str(&letters.to_ascii_lowercase())?,
            Triad::Diminished => write!(f, "{}°", letters.to_ascii_lowercase())?,
        }
        f.write_str(self.colour.suffix())
    }
}

impl serde::Serialize for Numeral {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Numeral {
    type Err = UnknownNumeral;

    fn from_str(text: &str) -> Result<Self, UnknownNumeral> {
        let (shift, rest) = match text.chars().next() {
            Some('b' | '♭') => (-1, text.trim_start_matches(['b', '♭'])),
            Some('#' | '♯') => (1, text.trim_start_matches(['#', '♯'])),
            _ => (0, text),
        };
        if text.chars().take_while(|c| matches!(c, 'b' | '♭' | '#' | '♯')).count() > 1 {
            return Err(UnknownNumeral);
        }
        let end = rest.find(|c| !matches!(c, 'i' | 'v' | 'I' | 'V')).unwrap_or(rest.len());
        let (letters, rest) = rest.split_at(end);
        let upper = letters.to_ascii_uppercase();
        let degree = LETTERS.iter().position(|l| *l == upper).ok_or(UnknownNumeral)? as u8;
        let plain = if letters == upper {
            Triad::Major
        } else if letters == upper.to_ascii_lowercase() {
            Triad::Minor
        } else {
            return Err(UnknownNumeral);
        };
        let (triad, rest) = match (plain, rest.chars().next()) {
            (Triad::Minor, Some(mark @ ('°' | 'o'))) => {
                (Triad::Diminished, &rest[mark.len_utf8()..])
            }
            (Triad::Major, Some('+')) => (Triad::Augmented, &rest[1..]),
            _ => (plain, rest),
        };
        let colour =
            Colour::ALL.into_iter().find(|colour| colour.suffix() == rest).ok_or(UnknownNumeral)?;
        Ok(Self { degree, shift, triad, colour })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(key: &str, numeral: &str) -> String {
        let name: crate::key::KeyName = key.parse().unwrap();
        let key = Key { tonic: name.tonic, mode: name.mode.unwrap() };
        let tones = numeral.parse::<Numeral>().unwrap().tones(key);
        tones.iter().map(|tone| key.spell(*tone)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numerals_mean_what_theory_says() {
        for (key, numeral, tones) in [
            ("A minor", "i", "A C E"),
            ("A minor", "VI7", "F A C E"),
            ("A minor", "V", "E G# B"),
            ("A minor", "ii°7", "B D F A"),
            ("A minor", "vsus4", "E A B"),
            ("C major", "bVII", "Bb D F"),
            ("C major", "V7sus4", "G C D F"),
            ("C major", "I9", "C E G B D"),
            ("C major", "vi6", "A C E F"),
            ("A harmonic_minor", "III+", "C E G#"),
            ("B locrian", "i°", "B D F"),
        ] {
            // Bb is not in C major's own spelling, which has no flats.
            assert_eq!(spelled(key, numeral).replace("A#", "Bb"), tones, "{numeral} in {key}");
        }
    }

    #[test]
    fn a_numeral_is_written_as_it_was_read() {
        for text in ["i", "VI7", "ii°", "III+", "bVII", "#iv°7", "Vsus4", "iadd9", "v7sus4"] {
            assert_eq!(text.parse::<Numeral>().unwrap().to_string(), text);
        }
        assert_eq!("iio".parse::<Numeral>().unwrap().to_string(), "ii°");
    }

    #[test]
    fn what_is_no_numeral_is_refused() {
        for text in ["", "VIII", "iV", "I°", "i+", "bbVI", "H", "i11", "7", "ii°°"] {
            assert!(text.parse::<Numeral>().is_err(), "{text:?}");
        }
    }
}
