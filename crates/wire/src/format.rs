//! How a listener may ask for its audio: a codec in a carrier.

use aeolian_codec::Codec;

/// A format of `/ws/stream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// PCM as base64 in a JSON object.
    Json,
    /// PCM in a binary message.
    Pcm,
    /// Opus in a binary message.
    Opus,
}

/// What carries the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A text message: one JSON object, the audio as base64.
    Text,
    /// A binary message: the header, then the audio.
    Binary,
}

/// What is known of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which one.
    pub format: Format,
    /// Its name on the wire.
    pub name: &'static str,
    /// What is carried.
    pub codec: Codec,
    /// What carries it.
    pub carrier: Carrier,
}

/// Every format, in the order of [`Format`].
pub const ROWS: [Row; Format::COUNT] = [
    Row { format: Format::Json, name: "json", codec: Codec::Pcm, carrier: Carrier::Text },
    Row { format: Format::Pcm, name: "pcm", codec: Codec::Pcm, carrier: Carrier::Binary },
    Row { format: Format::Opus, name: "opus", codec: Codec::Opus, carrier: Carrier::Binary },
];

impl Format {
    /// How many there are.
    pub const COUNT: usize = 3;

    /// Every format.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ROWS.iter().map(|row| row.format)
    }

    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What is carried.
    #[must_use]
    pub fn codec(self) -> Codec {
        self.row().codec
    }

    /// The names of all, for people.
    #[must_use]
    pub fn allowed() -> String {
        ROWS.map(|row| row.name).join(", ")
    }
}

/// The text names no format of `/ws/stream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such format: allowed are {}", Format::allowed())]
pub struct UnknownFormat;

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::all().find(|format| format.name() == text).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_stands_in_its_own_row_and_is_found_by_its_name() {
        for (i, row) in ROWS.iter().enumerate() {
            assert_eq!((row.format as usize, row.name.parse()), (i, Ok(row.format)));
        }
        let refusal = "flac".parse::<Format>().unwrap_err().to_string();
        assert_eq!(refusal, "no such format: allowed are json, pcm, opus");
    }
}
