//! Standard MIDI files, read for their harmony: which pitch classes sound in each beat.
//!
//! Drums are left out. A file may hold anything: what cannot be read gives an error, and limits keep
//! a hostile one from taking memory or time.

use std::collections::BTreeMap;

use midly::{Format, MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

use crate::key::PitchClass;

/// More bytes than any piece needs; a file is read into memory.
pub const BYTES_MAX: usize = 16 << 20;

/// Some twelve hours. Each beat takes memory, whether or not something sounds in it.
pub const BEATS_MAX: usize = 50_000;

/// A note counts for so many beats at most, so that one that was never ended, or a drone, does not
/// colour the whole piece.
const NOTE_BEATS_MAX: usize = 32;

/// The channel of percussion, counted from 0.
const DRUMS: u8 = 9;

/// Why a file was left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Not a MIDI file, or one cut short.
    #[error("not a standard MIDI file: {0}")]
    Malformed(String),
    /// Over [`BYTES_MAX`].
    #[error("it is larger than 16 MiB")]
    TooLarge,
    /// Over [`BEATS_MAX`].
    #[error("it is longer than 50 000 beats")]
    TooLong,
    /// Timed by film frames, or with no ticks to the beat.
    #[error("it counts seconds, not beats")]
    NoBeats,
    /// Type 2: the tracks do not sound together.
    #[error("its tracks are separate patterns (type 2)")]
    Patterns,
    /// Nothing but drums, or nothing at all.
    #[error("it has no pitched notes")]
    NoNotes,
}

/// What sounds in one beat.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beat {
    /// How long each pitch class sounds, 1 for the whole beat, summed over all voices.
    pub weights: [f64; 12],
    /// The lowest tone that sounds for a quarter of the beat at least.
    pub bass: Option<PitchClass>,
    /// The bar it belongs to, from 0.
    pub bar: usize,
}

/// Where a beat lies, in the file's ticks.
struct Span {
    start: u64,
    end: u64,
    bar: usize,
}

/// Reads a file's bytes into beats.
///
/// # Errors
/// When there is nothing to learn from: see [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<Vec<Beat>, Unreadable> {
    if bytes.len() > BYTES_MAX {
        return Err(Unreadable::TooLarge);
    }
    // The parser negates this byte, which has no negative where overflow is checked. No film has
    // 128 frames a second.
    if bytes.windows(13).any(|header| header.starts_with(b"MThd") && header[12] == 0x80) {
        return Err(Unreadable::NoBeats);
    }
    let smf = Smf::parse(bytes).map_err(|error| Unreadable::Malformed(error.to_string()))?;
    let quarter = match smf.header.timing {
        Timing::Metrical(ticks) if ticks.as_int() > 0 => u64::from(ticks.as_int()),
        _ => return Err(Unreadable::NoBeats),
    };
    if smf.header.format == Format::Sequential {
        return Err(Unreadable::Patterns);
    }
    let mut notes = Notes::default();
    for track in &smf.tracks {
        notes.read(track);
    }
    let end = notes.done.iter().map(|note| note.end).max().ok_or(Unreadable::NoNotes)?;
    let spans = grid(quarter, &notes.meters, end)?;
    Ok(fill(&spans, &notes.done))
}

struct Sound {
    start: u64,
    end: u64,
    pitch: u8,
}

#[derive(Default)]
struct Notes {
    done: Vec<Sound>,
    /// Beats in a bar, and the power of two of their value, by tick.
    meters: BTreeMap<u64, (u8, u8)>,
}

impl Notes {
    fn read(&mut self, track: &[midly::TrackEvent<'_>]) {
        let mut sounding: BTreeMap<(u8, u8), u64> = BTreeMap::new();
        let mut now = 0u64;
        for event in track {
            now += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Midi { channel, message } if channel.as_int() != DRUMS => {
                    let (key, begins) = match message {
                        MidiMessage::NoteOn { key, vel } => (key.as_int(), vel.as_int() > 0),
                        MidiMessage::NoteOff { key, .. } => (key.as_int(), false),
                        _ => continue,
                    };
                    let voice = (channel.as_int(), key);
                    let ended =
                        if begins { sounding.insert(voice, now) } else { sounding.remove(&voice) };
                    self.end(key, ended, now);
                }
                TrackEventKind::Meta(MetaMessage::TimeSignature(count, power, ..))
                    if (1..=32).contains(&count) && power <= 5 =>
                {
                    self.meters.insert(now, (count, power));
                }
                _ => {}
            }
        }
        for ((_, key), start) in sounding {
            self.end(key, Some(start), now);
        }
    }

    fn end(&mut self, pitch: u8, start: Option<u64>, end: u64) {
        if let Some(start) = start.filter(|start| *start < end) {
            self.done.push(Sound { start, end, pitch });
        }
    }
}

/// The beats up to `end`: quarters, smaller where the meter counts in smaller values, three of those
/// where it counts them in threes (6/8, 9/8, 12/8).
fn grid(quarter: u64, meters: &BTreeMap<u64, (u8, u8)>, end: u64) -> Result<Vec<Span>, Unreadable> {
    let mut spans: Vec<Span> = Vec::new();
    let (mut now, mut bar) = (0, 0);
    while now < end {
        let (count, power) = meters.range(..=now).next_back().map_or((4, 2), |(_, meter)| *meter);
        let next_meter = meters.range(now + 1..).next().map_or(u64::MAX, |(tick, _)| *tick);
        let value = ((quarter * 4) >> power).max(1);
        let bar_end = (now + value * u64::from(count)).min(next_meter);
        let beat = match power {
            0..=2 => quarter,
            _ if count % 3 == 0 => value * 3,
            _ => value,
        };
        while now < bar_end.min(end) {
            if spans.len() == BEATS_MAX {
                return Err(Unreadable::TooLong);
            }
            let next = (now + beat).min(bar_end);
            spans.push(Span { start: now, end: next, bar });
            now = next;
        }
        bar += 1;
    }
    Ok(spans)
}

fn fill(spans: &[Span], notes: &[Sound]) -> Vec<Beat> {
    let mut beats: Vec<Beat> =
        spans.iter().map(|span| Beat { bar: span.bar, ..Beat::default() }).collect();
    let mut lowest = vec![u8::MAX; spans.len()];
    for note in notes {
        let first = spans.partition_point(|span| span.end <= note.start);
        let reached = spans.iter().zip(&mut beats).zip(&mut lowest).skip(first);
        for ((span, beat), lowest) in reached.take(NOTE_BEATS_MAX) {
            if span.start >= note.end {
                break;
            }
            let ticks = note.end.min(span.end) - note.start.max(span.start);
            let share = ticks as f64 / (span.end - span.start) as f64;
            beat.weights[usize::from(note.pitch % 12)] += share;
            if share >= 0.25 {
                *lowest = note.pitch.min(*lowest);
            }
        }
    }
    for (beat, lowest) in beats.iter_mut().zip(lowest) {
        beat.bass = (lowest < u8::MAX).then(|| PitchClass::new(lowest));
    }
    beats
}
