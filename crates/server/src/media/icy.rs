//! Titles that change while a stream goes on, as Shoutcast and Icecast send them (ICY): after every
//! [`INTERVAL_BYTES`] of the stream comes one byte, a length in sixteens of bytes, and so much text. A
//! player that asks for them with `Icy-MetaData: 1` takes them out again before it decodes.

use axum::body::Bytes;
use http::HeaderMap;

/// Bytes of the stream between two titles: about a second of Opus.
pub(super) const INTERVAL_BYTES: usize = 16_000;

/// The unit in which a text's length is given.
const UNIT_BYTES: usize = 16;

/// Whether a player asks for titles.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    headers.get("icy-metadata").is_some_and(|value| value.as_bytes() == b"1")
}

/// Weaves titles into one player's stream.
pub(super) struct Icy {
    /// Bytes of the stream before the next title.
    left: usize,
    /// The title told last.
    told: String,
}

impl Icy {
    /// The beginning of a stream.
    pub(super) fn new() -> Self {
        Self { left: INTERVAL_BYTES, told: String::new() }
    }

    /// The next piece of the stream with the titles that fall into it. `title` is asked for what
    /// sounds now; a title that was told already is not told again.
    pub(super) fn weave(&mut self, piece: Bytes, title: impl Fn() -> String) -> Bytes {
        if piece.len() < self.left {
            self.left -= piece.len();
            return piece;
        }
        let mut woven = Vec::with_capacity(piece.len() + 256);
        let mut rest = &piece[..];
        while rest.len() >= self.left {
            let (before, after) = rest.split_at(self.left);
            woven.extend_from_slice(before);
            self.tell(title(), &mut woven);
            rest = after;
            self.left = INTERVAL_BYTES;
        }
        woven.extend_from_slice(rest);
        self.left -= rest.len();
        woven.into()
    }

    fn tell(&mut self, title: String, out: &mut Vec<u8>) {
        if title == self.told {
            out.push(0);
            return;
        }
        // A quotation mark would end the title for most players.
        let mut text = format!("StreamTitle='{}';", title.replace('\'', "’")).into_bytes();
        let units = text.len().div_ceil(UNIT_BYTES).min(usize::from(u8::MAX));
        text.resize(units * UNIT_BYTES, 0);
        out.push(units as u8);
        out.append(&mut text);
        self.told = title;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a stream apart as a player does: what is to be decoded, and the titles with where they
    /// came.
    fn unwoven(mut stream: &[u8]) -> (Vec<u8>, Vec<(usize, String)>) {
        let (mut sound, mut titles) = (Vec::new(), Vec::new());
        while stream.len() > INTERVAL_BYTES {
            let (piece, rest) = stream.split_at(INTERVAL_BYTES);
            sound.extend_from_slice(piece);
            let (text, rest) = rest[1..].split_at(usize::from(rest[0]) * 16);
            if !text.is_empty() {
                let text = String::from_utf8(text.to_vec()).unwrap();
                titles.push((sound.len(), text.trim_end_matches('\0').to_owned()));
            }
            stream = rest;
        }
        sound.extend_from_slice(stream);
        (sound, titles)
    }

    #[test]
    fn a_player_that_takes_the_titles_out_has_the_stream_as_it_was() {
        for size in [1, 700, 15_999, 16_000, 16_001, 40_000] {
            let sound: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
            let mut icy = Icy::new();
            let mut sent = 0;
            let pieces = sound.chunks(size).flat_map(|piece| {
                sent += piece.len();
                let title = if sent < 50_000 { "A minor: i7" } else { "A minor: V’" };
                icy.weave(Bytes::copy_from_slice(piece), || title.to_owned())
            });
            let (heard, titles) = unwoven(&pieces.collect::<Vec<u8>>());
            assert!(heard == sound, "in pieces of {size}");
            assert_eq!(titles[0], (16_000, "StreamTitle='A minor: i7';".to_owned()));
            assert_eq!(titles[1].1, "StreamTitle='A minor: V’';");
            assert_eq!(titles.len(), 2, "each is told once");
        }
    }

    #[test]
    fn a_quotation_mark_does_not_end_a_title() {
        let mut icy = Icy::new();
        let stream = icy.weave(vec![0; INTERVAL_BYTES].into(), || "o'clock".to_owned());
        assert!(stream.ends_with("StreamTitle='o’clock';\0\0\0\0\0\0\0\0".as_bytes()));
    }

    #[test]
    fn titles_are_for_those_who_ask() {
        let mut headers = HeaderMap::new();
        assert!(!is_asked_for(&headers));
        for (given, asked) in [("1", true), ("0", false), ("", false)] {
            headers.insert("icy-metadata", given.parse().unwrap());
            assert_eq!(is_asked_for(&headers), asked, "{given}");
        }
    }
}
