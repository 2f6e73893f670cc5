//! Notes out of a standard MIDI file.

use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

use super::Error;

/// The longest piece that is read, in quarter notes: ten hours at 60 a minute.
pub const BEATS_MAX: u64 = 36_000;

/// General MIDI's channel for drums, counted from 0.
const DRUM_CHANNEL: u8 = 9;

/// A note, in quarter notes from the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MidiNote {
    /// MIDI note number.
    pub pitch: u8,
    /// When it begins.
    pub start: f64,
    /// When it ends; after its start.
    pub end: f64,
}

/// How long each pitch class sounds.
pub type Weights = [f64; 12];

/// The notes of all tracks and channels but the drums, in no particular order.
///
/// # Errors
/// When the bytes are no MIDI file, or hold no music that has beats.
pub fn read(bytes: &[u8]) -> Result<Vec<MidiNote>, Error> {
    let smf = Smf::parse(bytes).map_err(|error| Error::NotMidi(error.to_string()))?;
    let Timing::Metrical(ticks_per_beat) = smf.header.timing else { return Err(Error::NoBeats) };
    let ticks_per_beat = u64::from(ticks_per_beat.as_int()).max(1);
    let mut notes = Vec::new();
    for track in &smf.tracks {
        let mut tick = 0;
        let mut held = vec![[None::<u64>; 128]; 16];
        for event in track {
            tick += u64::from(event.delta.as_int());
            if tick > BEATS_MAX * ticks_per_beat {
                return Err(Error::TooLong);
            }
            match event.kind {
                TrackEventKind::Midi { channel, message } if channel != DRUM_CHANNEL => {
                    let (key, strikes) = match message {
                        MidiMessage::NoteOn { key, vel } => (key.as_int(), vel > 0),
                        MidiMessage::NoteOff { key, .. } => (key.as_int(), false),
                        _ => continue,
                    };
                    let held = &mut held[usize::from(channel.as_int()) % 16];
                    let since = &mut held[usize::from(key) % 128];
                    if let Some(start) = since.take().filter(|start| *start < tick) {
                        notes.push(note(key, start, tick, ticks_per_beat));
                    }
                    *since = strikes.then_some(tick);
                }
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => break,
                _ => {}
            }
        }
    }
    if notes.is_empty() { Err(Error::NoNotes) } else { Ok(notes) }
}

fn note(pitch: u8, start: u64, end: u64, ticks_per_beat: u64) -> MidiNote {
    let beats = |tick: u64| tick as f64 / ticks_per_beat as f64;
    MidiNote { pitch, start: beats(start), end: beats(end) }
}

/// How long each pitch class sounds in all.
#[must_use]
pub fn histogram(notes: &[MidiNote]) -> Weights {
    let mut weights = [0.0; 12];
    for note in notes {
        weights[usize::from(note.pitch % 12)] += note.end - note.start;
    }
    weights
}

/// How long each pitch class sounds in each beat. The lowest note of a beat counts twice, because
/// it is most often the root.
#[must_use]
pub fn beats(notes: &[MidiNote]) -> Vec<Weights> {
    let end = notes.iter().map(|note| note.end).fold(0.0, f64::max);
    let count = end.ceil() as usize;
    let mut weights = vec![[0.0; 12]; count];
    let mut lowest = vec![(u8::MAX, 0.0); count];
    for note in notes {
        let (first, last) = (note.start as usize, (note.end.ceil() as usize).min(count));
        for beat in first..last {
            let from = note.start.max(beat as f64);
            let length = note.end.min(beat as f64 + 1.0) - from;
            if length > 0.0 {
                weights[beat][usize::from(note.pitch % 12)] += length;
                if note.pitch < lowest[beat].0 {
                    lowest[beat] = (note.pitch, length);
                }
            }
        }
    }
    for (weights, (pitch, length)) in weights.iter_mut().zip(lowest) {
        weights[usize::from(pitch % 12)] += length;
    }
    weights
}
