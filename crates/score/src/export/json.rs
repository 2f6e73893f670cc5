//! The whole score as JSON: each thing with its ticks and the frames at which it sounds.
//!
//! ```json
//! {"seed": 7, "sample_rate": 44100, "ticks_per_beat": 960, "ticks": 201600, "frames": 7938000,
//!  "tempi": [{"tick": 0, "frame": 0, "bpm": 70}],
//!  "phrases": [{"index": 0, "start": 0, "frame": 0, "frames": …, "bars": 8,
//!    "section": {"name": "drift", "index": 0, "tension": 0.3},
//!    "chords": [{"start": 0, "ticks": 7680, "frame": 0, "frames": …, "key": "A minor",
//!                "numeral": "i", "root": "A", "tones": ["A", "C", "E"]}],
//!    "notes": [{"id": 1, "part": "pad", "pitch": 57, "start": 0, "ticks": 7680, "velocity": 60,
//!               "frame": 0, "frames": …}]}]}
//! ```
//!
//! `start` and `ticks` are musical time, 960 to the beat; `frame` and `frames` are the audio's.

use serde::Serialize;

use super::Score;
use crate::phrase::{Chord, Note, Phrase, Section};
use crate::time::{TICKS_PER_BEAT, Tick};

#[derive(Serialize)]
struct Document<'a> {
    seed: u64,
    sample_rate: u32,
    ticks_per_beat: Tick,
    ticks: Tick,
    frames: u64,
    tempi: Vec<At<TempoMark>>,
    phrases: Vec<PhraseSpan<'a>>,
}

/// Something that happens at a moment.
#[derive(Serialize)]
struct At<T> {
    tick: Tick,
    frame: u64,
    #[serde(flatten)]
    what: T,
}

#[derive(Serialize)]
struct TempoMark {
    bpm: crate::control::value::Bpm,
}

/// Something that lasts.
#[derive(Serialize)]
struct Lasting<T> {
    #[serde(flatten)]
    what: T,
    frame: u64,
    frames: u64,
}

#[derive(Serialize)]
struct PhraseSpan<'a> {
    index: u64,
    start: Tick,
    frame: u64,
    frames: u64,
    bars: u32,
    section: &'a Section,
    chords: Vec<Lasting<Chord>>,
    notes: Vec<Lasting<Note>>,
}

/// The JSON text.
///
/// # Errors
/// Never for phrases that a composer made: only a tension that is no number cannot be written.
pub fn write(score: &Score<'_>) -> Result<String, serde_json::Error> {
    let tempi = score.tempi.iter().filter(|tempo| tempo.tick < score.end);
    serde_json::to_string(&Document {
        seed: score.seed,
        sample_rate: score.sample_rate,
        ticks_per_beat: TICKS_PER_BEAT,
        ticks: score.end,
        frames: (score.frame_of)(score.end),
        tempi: tempi
            .map(|tempo| At {
                tick: tempo.tick,
                frame: (score.frame_of)(tempo.tick),
                what: TempoMark { bpm: tempo.bpm },
            })
            .collect(),
        phrases: score.played().map(|phrase| phrase_span(score, phrase)).collect(),
    })
}

fn phrase_span<'a>(score: &Score<'_>, phrase: &'a Phrase) -> PhraseSpan<'a> {
    let span = |start: Tick, end: Tick| {
        let frame = (score.frame_of)(start);
        (frame, (score.frame_of)(end.min(score.end)) - frame)
    };
    let (frame, frames) = span(phrase.start, phrase.end());
    let sounding = phrase.chords.iter().filter(|chord| chord.start < score.end);
    let chords = sounding.map(|chord| {
        let ticks = chord.ticks.min(score.end - chord.start);
        let (frame, frames) = span(chord.start, chord.start + ticks);
        Lasting { what: Chord { ticks, ..chord.clone() }, frame, frames }
    });
    let notes = score.notes(phrase).map(|note| {
        let (frame, frames) = span(note.start, note.end());
        Lasting { what: note, frame, frames }
    });
    PhraseSpan {
        index: phrase.index,
        start: phrase.start,
        frame,
        frames,
        bars: phrase.bars,
        section: &phrase.section,
        chords: chords.collect(),
        notes: notes.collect(),
    }
}
