//! The table of codecs: what a listener may hear, a row each.

use aeolian_piece::CHUNK_SAMPLES;
use bytes::Bytes;

use crate::{Encoder, Error, Fade, flac, mp3, opus, pcm};

/// A codec: a row of [`ROWS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// 16-bit samples, interleaved, little-endian.
    Pcm,
    /// Packets of five 20 ms frames.
    Opus,
    /// Frames that each stand alone.
    Flac,
    /// Three or four frames of 1 152 in a packet, whose decoder overlaps them.
    Mp3,
}

/// What the program knows of a codec.
pub struct Row {
    /// Which one.
    pub codec: Codec,
    /// Its name.
    pub name: &'static str,
    /// What it is called in `welcome`.
    pub encoding: &'static str,
    /// How a packet is made from a chunk.
    pub making: Making,
}

/// How a codec's packets are made.
#[derive(Clone, Copy)]
pub enum Making {
    /// From the chunk alone, in no time: by the first who asks.
    AtOnce {
        /// The packet of a chunk.
        make: fn(&[i16; CHUNK_SAMPLES]) -> Bytes,
        /// An encoder that makes the same, at the beginning of a file.
        start: fn() -> Box<dyn Encoder>,
    },
    /// By an encoder that takes chunk after chunk, while somebody listens.
    InTurn {
        /// An encoder at the beginning of a stream.
        start: fn() -> Result<Box<dyn Encoder>, Error>,
        /// How a decoder takes a packet though it has not had the one before.
        cold_start: ColdStart,
    },
}

/// How a decoder takes a packet though it has not had the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColdStart {
    /// It fades in by itself, as packets overlap.
    Soft,
    /// With all its samples at once: they must be faded in before they are encoded.
    Hard,
}

/// Every codec, in the order of [`Codec`].
pub const ROWS: &[Row] = &[
    Row {
        codec: Codec::Pcm,
        name: "pcm",
        encoding: "pcm_s16le",
        making: Making::AtOnce { make: pcm::to_bytes, start: || Box::new(pcm::Coder::default()) },
    },
    Row {
        codec: Codec::Opus,
        name: "opus",
        encoding: "opus",
        making: Making::InTurn {
            start: || Ok(Box::new(opus::Coder::new()?)),
            cold_start: ColdStart::Soft,
        },
    },
    Row {
        codec: Codec::Flac,
        name: "flac",
        encoding: "flac",
        making: Making::InTurn {
            start: || Ok(Box::new(flac::Coder::new()?)),
            cold_start: ColdStart::Hard,
        },
    },
    Row {
        codec: Codec::Mp3,
        name: "mp3",
        encoding: "mp3",
        making: Making::InTurn {
            start: || Ok(Box::new(mp3::Coder::new()?)),
            cold_start: ColdStart::Soft,
        },
    },
];

impl Codec {
    /// How many there are.
    pub const COUNT: usize = ROWS.len();

    /// Every codec.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ROWS.iter().map(|row| row.codec)
    }

    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Starts an encoder; none where packets need none.
    ///
    /// # Errors
    /// When the codec's library refuses.
    pub fn start(self) -> Option<Result<Box<dyn Encoder>, Error>> {
        match self.row().making {
            Making::AtOnce { .. } => None,
            Making::InTurn { start, .. } => Some(start()),
        }
    }

    /// An encoder of a file, of whichever kind.
    ///
    /// # Errors
    /// When the codec's library refuses.
    pub fn encoder(self) -> Result<Box<dyn Encoder>, Error> {
        match self.row().making {
            Making::AtOnce { start, .. } => Ok(start()),
            Making::InTurn { start, .. } => start(),
        }
    }

    /// The packet of a chunk for a decoder that has not had the one before and would click. None where the packet
    /// that everybody gets does as well.
    #[must_use]
    pub fn faded_in(self, chunk: u64, samples: &[i16; CHUNK_SAMPLES]) -> Option<Bytes> {
        let faded = || {
            let mut samples = Box::new(*samples);
            Fade::default().pass(&mut samples, true);
            samples
        };
        match self.row().making {
            Making::AtOnce { make, .. } => Some(make(&faded())),
            Making::InTurn { cold_start: ColdStart::Soft, .. } => None,
            Making::InTurn { start, cold_start: ColdStart::Hard } => {
                let mut encoder = start().ok()?;
                encoder.encode(chunk, &faded()).ok().map(Bytes::copy_from_slice)
            }
        }
    }
}

/// The text names no codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such codec: allowed are {}", ROWS.iter().map(|row| row.name).collect::<Vec<_>>().join(", "))]
pub struct UnknownCodec;

impl std::str::FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(text: &str) -> Result<Self, UnknownCodec> {
        Self::all().find(|codec| codec.name() == text).ok_or(UnknownCodec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_codec_stands_in_its_own_row_under_a_name_of_its_own() {
        for (i, row) in ROWS.iter().enumerate() {
            assert_eq!((row.codec as usize, row.codec.row().name), (i, row.name));
            assert!(ROWS[..i].iter().all(|other| other.name != row.name));
        }
    }
}
