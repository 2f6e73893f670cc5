//! Learning harmony from music: standard MIDI files in, a table of chords out that
//! [`crate::harmony::ChordTables`] reads.
//!
//! * [`reading`]: a file's beats, and what sounds in each.
//! * [`key_finding`]: the key of each beat.
//! * [`chords`]: the chord of each beat.
//! * [`table`]: how often each chord follows each, as TOML.
//!
//! It is meant for music with a beat and chords of thirds: chorales, songs, pop. A performance that
//! was recorded without a click has beats in its file that are not the music's, and little will
//! be recognised.

pub mod reading;

pub mod chords;
pub mod key_finding;

mod summary;
pub mod table;

pub use reading::Unreadable;
pub use summary::{Learnt, Summary};
pub use table::Order;

use crate::key::{Key, Mode, PitchClass};
use crate::numeral::Numeral;
use chords::HeardChord;
use reading::Beat;

/// The chords of a stretch of music in one key.
#[derive(Clone, Debug, PartialEq)]
struct Passage {
    mode: Mode,
    /// Whether a piece begins with it.
    opens: bool,
    /// Each unlike the one before, with the root counted from the tonic.
    chords: Vec<HeardChord>,
}

/// What was learnt so far.
#[derive(Clone, Debug, Default)]
pub struct Lesson {
    passages: Vec<Passage>,
    summary: Summary,
}

/// Shorter passages are major or minor: a church mode needs more evidence.
const MODAL_BEATS_MIN: usize = 24;

/// Another home must sound so many times as long as the key's own.
const CENTRE_RATIO: f64 = 1.25;

impl Lesson {
    /// Learns from one file's bytes; `name` is for the summary.
    ///
    /// # Errors
    /// When there is nothing to learn from. The lesson goes on without it, and its summary tells.
    pub fn hear(&mut self, name: &str, bytes: &[u8]) -> Result<(), Unreadable> {
        match reading::read(bytes) {
            Ok(beats) => {
                self.take_in(&beats);
                Ok(())
            }
            Err(unreadable) => {
                self.leave_out(name, &unreadable.to_string());
                Err(unreadable)
            }
        }
    }

    /// Notes in the summary that a file was left out, and why.
    pub fn leave_out(&mut self, name: &str, reason: &str) {
        self.summary.skipped.push((name.to_owned(), reason.to_owned()));
    }

    /// The tables as TOML, and what they come from. The text is empty where no mode was heard often
    /// enough.
    #[must_use]
    pub fn tables(&self, order: Order) -> (String, Summary) {
        let mut summary = self.summary.clone();
        let mut text = String::new();
        for mode in Mode::ALL {
            let changes: Vec<&[HeardChord]> = self.of(mode).map(|s| &s.chords[..]).collect();
            let openings = self.of(mode).filter(|s| s.opens).filter_map(|s| s.chords.first());
            let openings: Vec<HeardChord> = openings.copied().collect();
            let heard = changes.iter().map(|chords| chords.len() - 1).sum();
            match table::write(mode, order, &changes, &openings) {
                Some(table) => {
                    text.push_str(&table.text);
                    let (from, to, times) = table.commonest;
                    summary.tables.push(Learnt {
                        mode,
                        changes: heard,
                        chords: table.chords,
                        commonest: (from, to),
                        times,
                    });
                }
                None if heard > 0 => summary.too_few.push((mode, heard)),
                None => {}
            }
        }
        (text, summary)
    }

    /// What a mode's table is made from. Music in minor raises its seventh degree or not, as it
    /// needs, so it serves both minors.
    fn of(&self, mode: Mode) -> impl Iterator<Item = &Passage> {
        let source = if mode == Mode::HarmonicMinor { Mode::Minor } else { mode };
        self.passages.iter().filter(move |passage| passage.mode == source)
    }

    fn take_in(&mut self, beats: &[Beat]) {
        let keys = key_finding::keys_of(beats);
        let chords = chords::chords_of(beats);
        self.summary.add(beats, &keys, &chords);
        let mut begin = 0;
        let mut opens = true;
        while let Some(key) = keys.get(begin).copied() {
            let length = keys[begin..].iter().take_while(|other| **other == key).count();
            let end = begin + length;
            let key = home_of(key, &beats[begin..end], &chords[begin..end]);
            // Where no chord can be told, the chain is broken.
            for run in chords[begin..end].split(Option::is_none) {
                let mut run: Vec<HeardChord> =
                    run.iter().flatten().map(|c| from_tonic(c, key)).collect();
                run.dedup_by_key(|chord| (chord.root, chord.triad));
                if !run.is_empty() {
                    self.passages.push(Passage { mode: key.mode, opens, chords: run });
                    opens = false;
                }
            }
            begin = end;
        }
    }
}

fn from_tonic(chord: &HeardChord, key: Key) -> HeardChord {
    HeardChord { root: PitchClass::new(key.tonic.interval_to(chord.root)), ..*chord }
}

/// The key itself, or the church mode that the stretch is in rather: one with another degree of the
/// same scale for its home, or one that is like the key but for one degree.
fn home_of(key: Key, beats: &[Beat], chords: &[Option<HeardChord>]) -> Key {
    if beats.len() < MODAL_BEATS_MIN {
        return key;
    }
    let weights = key_finding::total(beats);
    let sum: f64 = weights.iter().sum();
    let weight = |above: u8| weights[usize::from(key.tonic.up(above).semitones())];
    let instead_of =
        |new: u8, usual: u8| weight(new) > 2.0 * weight(usual) && weight(new) > 0.03 * sum;
    let mode = match key.mode {
        Mode::Major if instead_of(10, 11) => Mode::Mixolydian,
        Mode::Major if instead_of(6, 5) => Mode::Lydian,
        Mode::Minor if instead_of(1, 2) => Mode::Phrygian,
        Mode::Minor if instead_of(9, 8) => Mode::Dorian,
        _ => return centre_of(key, chords),
    };
    Key { mode, ..key }
}

/// The mode of the key's scale on whose triad the stretch begins and ends, where that sounds clearly
/// longer than the key's own.
fn centre_of(key: Key, chords: &[Option<HeardChord>]) -> Key {
    let scale = key.tonic.up(key.mode.relative_major());
    let centres = [
        (0, Mode::Major),
        (2, Mode::Dorian),
        (4, Mode::Phrygian),
        (5, Mode::Lydian),
        (7, Mode::Mixolydian),
        (9, Mode::Minor),
    ];
    let is_home = |heard: &HeardChord, home: Key| {
        let tonic = Numeral::diatonic(home.mode, 0);
        heard.root == home.tonic && Numeral::on_root(home, heard.root, heard.triad) == tonic
    };
    let beats =
        |home: Key| chords.iter().flatten().filter(|chord| is_home(chord, home)).count() as f64;
    let heard = || chords.iter().flatten();
    let framed = |home: Key| {
        heard().next().is_some_and(|first| is_home(first, home))
            && heard().next_back().is_some_and(|last| is_home(last, home))
    };
    centres
        .into_iter()
        .map(|(above, mode)| Key { tonic: scale.up(above), mode })
        .find(|home| framed(*home) && beats(*home) > CENTRE_RATIO * beats(key))
        .unwrap_or(key)
}
