//! A standard MIDI file of type 1: a track with tempi, keys and markers, then a track for each part.
//!
//! Ticks are the station's own, 960 to the beat. Tempi are chosen so that the file keeps to the audio:
//! a beat in a MIDI file lasts a whole number of microseconds, and what that rounds away is made up
//! for before it comes to more than [`DRIFT_MAX_US`]. Texts are ASCII, as old readers expect: a
//! diminished chord is written with `o`.

use std::collections::BTreeMap;

use midly::num::{u4, u7, u15, u24, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind,
};

use super::Score;
use crate::key::{Key, Mode};
use crate::part::Part;
use crate::phrase::{Chord, Section};
use crate::time::{TICKS_PER_BEAT, Tick};

/// How far, in microseconds, a tempo mark or the start of a phrase may lie from its frame.
pub const DRIFT_MAX_US: u64 = 500;

/// A delta time in a MIDI file has 28 bits. Longer pauses are bridged by empty texts.
const DELTA_MAX: Tick = (1 << 28) - 1;

/// The score could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the piece is too long for a MIDI file, whose tracks hold at most 4 GiB")]
pub struct TooLong;

/// The bytes of the file.
///
/// # Errors
/// When a track would be longer than 4 GiB.
pub fn write(score: &Score<'_>) -> Result<Vec<u8>, TooLong> {
    let texts = Texts::of(score);
    let header = Header::new(Format::Parallel, Timing::Metrical(u15::new(TICKS_PER_BEAT as u16)));
    let mut tracks = vec![conductor(score, &texts)];
    tracks.extend(Part::ALL.map(|part| track(score, part)));
    let mut bytes = Vec::new();
    Smf { header, tracks }.write_std(&mut bytes).map_err(|_| TooLong)?;
    Ok(bytes)
}

/// What the conductor's track says at which tick; its events borrow from here.
struct Texts {
    title: String,
    markers: Vec<(Tick, String)>,
}

impl Texts {
    /// A marker where a section begins, and one where a chord does.
    fn of(score: &Score<'_>) -> Self {
        let mut markers = Vec::new();
        let mut section = None;
        for phrase in score.played() {
            if section != Some(phrase.section.index) {
                section = Some(phrase.section.index);
                let Section { name, index, .. } = &phrase.section;
                markers.push((phrase.start, format!("Section {}: {name}", index + 1)));
            }
            let sounding = phrase.chords.iter().filter(|chord| chord.start < score.end);
            markers.extend(sounding.map(|chord| (chord.start, chord_text(chord))));
        }
        Self { title: format!("Aeolian, seed {}", score.seed), markers }
    }
}

/// Such as `iv7 (D F A C)`.
fn chord_text(chord: &Chord) -> String {
    let tones: Vec<_> = chord.tones.iter().map(|tone| chord.key.spell(*tone)).collect();
    let text = format!("{} ({})", chord.numeral, tones.join(" "));
    text.replace('°', "o").replace(|c: char| !c.is_ascii(), "?")
}

/// Events by tick, in the order in which they were put there.
#[derive(Default)]
struct Events<'a>(BTreeMap<Tick, Vec<TrackEventKind<'a>>>);

impl<'a> Events<'a> {
    fn put(&mut self, tick: Tick, kind: TrackEventKind<'a>) {
        self.0.entry(tick).or_default().push(kind);
    }

    fn meta(&mut self, tick: Tick, message: MetaMessage<'a>) {
        self.put(tick, TrackEventKind::Meta(message));
    }

    fn into_track(self) -> Track<'a> {
        let mut track = Vec::new();
        let mut now = 0;
        for (tick, kinds) in self.0 {
            for kind in kinds {
                while tick - now > DELTA_MAX {
                    let kind = TrackEventKind::Meta(MetaMessage::Text(b""));
                    track.push(TrackEvent { delta: u28::new(DELTA_MAX as u32), kind });
                    now += DELTA_MAX;
                }
                track.push(TrackEvent { delta: u28::new((tick - now) as u32), kind });
                now = tick;
            }
        }
        track
    }
}

fn conductor<'a>(score: &Score<'_>, texts: &'a Texts) -> Track<'a> {
    let mut events = Events::default();
    events.meta(0, MetaMessage::TrackName(texts.title.as_bytes()));
    events.meta(0, MetaMessage::TimeSignature(4, 2, 24, 8));
    for (tick, us_per_beat) in tempo_map(score) {
        events.meta(tick, MetaMessage::Tempo(u24::new(us_per_beat)));
    }
    let mut signed = None;
    for chord in score.played().flat_map(|phrase| &phrase.chords) {
        if chord.start < score.end && signed != Some(chord.key) {
            signed = Some(chord.key);
            let (sharps, minor) = signature(chord.key);
            events.meta(chord.start, MetaMessage::KeySignature(sharps, minor));
        }
    }
    for (tick, text) in &texts.markers {
        events.meta(*tick, MetaMessage::Marker(text.as_bytes()));
    }
    events.meta(score.end, MetaMessage::EndOfTrack);
    events.into_track()
}

/// Sharps (flats below zero), and whether the key counts as minor: a mode is written with the
/// signature of its scale, as minor where its third is minor.
fn signature(key: Key) -> (i8, bool) {
    let major = key.tonic.up(key.mode.relative_major());
    // Seven semitones up is one sharp more.
    let sharps = (major.semitones() * 7 % 12) as i8;
    let sharps = if sharps > 6 || key.uses_flats() { sharps - 12 } else { sharps };
    (sharps, !matches!(key.mode, Mode::Major | Mode::Lydian | Mode::Mixolydian))
}

/// Microseconds a beat, and the ticks from which they hold.
///
/// Between two places (tempo marks, starts of phrases) the tempo is what the controls say, unless
/// the second would then lie too far from its frame; then, and where the places are so near that
/// the tempo is moving, it is what makes the second fall there.
fn tempo_map(score: &Score<'_>) -> Vec<(Tick, u32)> {
    let mut places: BTreeMap<Tick, Option<u32>> =
        score.played().map(|phrase| (phrase.start, None)).collect();
    let marks = score.tempi.iter().filter(|tempo| tempo.tick < score.end);
    places.extend(marks.map(|tempo| {
        let micro = u64::from(tempo.bpm.micro());
        let us = (60_000_000_000_000 + micro / 2) / micro;
        (tempo.tick, Some(us as u32))
    }));
    let ends = places.keys().skip(1).copied().chain([score.end]).collect::<Vec<_>>();
    let beat = u128::from(TICKS_PER_BEAT);
    let mut map: Vec<(Tick, u32)> = Vec::new();
    let mut asked = None;
    // Microseconds × ticks in a beat, so that nothing is rounded.
    let mut passed = 0u128;
    for ((start, mark), end) in places.into_iter().zip(ends) {
        asked = mark.or(asked);
        let ticks = u128::from(end - start);
        let due =
            u128::from((score.frame_of)(end)) * 1_000_000 * beat / u128::from(score.sample_rate);
        let exact = (due.saturating_sub(passed) + ticks / 2) / ticks.max(1);
        let drift = |us: u128| (passed + us * ticks).abs_diff(due);
        let kept = asked
            .map(u128::from)
            .filter(|us| ticks >= beat && drift(*us) <= u128::from(DRIFT_MAX_US) * beat);
        let us = kept.unwrap_or(exact).clamp(1, (1 << 24) - 1);
        if map.last().is_none_or(|(_, last)| u128::from(*last) != us) {
            map.push((start, us as u32));
        }
        passed += us * ticks;
    }
    map
}

/// Channel, and the General MIDI program that comes nearest to the part's sound.
fn voice(part: Part) -> (u8, Option<u8>) {
    match part {
        // Pad 2 (warm).
        Part::Pad => (0, Some(89)),
        // Vibraphone.
        Part::Melody => (1, Some(11)),
        // Fretless bass.
        Part::Bass => (2, Some(35)),
        // Channel 10, as musicians count, is the drums'.
        Part::Percussion => (9, None),
        // FX 4 (atmosphere).
        Part::Texture => (3, Some(99)),
    }
}

/// One stroke, as MIDI can tell it: on one channel a pitch sounds once at a time.
#[derive(Clone, Copy)]
struct Stroke {
    start: Tick,
    end: Tick,
    pitch: u8,
    velocity: u8,
}

/// A part's strokes. One that begins while its pitch sounds ends the one before; of two that
/// begin together the longer stays.
fn strokes(score: &Score<'_>, part: Part) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    let mut last = [None; 128];
    let notes = score.played().flat_map(|phrase| score.notes(phrase));
    for note in notes.filter(|note| note.part == part && note.pitch < 128) {
        let new = Stroke {
            start: note.start,
            end: note.end(),
            pitch: note.pitch,
            velocity: note.velocity.clamp(1, 127),
        };
        let last = &mut last[usize::from(note.pitch)];
        if let Some(sounding) = last.and_then(|i: usize| strokes.get_mut(i)) {
            if sounding.start >= new.start {
                sounding.end = sounding.end.max(new.end);
                sounding.velocity = sounding.velocity.max(new.velocity);
                continue;
            }
            sounding.end = sounding.end.min(new.start);
        }
        *last = Some(strokes.len());
        strokes.push(new);
    }
    strokes
}

fn track(score: &Score<'_>, part: Part) -> Track<'static> {
    let (channel, program) = voice(part);
    let channel = u4::new(channel);
    let midi = |message| TrackEventKind::Midi { channel, message };
    let mut events = Events::default();
    events.meta(0, MetaMessage::TrackName(title(part)));
    if let Some(program) = program {
        events.put(0, midi(MidiMessage::ProgramChange { program: u7::new(program) }));
    }
    let strokes = strokes(score, part);
    // At one tick, what ends comes before what begins.
    for stroke in &strokes {
        let (key, vel) = (u7::new(stroke.pitch), u7::new(64));
        events.put(stroke.end, midi(MidiMessage::NoteOff { key, vel }));
    }
    for stroke in &strokes {
        let (key, vel) = (u7::new(stroke.pitch), u7::new(stroke.velocity));
        events.put(stroke.start, midi(MidiMessage::NoteOn { key, vel }));
    }
    events.meta(score.end, MetaMessage::EndOfTrack);
    events.into_track()
}

fn title(part: Part) -> &'static [u8] {
    match part {
        Part::Pad => b"Pad",
        Part::Melody => b"Melody",
        Part::Bass => b"Bass",
        Part::Percussion => b"Percussion",
        Part::Texture => b"Texture",
    }
}
