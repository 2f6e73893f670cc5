//! The piano roll: notes by part, with sections, keys and chords above.

use std::collections::BTreeMap;
use std::sync::Arc;

use aeolian_score::phrase::drum;
use aeolian_score::time::Tick;
use aeolian_score::{Note, Part, Phrase};

use super::axes::{Pane, Time};
use super::canvas::Canvas;
use super::tempo_map::TempoMap;
use super::text::{Anchor, Style};
use super::theme;

/// The percussion's lane, in pixels.
const DRUMS_PX: f32 = 40.0;
/// The least range of pitches that is shown, in semitones.
const RANGE_MIN: u8 = 24;

/// Gathers a piece's phrases while it is rendered.
#[derive(Default)]
pub(super) struct Roll {
    tempo_map: TempoMap,
    phrases: BTreeMap<u64, Arc<Phrase>>,
}

impl Roll {
    /// Where the music stands: `tick` is reached at `frame`, within `phrase`. A phrase that was
    /// composed anew takes its former's place.
    pub(super) fn follow(&mut self, frame: u64, tick: Tick, phrase: &Arc<Phrase>) {
        self.tempo_map.mark(frame, tick);
        self.phrases.insert(phrase.index, Arc::clone(phrase));
    }

    /// Draws it. `strip` lies above `pane` and takes sections, keys and chords.
    pub(super) fn draw(&self, canvas: &mut Canvas, strip: &Pane, pane: &Pane, time: &Time) {
        pane.ground(canvas);
        strip.ground(canvas);
        time.grid(canvas, pane);
        strip.caption(canvas, "Score", "");
        let entries = Part::ALL.map(|part| (part.name(), theme::part(part)));
        strip.legend(canvas, &entries);

        let drums = Pane { top: pane.bottom() - DRUMS_PX, height: DRUMS_PX, ..*pane };
        let pitched = Pane { height: pane.height - DRUMS_PX, ..*pane };
        let scale = Scale::of(self.notes());
        for octave in 0..=10_u8 {
            let pitch = octave * 12;
            if (scale.low..=scale.high).contains(&pitch) {
                pitched.level(canvas, scale.height(pitch), &format!("C{}", i16::from(octave) - 1));
            }
        }
        canvas.line((drums.left, drums.top), (drums.right(), drums.top), 1.5, theme::EDGE);
        let style = Style::new(theme::LABEL_PX, theme::FAINT).anchored(Anchor::End);
        canvas.text("drums", (drums.left - 13.0, drums.y(0.5)), style);

        // What lies behind is drawn first.
        for part in [Part::Texture, Part::Pad, Part::Bass, Part::Melody, Part::Percussion] {
            for note in self.notes().filter(|note| note.part == part) {
                let Some((from, to)) = self.extent(note.start, note.end(), time) else { continue };
                let opacity = 0.5 + 0.5 * f32::from(note.velocity.min(127)) / 127.0;
                let colour = theme::fade(theme::part(part), opacity);
                let y = pitched.y(scale.height(note.pitch));
                match part {
                    Part::Percussion => drum_hit(canvas, &drums, from, note),
                    Part::Texture => canvas.lens((from, y), (to.max(from + 6.0), y), 26.0, colour),
                    _ => {
                        let (width, height) =
                            ((to - from - 1.0).max(2.0), scale.note_height(&pitched));
                        canvas.pill((from, y - height / 2.0), width, height, height / 2.0, colour);
                    }
                }
            }
        }
        self.draw_form(canvas, strip, pane, time);
        pane.edge(canvas);
        strip.edge(canvas);
    }

    /// Three rows: section, with its tension as strength of colour, key and chord.
    fn draw_form(&self, canvas: &mut Canvas, strip: &Pane, pane: &Pane, time: &Time) {
        let height = strip.height / 3.0;
        let rows = [("section", self.sections()), ("key", self.keys()), ("chord", self.chords())];
        for (i, (name, segments)) in rows.into_iter().enumerate() {
            let row = Pane { top: strip.top + height * i as f32, height, ..*strip };
            let label = Style::new(theme::LABEL_PX, theme::FAINT).anchored(Anchor::End);
            canvas.text(name, (row.left - 13.0, row.y(0.5)), label);
            for segment in &segments {
                let Some((from, to)) = self.extent(segment.start, segment.end, time) else {
                    continue;
                };
                let colour = theme::fade(theme::part(Part::Pad), 0.12 + 0.5 * segment.weight);
                canvas.rect((from, row.top), to - from, height, colour);
            }
            for segment in joined(segments) {
                let Some((from, to)) = self.extent(segment.start, segment.end, time) else {
                    continue;
                };
                write_within(canvas, &segment.text, (from, to), row.y(0.5));
                let foot = if i == 0 { pane.bottom() } else { row.bottom() };
                canvas.line((from, row.top), (from, foot), 1.0, theme::EDGE);
            }
            canvas.line((row.left, row.bottom()), (row.right(), row.bottom()), 1.0, theme::EDGE);
        }
    }

    fn notes(&self) -> impl Iterator<Item = &Note> {
        self.phrases.values().flat_map(|phrase| &phrase.notes)
    }

    fn sections(&self) -> Vec<Segment> {
        let segments = self.phrases.values().map(|phrase| Segment {
            start: phrase.start,
            end: phrase.end(),
            text: phrase.section.name.to_string(),
            whole: phrase.section.index,
            weight: phrase.section.tension,
        });
        segments.collect()
    }

    fn keys(&self) -> Vec<Segment> {
        let segments =
            self.phrases.values().flat_map(|phrase| &phrase.chords).map(|chord| Segment {
                start: chord.start,
                end: chord.start + chord.ticks,
                text: chord.key.to_string(),
                whole: 0,
                weight: 0.0,
            });
        segments.collect()
    }

    fn chords(&self) -> Vec<Segment> {
        let segments =
            self.phrases.values().flat_map(|phrase| &phrase.chords).map(|chord| Segment {
                start: chord.start,
                end: chord.start + chord.ticks,
                text: chord.numeral.to_string(),
                whole: 0,
                weight: 0.25,
            });
        segments.collect()
    }

    /// Where a stretch of music lies from left to right; none outside the piece.
    fn extent(&self, start: Tick, end: Tick, time: &Time) -> Option<(f32, f32)> {
        let (from, to) = (self.tempo_map.frame_of(start), self.tempo_map.frame_of(end));
        let frames = time.frames as f64;
        (from < frames && to > 0.0).then(|| (time.x(from.max(0.0)), time.x(to.min(frames))))
    }
}

/// A stretch of music with a name. `weight` is how strong its colour is, 0 to 1; neighbours with one
/// name and one `whole` belong together.
#[derive(Clone, Debug, PartialEq)]
struct Segment {
    start: Tick,
    end: Tick,
    text: String,
    whole: u64,
    weight: f32,
}

/// Neighbours that belong together become one.
fn joined(segments: Vec<Segment>) -> Vec<Segment> {
    let mut joined: Vec<Segment> = Vec::new();
    for segment in segments {
        match joined.last_mut() {
            Some(last) if last.text == segment.text && last.whole == segment.whole => {
                last.end = segment.end;
            }
            _ => joined.push(segment),
        }
    }
    joined
}

/// Writes a name where it fits between two places, smaller where that helps.
fn write_within(canvas: &mut Canvas, text: &str, (from, to): (f32, f32), y: f32) {
    for (size, margin) in [(theme::LABEL_PX, 6.0), (theme::LABEL_PX - 4.0, 3.0)] {
        let style = Style::new(size, theme::INK);
        if canvas.text_width(text, style) + 2.0 * margin <= to - from {
            canvas.text(text, (from + margin, y), style);
            return;
        }
    }
}

/// A kick is a full circle below, anything else a small one above.
fn drum_hit(canvas: &mut Canvas, drums: &Pane, x: f32, note: &Note) {
    let loud = f32::from(note.velocity.min(127)) / 127.0;
    let (height, radius) =
        if note.pitch == drum::KICK { (0.36, 4.0 + 4.0 * loud) } else { (0.72, 2.0 + 2.0 * loud) };
    canvas.circle((x + radius, drums.y(height)), radius, theme::part(Part::Percussion));
}

/// The pitches that are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: u8,
    high: u8,
}

impl Scale {
    /// From two semitones below the lowest pitched note to two above the highest.
    fn of<'a>(notes: impl Iterator<Item = &'a Note>) -> Self {
        let pitched = notes.filter(|note| note.part != Part::Percussion);
        let range = pitched.fold(None, |range, note| {
            let (low, high) = range.unwrap_or((note.pitch, note.pitch));
            Some((note.pitch.min(low), note.pitch.max(high)))
        });
        let (low, high) = range.unwrap_or((48, 72));
        let low = low.saturating_sub(2);
        let high = high.saturating_add(2).max(low.saturating_add(RANGE_MIN));
        Self { low: low.min(high - RANGE_MIN), high }
    }

    fn height(self, pitch: u8) -> f32 {
        (f32::from(pitch) - f32::from(self.low))
            / (f32::from(self.high) - f32::from(self.low)).max(1.0)
    }

    fn note_height(self, pane: &Pane) -> f32 {
        (pane.height / (f32::from(self.high) - f32::from(self.low)).max(1.0)).clamp(3.0, 9.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(part: Part, pitch: u8) -> Note {
        Note { id: 0, part, pitch, start: 0, ticks: 1, velocity: 64 }
    }

    fn segment(start: Tick, text: &str, whole: u64) -> Segment {
        Segment { start, end: start + 1, text: text.to_owned(), whole, weight: 0.5 }
    }

    #[test]
    fn all_pitches_fit_and_a_higher_one_lies_higher() {
        let notes = [note(Part::Bass, 33), note(Part::Melody, 84), note(Part::Percussion, 120)];
        let scale = Scale::of(notes.iter());
        assert!(scale.low < 33 && (85..90).contains(&scale.high), "{scale:?}");
        let heights: Vec<f32> = (33..=84).map(|pitch| scale.height(pitch)).collect();
        assert!(heights.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(heights[0] > 0.0 && heights[51] < 1.0);
    }

    #[test]
    fn a_roll_of_one_pitch_or_none_or_the_extremes_has_a_scale() {
        for notes in
            [vec![], vec![note(Part::Pad, 60)], vec![note(Part::Pad, 0), note(Part::Pad, 255)]]
        {
            let scale = Scale::of(notes.iter());
            assert!(scale.high - scale.low >= RANGE_MIN);
        }
        assert!(Scale::of([note(Part::Pad, 255)].iter()).height(255).is_finite());
    }

    #[test]
    fn sections_of_several_phrases_bear_one_name() {
        let segments = vec![
            segment(0, "drift", 0),
            segment(1, "drift", 0),
            segment(2, "drift", 1),
            segment(3, "still", 2),
        ];
        let joined = joined(segments);
        assert_eq!(
            joined.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>(),
            [(0, 2), (2, 3), (3, 4)]
        );
    }
}
