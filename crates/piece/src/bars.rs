//! What sounds in each bar, in frames, told no later than the first chunk in which it sounds.

use std::sync::Arc;

use aeolian_score::time::{BEATS_PER_BAR, TICKS_PER_BAR, Tick, next_bar};
use aeolian_score::{Key, Part, Phrase};
use aeolian_synth::Transport;
use serde::Serialize;

/// Where the music stood while a stretch of frames was computed.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// Before the first quantum.
    pub start: Transport,
    /// After the last.
    pub end: Transport,
    /// The phrase that sounds at its end.
    pub phrase: Option<Arc<Phrase>>,
}

/// What sounds in one bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The frame at which it starts.
    pub frame: u64,
    /// Counts phrases from the station's birth.
    pub phrase: u64,
    /// Counts bars from the station's birth.
    pub bar: u64,
    /// Beats in the bar.
    pub beats: u64,
    /// Beats a minute as the bar starts.
    pub bpm: f64,
    /// What the harmony is as the bar starts.
    pub chord: Option<BarChord>,
    /// The section of the form.
    pub section: &'static str,
    /// The notes that start in the bar, percussion and swells too, in order of frames.
    pub notes: Vec<BarNote>,
}

/// A chord in words.
#[derive(Clone, Debug, PartialEq)]
pub struct BarChord {
    /// The key that it stands in.
    pub key: Key,
    /// Roman numeral.
    pub numeral: String,
    /// Names of its notes, root first.
    pub notes: Vec<&'static str>,
}

/// A note in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BarNote {
    /// Which part plays it.
    pub part: Part,
    /// MIDI note number; for percussion the General MIDI drum key.
    pub pitch: u8,
    /// The frame at which it starts.
    pub frame: u64,
    /// How long it is held, in frames.
    pub frames: u64,
    /// 1 to 127.
    pub velocity: u8,
}

/// A bar that was told.
#[derive(Clone)]
struct Told {
    start: Tick,
    /// At the quantum in which the bar starts, or the first that was seen of it.
    transport: Transport,
    frame: u64,
    phrase: Arc<Phrase>,
}

/// Follows a station's chunks and tells of their bars.
#[derive(Default)]
pub struct Bars {
    last: Option<Told>,
}

impl Bars {
    /// The bars that start in the next stretch, or the bar that sounds again, where a control has changed it.
    pub fn follow(&mut self, stretch: &Stretch) -> Vec<Bar> {
        let Some(phrase) = &stretch.phrase else { return Vec::new() };
        let mut bars = Vec::new();
        let mut at = stretch.start;
        let mut start = next_bar(at.next_tick());
        let told = self.last.as_ref().is_some_and(|bar| bar.start + TICKS_PER_BAR >= start);
        if !told && start > at.next_tick() {
            // The stretch with the bar's start was lost: it is told late.
            start -= TICKS_PER_BAR;
        }
        while start < stretch.end.next_tick() {
            while at.end_tick() <= start {
                at.advance();
            }
            let frame = at.frame() + at.offset_of(start);
            let bar = Told { start, transport: at, frame, phrase: phrase.clone() };
            bars.push(bar.tell(None));
            self.last = Some(bar);
            start += TICKS_PER_BAR;
        }
        if let Some(bar) = &mut self.last
            && bars.is_empty()
        {
            let tempo = |transport: &Transport| transport.target_micro_bpm();
            let changed = !Arc::ptr_eq(&bar.phrase, phrase) && bar.phrase != *phrase;
            let ramps = tempo(&bar.transport) != tempo(&stretch.start);
            if changed || ramps {
                let before = bar.clone();
                bar.phrase = phrase.clone();
                bars.push(bar.tell(Some((&before, &stretch.start))));
                if ramps {
                    bar.transport = stretch.start;
                }
            }
        }
        bars
    }
}

impl Told {
    /// What sounds. `since` is the bar as it was told before and where the music stands: what began
    /// before then has its old frames.
    fn tell(&self, since: Option<(&Told, &Transport)>) -> Bar {
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
            BarNote { part, pitch, frame, frames, velocity }
        });
        Bar {
            frame: self.frame,
            phrase: self.phrase.index,
            bar: self.start / TICKS_PER_BAR,
            beats: BEATS_PER_BAR,
            bpm: f64::from(self.transport.target_micro_bpm()) / 1e6,
            chord: self.phrase.chord_at(self.start).map(|chord| BarChord {
                key: chord.key,
                numeral: chord.numeral.to_string(),
                notes: chord.tones.iter().map(|tone| chord.key.spell(*tone)).collect(),
            }),
            section: self.phrase.section.name.name(),
            notes: notes.collect(),
        }
    }
}

/// What sounds at the end of a stretch, in words.
#[derive(Clone, Debug, Serialize)]
pub struct NowPlaying {
    /// Counts phrases from the station's birth.
    pub phrase: u64,
    /// Counts bars from the station's birth.
    pub bar: u64,
    /// Roman numeral.
    pub chord: String,
    /// Tonic and mode of the chord.
    pub key: String,
    /// The section of the form: `drift`, `bloom` or `still`.
    pub section: &'static str,
    /// Beats a minute.
    pub bpm: f64,
}

impl NowPlaying {
    /// What sounds at the end of a stretch.
    #[must_use]
    pub fn at_end_of(stretch: &Stretch) -> Option<Self> {
        let phrase = stretch.phrase.as_ref()?;
        let tick = stretch.end.next_tick().saturating_sub(1);
        let chord = phrase.chord_at(tick)?;
        Some(Self {
            phrase: phrase.index,
            bar: tick / TICKS_PER_BAR,
            chord: chord.numeral.to_string(),
            key: chord.key.to_string(),
            section: phrase.section.name.name(),
            bpm: stretch.end.bpm(),
        })
    }
}
