//! What the exported files promise to the programs that open them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use aeolian_score::control::value::Bpm;
use aeolian_score::export::{Score, Tempo, json, midi};
use aeolian_score::phrase::{Chord, Section, SectionName};
use aeolian_score::time::{TICKS_PER_BAR, Tick};
use aeolian_score::{Composer, Controls, Key, Mode, Note, Part, Phrase, PitchClass};
use midly::{MetaMessage, MidiMessage, Smf, TrackEventKind};

const SAMPLE_RATE: u32 = 44_100;

fn compose(controls: &Controls, phrases: usize) -> Vec<Arc<Phrase>> {
    let mut composer = Composer::new(7);
    (0..phrases).map(|_| Arc::new(composer.compose(controls))).collect()
}

/// The frame of a tick at an unchanging 70 beats a minute.
fn at_70(tick: Tick) -> u64 {
    (tick * 60 * u64::from(SAMPLE_RATE)).div_ceil(70 * 960)
}

fn score(phrases: &[Arc<Phrase>]) -> Score<'_> {
    let end = phrases.last().unwrap().end();
    let tempi = &[Tempo { tick: 0, bpm: Bpm::DEFAULT }];
    Score { seed: 7, phrases, end, tempi, sample_rate: SAMPLE_RATE, frame_of: &at_70 }
}

/// A track's events with the ticks at which they lie.
fn events<'a>(smf: &'a Smf<'a>, track: usize) -> Vec<(Tick, TrackEventKind<'a>)> {
    let mut now = 0;
    let at = |event: &midly::TrackEvent<'a>| {
        now += Tick::from(event.delta.as_int());
        (now, event.kind)
    };
    smf.tracks[track].iter().map(at).collect()
}

/// (start, end, pitch, velocity) of a track's notes. Every stroke must end before its pitch
/// begins again.
fn strokes(smf: &Smf<'_>, track: usize) -> Vec<(Tick, Tick, u8, u8)> {
    let mut sounding = BTreeMap::new();
    let mut strokes = Vec::new();
    for (tick, kind) in events(smf, track) {
        match kind {
            TrackEventKind::Midi { message: MidiMessage::NoteOn { key, vel }, .. } => {
                assert!(sounding.insert(key, (tick, vel)).is_none(), "{key} sounds already");
            }
            TrackEventKind::Midi { message: MidiMessage::NoteOff { key, .. }, .. } => {
                let (start, vel) = sounding.remove(&key).expect("what ends has begun");
                strokes.push((start, tick, key.as_int(), vel.as_int()));
            }
            _ => {}
        }
    }
    assert!(sounding.is_empty(), "a note hangs");
    strokes.sort_unstable();
    strokes
}

#[test]
fn every_note_stands_in_the_midi_file_at_its_exact_ticks() {
    let phrases = compose(&Controls::default(), 20);
    let bytes = midi::write(&score(&phrases)).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    for (i, part) in Part::ALL.into_iter().enumerate() {
        let notes = phrases.iter().flat_map(|phrase| &phrase.notes);
        let end = phrases.last().unwrap().end();
        let mut begun: BTreeMap<(Tick, u8), Tick> = BTreeMap::new();
        for note in notes.filter(|note| note.part == part) {
            let stop = begun.entry((note.start, note.pitch)).or_default();
            *stop = note.end().min(end).max(*stop);
        }
        let strokes = strokes(&smf, i + 1);
        assert_eq!(strokes.len(), begun.len(), "{part}");
        for (start, stop, pitch, _) in strokes {
            let asked = begun[&(start, pitch)];
            let cut = begun.keys().any(|(next, other)| *other == pitch && *next == stop);
            assert!(stop == asked || (cut && stop < asked), "{part} {pitch} at {start}");
        }
    }
}

#[test]
fn a_pitch_that_is_struck_while_it_sounds_ends_and_begins_again() {
    let mut phrase = (*compose(&Controls::default(), 1)[0]).clone();
    let note =
        |start, ticks| Note { id: 1, part: Part::Bass, pitch: 40, start, ticks, velocity: 9 };
    phrase.notes = vec![note(0, 100), note(50, 100), note(50, 30), note(150, 50)];
    let phrases = [Arc::new(phrase)];
    let bytes = midi::write(&score(&phrases)).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    assert_eq!(strokes(&smf, 3), [(0, 50, 40, 9), (50, 150, 40, 9), (150, 200, 40, 9)]);
}

#[test]
fn each_part_has_a_named_track_and_percussion_plays_the_drum_channel() {
    let controls = Controls::default();
    let phrases = compose(&controls, 8);
    let bytes = midi::write(&score(&phrases)).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    assert_eq!(smf.header.format, midly::Format::Parallel);
    assert_eq!(smf.header.timing, midly::Timing::Metrical(960.into()));
    let names = ["Aeolian, seed 7", "Pad", "Melody", "Bass", "Percussion", "Texture"];
    assert_eq!(smf.tracks.len(), names.len());
    let mut channels = Vec::new();
    for (i, name) in names.into_iter().enumerate() {
        let events = events(&smf, i);
        assert_eq!(events[0].1, TrackEventKind::Meta(MetaMessage::TrackName(name.as_bytes())));
        let end = phrases.last().unwrap().end();
        assert_eq!(*events.last().unwrap(), (end, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
        let programs = events.iter().filter_map(|(_, kind)| match kind {
            TrackEventKind::Midi { channel, message: MidiMessage::ProgramChange { .. } } => {
                Some(channel.as_int())
            }
            _ => None,
        });
        channels.extend(programs);
        for (_, kind) in &events {
            if let TrackEventKind::Midi { channel, .. } = kind {
                assert_eq!(channel.as_int() == 9, name == "Percussion");
            }
        }
    }
    assert_eq!(channels, [0, 1, 2, 3], "each pitched part has a sound on a channel of its own");
}

#[test]
fn what_lies_past_the_end_is_cut_off() {
    let phrases = compose(&Controls::default(), 2);
    let end = 5 * TICKS_PER_BAR + 123;
    let score = Score { end, ..score(&phrases) };
    let bytes = midi::write(&score).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    for track in 0..smf.tracks.len() {
        assert_eq!(events(&smf, track).last().unwrap().0, end);
        assert!(strokes(&smf, track).iter().all(|(start, stop, ..)| start < stop && *stop <= end));
    }
    let value: serde_json::Value = serde_json::from_str(&json::write(&score).unwrap()).unwrap();
    assert_eq!(value["phrases"].as_array().unwrap().len(), 1);
    assert_eq!(value["frames"], at_70(end));
    for note in value["phrases"][0]["notes"].as_array().unwrap() {
        let sum = |a: &str, b: &str| note[a].as_u64().unwrap() + note[b].as_u64().unwrap();
        assert!(sum("start", "ticks") <= end && sum("frame", "frames") <= at_70(end));
    }
}

fn key_signature(key: Key) -> (i8, bool) {
    let controls = Controls { key: key.tonic, mode: key.mode, ..Controls::default() };
    let phrases = compose(&controls, 1);
    let bytes = midi::write(&score(&phrases)).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    let signs: Vec<_> = events(&smf, 0)
        .into_iter()
        .filter_map(|(_, kind)| match kind {
            TrackEventKind::Meta(MetaMessage::KeySignature(sharps, minor)) => Some((sharps, minor)),
            _ => None,
        })
        .collect();
    assert_eq!(signs.len(), 1, "{key}");
    signs[0]
}

#[test]
fn the_key_signature_is_the_one_a_musician_would_write() {
    for (text, sharps, minor) in [
        ("C major", 0, false),
        ("A minor", 0, true),
        ("A harmonic_minor", 0, true),
        ("D dorian", 0, true),
        ("G mixolydian", 0, false),
        ("B locrian", 0, true),
        ("F# minor", 3, true),
        ("Eb major", -3, false),
        ("B major", 5, false),
        ("Gb major", -6, false),
        ("D# minor", 6, true),
        ("Db lydian", -4, false),
    ] {
        let name: aeolian_score::key::KeyName = text.parse().unwrap();
        let key = Key { tonic: name.tonic, mode: name.mode.unwrap() };
        assert_eq!(key_signature(key), (sharps, minor), "{text}");
    }
    for mode in Mode::ALL {
        for tonic in 0..12 {
            let (sharps, _) = key_signature(Key { tonic: PitchClass::new(tonic), mode });
            assert!((-6..=6).contains(&sharps));
        }
    }
}

#[test]
fn markers_name_sections_and_chords_in_ascii() {
    let mut phrase = (*compose(&Controls::default(), 1)[0]).clone();
    phrase.section = Section { name: SectionName::Bloom, index: 2, tension: 0.5 };
    let key = Controls::default().home();
    let tones = [11, 2, 5].map(PitchClass::new).to_vec();
    let (start, ticks, root) = (960, TICKS_PER_BAR, PitchClass::new(11));
    phrase.chords =
        vec![Chord { start, ticks, key, numeral: "ii°".parse().unwrap(), root, tones }];
    let phrases = [Arc::new(phrase)];
    let bytes = midi::write(&score(&phrases)).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    let markers: Vec<_> = events(&smf, 0)
        .into_iter()
        .filter_map(|(tick, kind)| match kind {
            TrackEventKind::Meta(MetaMessage::Marker(text)) => Some((tick, text)),
            _ => None,
        })
        .collect();
    assert_eq!(markers, [(0, &b"Section 3: bloom"[..]), (960, &b"iio (B D F)"[..])]);
}

/// Twelve hours whose tempo changes every twenty minutes, in steps as a ramp has them.
#[test]
fn in_a_day_of_changing_tempi_the_midi_file_never_leaves_the_audio_by_a_millisecond() {
    let phrases = compose(&Controls::default(), 1500);
    let end = phrases.last().unwrap().end();
    let mut tempi = Vec::new();
    let mut from = 70.0;
    for (i, mark) in (0..end).step_by(20 * 70 * 960).enumerate() {
        let to = [70.0, 113.7, 61.123_456, 97.3][i % 4];
        tempi.extend((0..=16u32).map(|step| Tempo {
            tick: mark + u64::from(step) * 60,
            bpm: Bpm::new(from + (to - from) * f64::from(step) / 16.0).unwrap(),
        }));
        from = to;
    }
    // (tick, frames so far), exact but for an f64's last bits.
    let mut marks = vec![(0, 0.0)];
    for pair in tempi.windows(2) {
        let ticks = (pair[1].tick - pair[0].tick) as f64;
        let frames = ticks * 60.0 * f64::from(SAMPLE_RATE) / (960.0 * pair[0].bpm.get());
        marks.push((pair[1].tick, marks.last().unwrap().1 + frames));
    }
    let frame_of = |tick: Tick| {
        let i = marks.partition_point(|(mark, _)| *mark <= tick) - 1;
        let ticks = (tick - marks[i].0) as f64;
        let frames = ticks * 60.0 * f64::from(SAMPLE_RATE) / (960.0 * tempi[i].bpm.get());
        (marks[i].1 + frames).ceil() as u64
    };
    let score = Score { tempi: &tempi, frame_of: &frame_of, ..score(&phrases) };
    let bytes = midi::write(&score).unwrap();
    let smf = Smf::parse(&bytes).unwrap();

    // Seconds by the file's own tempi, as a player would count them.
    let (mut seconds, mut last, mut us_per_beat, mut worst) = (0.0, 0, 500_000.0, 0.0f64);
    let mut tempo_events = 0;
    for (tick, kind) in events(&smf, 0) {
        seconds += (tick - last) as f64 * us_per_beat / 960e6;
        last = tick;
        worst = worst.max((seconds - frame_of(tick) as f64 / f64::from(SAMPLE_RATE)).abs());
        if let TrackEventKind::Meta(MetaMessage::Tempo(us)) = kind {
            us_per_beat = f64::from(us.as_int());
            tempo_events += 1;
        }
    }
    assert!(worst < 0.001, "{worst} s");
    assert!(tempo_events < tempi.len() + 100, "{tempo_events} tempo marks for {}", tempi.len());
}

#[test]
fn a_steady_tempo_is_written_once() {
    let phrases = compose(&Controls::default(), 10);
    let bytes = midi::write(&score(&phrases)).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    let tempo = |(_, kind): &(Tick, TrackEventKind<'_>)| match kind {
        TrackEventKind::Meta(MetaMessage::Tempo(us)) => Some(us.as_int()),
        _ => None,
    };
    assert_eq!(events(&smf, 0).iter().filter_map(tempo).collect::<Vec<_>>(), [857_143]);
}

#[test]
fn a_pause_longer_than_a_midi_delta_time_is_bridged() {
    let mut phrase = (*compose(&Controls::default(), 1)[0]).clone();
    phrase.notes.clear();
    let phrases = [Arc::new(phrase)];
    let end = 3 * (1 << 28) + 5;
    let bytes = midi::write(&Score { end, ..score(&phrases) }).unwrap();
    let smf = Smf::parse(&bytes).unwrap();
    assert_eq!(events(&smf, 3).last().unwrap().0, end);
}

#[test]
fn the_json_holds_what_was_composed_with_its_frames() {
    let phrases = compose(&Controls::default(), 3);
    let value: serde_json::Value =
        serde_json::from_str(&json::write(&score(&phrases)).unwrap()).unwrap();
    assert_eq!(value["tempi"][0], serde_json::json!({"tick": 0, "frame": 0, "bpm": 70}));
    for (phrase, written) in phrases.iter().zip(value["phrases"].as_array().unwrap()) {
        assert_eq!(written["frame"], at_70(phrase.start));
        assert_eq!(written["notes"].as_array().unwrap().len(), phrase.notes.len());
        assert_eq!(written["chords"].as_array().unwrap().len(), phrase.chords.len());
        for (note, written) in phrase.notes.iter().zip(written["notes"].as_array().unwrap()) {
            assert_eq!(written["part"], note.part.name());
            assert_eq!(written["frame"], at_70(note.start));
            let end = note.end().min(phrases.last().unwrap().end());
            assert_eq!(written["frames"], at_70(end) - at_70(note.start));
        }
    }
}
