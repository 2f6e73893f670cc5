//! Draws the first phrases of a station as a piano roll, in SVG on standard output: the picture in
//! `docs/music.md`.
//!
//! `cargo run -p aeolian-score --example piano_roll > docs/piano-roll.svg`

#![allow(clippy::disallowed_methods, reason = "an example prints")]

use std::io::{self, Write};

use aeolian_score::phrase::Phrase;
use aeolian_score::time::{TICKS_PER_BAR, TICKS_PER_BEAT, Tick};
use aeolian_score::{Composer, Controls, Note, Part};

const SEED: u64 = 7;
const PHRASES: usize = 3;

const PIXELS_PER_BAR: f64 = 56.0;
const PIXELS_PER_SEMITONE: f64 = 8.0;
const LEFT: f64 = 96.0;
const TOP: f64 = 78.0;
const PITCHES: (u8, u8) = (26, 84);
/// Percussion is drawn in a lane of its own, under the lowest pitch.
const DRUMS: f64 = 28.0;

const COLOURS: [&str; Part::COUNT] = ["#7d93bf", "#cf4b3f", "#3f7f5f", "#55524d", "#d9a93a"];

fn main() -> io::Result<()> {
    let mut composer = Composer::new(SEED);
    let controls = Controls::default();
    let phrases: Vec<Phrase> = (0..PHRASES).map(|_| composer.compose(&controls)).collect();
    let mut svg = io::stdout().lock();
    let bars = f64::from(phrases.iter().map(|phrase| phrase.bars).sum::<u32>());
    let (width, height) = (LEFT + bars * PIXELS_PER_BAR + 20.0, y(PITCHES.0) + DRUMS + 40.0);
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Three phrases of seed {SEED} as a piano roll</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fbfaf7\"/>"
    )?;
    draw_grid(&mut svg, bars)?;
    for phrase in &phrases {
        draw_frame(&mut svg, phrase)?;
        // Texture first: it lies behind.
        let behind = |note: &&Note| note.part == Part::Texture;
        let notes = phrase.notes.iter();
        for note in notes.clone().filter(behind).chain(notes.filter(|n| !behind(n))) {
            draw_note(&mut svg, note)?;
        }
    }
    for (i, part) in Part::ALL.into_iter().enumerate() {
        let x = LEFT + 110.0 * i as f64;
        let (colour, y) = (COLOURS[part.index()], height - 14.0);
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{}\" width=\"18\" height=\"8\" rx=\"3\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"{y}\">{part}</text>",
            y - 9.0,
            x + 24.0
        )?;
    }
    writeln!(svg, "</svg>")
}

fn x(tick: Tick) -> f64 {
    LEFT + tick as f64 / TICKS_PER_BAR as f64 * PIXELS_PER_BAR
}

/// The middle of a pitch's row.
fn y(pitch: u8) -> f64 {
    TOP + (f64::from(PITCHES.1) - f64::from(pitch)) * PIXELS_PER_SEMITONE
}

fn draw_grid(svg: &mut impl Write, bars: f64) -> io::Result<()> {
    let right = LEFT + bars * PIXELS_PER_BAR;
    for octave in 2..=6u8 {
        let y = y(12 * (octave + 1));
        writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#e2ded4\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#777\">C{octave}</text>",
            LEFT - 10.0,
            y + 4.0
        )?;
    }
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#777\">kick</text>",
        LEFT - 10.0,
        y(PITCHES.0) + DRUMS - 4.0
    )
}

/// Bar lines, the section and the chords of a phrase.
fn draw_frame(svg: &mut impl Write, phrase: &Phrase) -> io::Result<()> {
    let bottom = y(PITCHES.0) + DRUMS;
    for bar in 0..=u64::from(phrase.bars) {
        let x = x(phrase.start + bar * TICKS_PER_BAR);
        let ends = bar == 0 || bar == u64::from(phrase.bars);
        let colour = if ends { "#9a958a" } else { "#ece8df" };
        writeln!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{bottom}\" stroke=\"{colour}\"/>",
            TOP - 12.0
        )?;
    }
    let section = &phrase.section;
    writeln!(
        svg,
        "<text x=\"{}\" y=\"24\" fill=\"#777\">phrase {}: {}, tension {:.2}</text>",
        x(phrase.start) + 4.0,
        phrase.index + 1,
        section.name,
        section.tension
    )?;
    for chord in &phrase.chords {
        let tones: Vec<&str> = chord.tones.iter().map(|tone| chord.key.spell(*tone)).collect();
        writeln!(
            svg,
            "<text x=\"{0}\" y=\"44\" font-weight=\"bold\">{1}</text>\
             <text x=\"{0}\" y=\"59\" font-size=\"10\" fill=\"#777\">{2}</text>",
            x(chord.start) + 4.0,
            chord.numeral,
            tones.join(" ")
        )?;
    }
    Ok(())
}

fn draw_note(svg: &mut impl Write, note: &Note) -> io::Result<()> {
    let drum = note.part == Part::Percussion;
    let middle = if drum { y(PITCHES.0) + DRUMS - 8.0 } else { y(note.pitch) };
    let length = if drum { TICKS_PER_BEAT / 2 } else { note.ticks };
    let width = length as f64 / TICKS_PER_BAR as f64 * PIXELS_PER_BAR - 1.0;
    let opacity = match note.part {
        Part::Texture => 0.4,
        _ => 0.45 + 0.55 * f64::from(note.velocity) / 127.0,
    };
    writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"6.4\" rx=\"3\" fill=\"{}\" \
         opacity=\"{opacity:.2}\"/>",
        x(note.start),
        middle - 3.2,
        width.max(2.0),
        COLOURS[note.part.index()]
    )
}
