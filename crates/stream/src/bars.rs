//! `score`: what sounds in a bar, told no later than the first chunk in which it sounds.

use std::sync::Arc;

use aeolian_score::Phrase;
use aeolian_score::time::{BEATS_PER_BAR, TICKS_PER_BAR, Tick, next_bar};
use aeolian_synth::Transport;

use crate::message::Message;
use crate::ring::Chunk;
use crate::station::NowPlaying;
use crate::wire::{Score, ScoreChord, ScoreNote};

/// The bar that sounds.
#[derive(Clone)]
struct Bar {
    start: Tick,
    /// At the quantum in which the bar starts, or the first that was seen of it.
    transport: Transport,
    frame: u64,
    phrase: Arc<Phrase>,
}

/// Follows a station's chunks and tells of their bars.
#[derive(Default)]
pub(crate) struct Bars {
    bar: Option<Bar>,
}

impl Bars {
    /// The messages that go out before a chunk: of each bar that starts in it, or of the bar that
    /// sounds again, where a control has changed it.
    pub(crate) fn of(&mut self, chunk: &Chunk) -> Vec<Message> {
        let Some(phrase) = &chunk.phrase else { return Vec::new() };
        let mut messages = Vec::new();
        let mut at = chunk.start;
        let mut start = next_bar(at.next_tick());
        let told = self.bar.as_ref().is_some_and(|bar| bar.start + TICKS_PER_BAR >= start);
        if !told && start > at.next_tick() {
            // The chunk with the bar's start was lost: it is told late.
            start -= TICKS_PER_BAR;
        }
        while start < chunk.end.next_tick() {
            while at.end_tick() <= start {
                at.advance();
            }
            let frame = at.frame() + at.offset_of(start);
            let bar = Bar { start, transport: at, frame, phrase: phrase.clone() };
            messages.push(bar.tell(None));
            self.bar = Some(bar);
            start += TICKS_PER_BAR;
        }
        if let Some(bar) = &mut self.bar
            && messages.is_empty()
        {
            let tempo = |transport: &Transport| transport.target_micro_bpm();
            let changed = !Arc::ptr_eq(&bar.phrase, phrase) && bar.phrase != *phrase;
            let ramps = tempo(&bar.transport) != tempo(&chunk.start);
            if changed || ramps {
                let before = bar.clone();
                bar.phrase = phrase.clone();
                messages.push(bar.tell(Some((&before, &chunk.start))));
                if ramps {
                    bar.transport = chunk.start;
                }
            }
        }
        messages
    }
}

impl Bar {
    /// The message. `since` is the bar as it was told before and where the music stands: what began
    /// before then has its old frames.
    fn tell(&self, since: Option<(&Bar, &Transport)>) -> Message {
        let transport_of = |tick: Tick| match since {
            Some((_, now)) if tick >= now.next_tick() => now,
            Some((before, _)) => &before.transport,
            None => &self.transport,
        };
        let end = self.start + TICKS_PER_BAR;
        let notes = self.phrase.notes_between(self.start, end).iter().map(|note| {
            let frame = transport_of(note.start).frame_of(note.start);
            let frames = transport_of(note.start).frame_of(note.end()).saturating_sub(frame);
            let (part, pitch, velocity) = (note.part, note.pitch, note.velocity);
            ScoreNote { part, pitch, frame, frames, velocity }
        });
        let chord = self.phrase.chord_at(self.start);
        let key = chord.map(|chord| chord.key);
        Message::json(&Score {
            frame: self.frame,
            phrase: self.phrase.index,
            bar: self.start / TICKS_PER_BAR,
            beats: BEATS_PER_BAR,
            bpm: f64::from(self.transport.target_micro_bpm()) / 1e6,
            key: key.map(|key| key.tonic_name()),
            mode: key.map(|key| key.mode),
            chord: chord.map(|chord| ScoreChord {
                numeral: chord.numeral.clone(),
                notes: chord.tones.iter().map(|tone| chord.key.spell(*tone)).collect(),
            }),
            section: self.phrase.section.name,
            notes: notes.collect(),
        })
    }
}

/// What sounds at the end of a chunk, in words.
pub(crate) fn now_playing(chunk: &Chunk) -> Option<NowPlaying> {
    let phrase = chunk.phrase.as_ref()?;
    let tick = chunk.end.next_tick().saturating_sub(1);
    let chord = phrase.chord_at(tick)?;
    Some(NowPlaying {
        phrase: phrase.index,
        bar: tick / TICKS_PER_BAR,
        chord: chord.numeral.clone(),
        key: chord.key.to_string(),
        section: phrase.section.name,
        bpm: chunk.end.bpm(),
    })
}
