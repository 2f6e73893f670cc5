//! What the composer promises for every seed and all controls.

mod station;

use aeolian_score::Numeral;
use aeolian_score::control::value::Level;
use aeolian_score::harmony::ChordTables;
use aeolian_score::melody::Class;
use aeolian_score::phrase::{Note, Phrase, drum};
use aeolian_score::time::{TICKS_PER_BAR, TICKS_PER_BEAT, next_bar};
use aeolian_score::{Composer, Controls, Mode, Part};
use proptest::prelude::*;
use station::{classed, controls, phrases, steered};

fn check_shape(phrase: &Phrase, index: u64, start: u64) {
    assert_eq!((phrase.index, phrase.start), (index, start));
    assert!((4..=8).contains(&phrase.bars));
    assert!(!phrase.notes.is_empty(), "a phrase without notes");
    let mut at = phrase.start;
    for chord in &phrase.chords {
        assert_eq!(chord.start, at, "chords leave no gap and do not overlap");
        assert!(chord.ticks >= TICKS_PER_BAR && chord.tones[0] == chord.root);
        at += chord.ticks;
    }
    assert_eq!(at, phrase.end(), "chords fill the phrase");
    for note in &phrase.notes {
        assert!((phrase.start..phrase.end()).contains(&note.start), "{note:?}");
        assert!(note.ticks >= 1 && (1..=127).contains(&note.velocity), "{note:?}");
        assert!(note.end() <= phrase.end() + 2 * TICKS_PER_BEAT, "{note:?}");
        let range = match note.part {
            Part::Pad => 43..=80,
            Part::Melody => 60..=84,
            Part::Bass => 28..=43,
            Part::Percussion => drum::KICK..=drum::BRUSH,
            Part::Texture => 60..=72,
        };
        assert!(range.contains(&note.pitch), "{note:?}");
    }
    let order = |note: &Note| (note.start, note.id);
    assert!(phrase.notes.is_sorted_by_key(order), "notes are sorted by start and id");
}

proptest! {
    #![proptest_config(station::cases())]

    #[test]
    fn every_phrase_is_whole_and_every_note_in_range(seed: u64, controls in controls()) {
        let mut start = 0;
        for (index, phrase) in phrases(seed, &controls, 40).iter().enumerate() {
            check_shape(phrase, index as u64, start);
            start = phrase.end();
        }
    }

    #[test]
    fn ids_are_never_used_twice(seed: u64, controls in controls()) {
        let phrases = phrases(seed, &controls, 40);
        let mut ids: Vec<u64> = phrases.iter().flat_map(|p| &p.notes).map(|n| n.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
    }

    #[test]
    fn a_snapshot_composes_the_same_again(seed: u64, controls in controls()) {
        let mut composer = Composer::new(seed);
        for _ in 0..5 {
            let mut snapshot = composer.clone();
            prop_assert_eq!(composer.compose(&controls), snapshot.compose(&controls));
        }
    }

    #[test]
    fn a_composer_goes_on_from_its_json_as_it_would_have(
        seed: u64,
        steps in prop::collection::vec((controls(), 0.0..1.0f64), 1..60),
    ) {
        let mut composer = Composer::new(seed);
        for (controls, revised_at) in &steps {
            let json = composer.to_json().unwrap().to_string();
            let json = serde_json::from_str(&json).unwrap();
            let mut again = Composer::from_json(seed, ChordTables::built_in(), &json).unwrap();
            let before = composer.clone();
            let phrase = composer.compose(controls);
            prop_assert_eq!(&again.clone().compose(controls), &phrase);
            let from = phrase.start + ((phrase.end() - phrase.start) as f64 * revised_at) as u64;
            composer = before;
            let revised = composer.revise(&phrase, from, &steps[0].0);
            prop_assert_eq!(again.revise(&phrase, from, &steps[0].0), revised);
        }
    }

    #[test]
    fn every_chromatic_tone_is_resolved_by_step(seed: u64, controls in controls()) {
        let melody = classed(&phrases(seed, &controls, 60));
        for pair in melody.windows(2) {
            let [(note, class), (next, next_class)] = [pair[0], pair[1]];
            if class == Class::Chromatic {
                prop_assert!(next_class != Class::Chromatic);
                prop_assert!((1..=2).contains(&note.pitch.abs_diff(next.pitch)));
                prop_assert!(next.start - note.start <= TICKS_PER_BAR);
            }
        }
    }

    #[test]
    fn the_line_leaps_no_octave_and_fills_its_leaps(seed: u64, controls in controls()) {
        let melody = classed(&phrases(seed, &controls, 60));
        for notes in melody.windows(3) {
            let [a, b, c] = [0, 1, 2].map(|i| i16::from(notes[i].0.pitch));
            prop_assert!((b - a).abs() <= 12);
            prop_assert!(!(a == b && b == c), "{} three times", a);
            if (b - a).abs() >= 6 {
                let back = (b - c) * (b - a).signum();
                prop_assert!((1..=4).contains(&back), "{} {} {}", a, b, c);
            }
        }
    }

    #[test]
    fn no_pad_lane_leaps_more_than_an_octave(seed: u64, controls in controls()) {
        let mut last = [None::<u8>; 8];
        for phrase in phrases(seed, &controls, 60) {
            for note in phrase.notes.iter().filter(|note| note.part == Part::Pad) {
                let lane = &mut last[(note.id % 8) as usize];
                if let Some(last) = *lane {
                    prop_assert!(last.abs_diff(note.pitch) <= 12);
                }
                *lane = Some(note.pitch);
            }
        }
    }

    #[test]
    fn the_pad_is_never_pushed_as_a_block_of_leaps(seed: u64, controls in controls()) {
        let mut last = [None::<Note>; 8];
        for phrase in phrases(seed, &controls, 60) {
            for chord in &phrase.chords {
                let end = chord.start + chord.ticks;
                let mut moved = Vec::new();
                for note in phrase.notes_between(chord.start, end) {
                    let lane = (note.id % 8) as usize;
                    // A lane that comes back after a silence enters; it does not move.
                    if note.part == Part::Pad
                        && lane < 4
                        && let Some(last) = last[lane].replace(*note)
                        && last.end() + TICKS_PER_BAR > chord.start
                    {
                        moved.push(i16::from(note.pitch) - i16::from(last.pitch));
                    }
                }
                let block = moved.len() == 4
                    && (moved.iter().all(|by| *by > 2) || moved.iter().all(|by| *by < -2));
                prop_assert!(!block, "{:?} at {}", moved, chord.start);
            }
        }
    }

    #[test]
    fn phrases_breathe(seed: u64, controls in controls()) {
        for phrase in phrases(seed, &controls, 40) {
            let melody: Vec<_> =
                phrase.notes.iter().filter(|note| note.part == Part::Melody).collect();
            let mut silent = phrase.end() - phrase.start;
            for note in &melody {
                silent -= note.ticks.min(phrase.end() - note.start).min(silent);
            }
            prop_assert!(silent + TICKS_PER_BEAT / 5 >= 2 * TICKS_PER_BEAT, "{} ticks of rest", silent);
        }
    }

    #[test]
    fn no_two_lanes_of_the_pad_strike_one_pitch_together(seed: u64, controls in controls()) {
        for phrase in phrases(seed, &controls, 60) {
            let pad = phrase.notes.iter().filter(|note| note.part == Part::Pad);
            let mut struck: Vec<_> = pad.map(|note| (note.id / 64, note.pitch)).collect();
            let count = struck.len();
            struck.sort_unstable();
            struck.dedup();
            prop_assert_eq!(struck.len(), count);
        }
    }

    #[test]
    fn at_most_eleven_lanes_sound_at_once_and_never_more_notes_than_voices(
        seed: u64, controls in controls(),
    ) {
        let notes: Vec<Note> =
            phrases(seed, &controls, 20).into_iter().flat_map(|phrase| phrase.notes).collect();
        for note in &notes {
            let held = notes.iter().filter(|n| n.start <= note.start && n.end() > note.start);
            let mut lanes: Vec<(Part, u64)> = held.map(|n| (n.part, n.id % 64)).collect();
            // A lane's next note may come a few milliseconds before the last one ends.
            prop_assert!(lanes.len() <= 16, "{} notes", lanes.len());
            lanes.sort_unstable();
            lanes.dedup();
            prop_assert!(lanes.len() <= 11, "{} lanes", lanes.len());
        }
    }

    #[test]
    fn a_new_key_is_entered_by_a_chord_that_both_share(
        seed: u64, old in controls(), new in controls(), after in 0usize..20, at in 0.0..0.7f64,
    ) {
        let mut composer = Composer::new(seed);
        for _ in 0..after {
            composer.compose(&old);
        }
        let mut snapshot = composer.clone();
        let phrase = composer.compose(&old);
        let from = phrase.start + (at * (phrase.end() - phrase.start) as f64) as u64;
        let revised = snapshot.revise(&phrase, from, &new);
        let shares = |chord: &Numeral| chord.tones(new.home()).iter().all(|t| old.home().contains(*t));
        let table = ChordTables::built_in();
        if old.home() != new.home() && table.of(new.mode).chords().iter().any(shares) {
            let entry = revised.chord_at(next_bar(from)).unwrap();
            prop_assert_eq!((entry.start, entry.key), (next_bar(from), new.home()));
            prop_assert!(entry.tones.iter().all(|tone| old.home().contains(*tone)));
        }
    }

    #[test]
    fn a_note_strays_from_the_grid_by_at_most_12_ms(seed: u64, controls in controls()) {
        let ticks_per_ms = controls.bpm.get() * TICKS_PER_BEAT as f64 / 60_000.0;
        for note in phrases(seed, &controls, 40).iter().flat_map(|phrase| &phrase.notes) {
            let off = note.start % (TICKS_PER_BEAT / 2);
            let stray = off.min(TICKS_PER_BEAT / 2 - off) as f64 / ticks_per_ms;
            prop_assert!(stray <= 12.0, "{:?} strays {} ms", note, stray);
        }
    }

    #[test]
    fn revising_without_a_change_changes_nothing(
        seed: u64, controls in controls(), after in 0usize..30, at in 0.0..1.0f64,
    ) {
        let mut composer = Composer::new(seed);
        for _ in 0..after {
            composer.compose(&controls);
        }
        let mut snapshot = composer.clone();
        let phrase = composer.compose(&controls);
        let from = phrase.start + (at * (phrase.end() - phrase.start) as f64) as u64;
        prop_assert_eq!(&snapshot.revise(&phrase, from, &controls), &phrase);
        prop_assert_eq!(snapshot.compose(&controls), composer.compose(&controls));
    }

    #[test]
    fn a_revised_phrase_keeps_its_past_and_obeys_from_then_on(
        seed: u64, old in controls(), new in controls(), after in 0usize..30, at in 0.0..1.0f64,
    ) {
        let mut composer = Composer::new(seed);
        for _ in 0..after {
            composer.compose(&old);
        }
        let mut snapshot = composer.clone();
        let phrase = composer.compose(&old);
        let from = phrase.start + (at * (phrase.end() - phrase.start) as f64) as u64;
        let revised = snapshot.revise(&phrase, from, &new);
        check_shape(&revised, phrase.index, phrase.start);
        prop_assert_eq!((revised.bars, &revised.section), (phrase.bars, &phrase.section));

        let before = phrase.notes_between(0, from);
        let kept = revised.notes_between(0, from);
        prop_assert_eq!(before.len(), kept.len());
        for (old, new) in before.iter().zip(kept) {
            prop_assert_eq!(Note { ticks: old.ticks, ..*new }, *old);
            // What has been heard stays as it was heard.
            prop_assert_eq!(old.end().min(from), new.end().min(from));
        }
        let bar = next_bar(from);
        for chord in &revised.chords {
            prop_assert!(chord.start < bar || chord.key == new.home());
        }
        // The bass never hangs on under a root that it does not belong to.
        for note in revised.notes.iter().filter(|n| n.part == Part::Bass) {
            let [first, last] =
                [note.start, note.end() - 1].map(|tick| revised.chord_at(tick).unwrap());
            let belongs = last.tones.iter().any(|tone| tone.semitones() == note.pitch % 12);
            prop_assert!((first.root, first.key) == (last.root, last.key) || belongs);
        }
        // And the next phrase follows.
        let next = snapshot.compose(&new);
        check_shape(&next, phrase.index + 1, phrase.end());
        let melody = classed(&[revised, next]);
        for pair in melody.windows(2) {
            if pair[0].1 == Class::Chromatic {
                prop_assert!((1..=2).contains(&pair[0].0.pitch.abs_diff(pair[1].0.pitch)));
            }
        }
    }

    #[test]
    fn fifty_changes_in_a_phrase_do_no_harm_and_the_last_one_holds(
        seed: u64, all in proptest::collection::vec(controls(), 50),
    ) {
        let mut composer = Composer::new(seed);
        let snapshot = composer.clone();
        let mut phrase = composer.compose(&all[0]);
        let step = (phrase.end() - phrase.start) / 50;
        for (i, controls) in all.iter().enumerate() {
            let mut again = snapshot.clone();
            phrase = again.revise(&phrase, phrase.start + i as u64 * step, controls);
            composer = again;
            check_shape(&phrase, 0, 0);
        }
        let last = all[all.len() - 1];
        prop_assert!(composer.compose(&last).chords.iter().all(|chord| chord.key == last.home()));
        let mut ids: Vec<u64> = phrase.notes.iter().map(|note| note.id).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), phrase.notes.len());
    }
}

#[test]
fn melody_keeps_70_25_5_in_every_mode_and_at_every_intensity() {
    for mode in Mode::ALL {
        for intensity in [0.0, 0.1, 0.25, 0.5, 0.75, 1.0] {
            let controls = steered(7, mode, intensity);
            let mut composer = Composer::new(11);
            let mut counts = [0u32; 3];
            while counts.iter().sum::<u32>() < 10_000 {
                let phrase = composer.compose(&controls);
                for (_, class) in classed(&[phrase]) {
                    counts[class as usize] += 1;
                }
            }
            let total = f64::from(counts.iter().sum::<u32>());
            for (count, share) in counts.into_iter().zip([70.0, 25.0, 5.0]) {
                let percent = f64::from(count) * 100.0 / total;
                assert!(
                    (percent - share).abs() < 1.5,
                    "{mode} at {intensity}: {percent:.1} % instead of {share} %"
                );
            }
        }
    }
}

#[test]
fn more_intensity_gives_more_notes() {
    let density = |intensity: f64| {
        let notes: Vec<usize> = (0..20)
            .flat_map(|seed| phrases(seed, &steered(9, Mode::Minor, intensity), 20))
            .map(|phrase| phrase.notes.len())
            .collect();
        notes.iter().sum::<usize>()
    };
    let densities = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(density);
    assert!(densities.is_sorted_by(|a, b| a < b), "{densities:?}");
    assert!(densities[5] > 4 * densities[0], "{densities:?}");
}

fn kick_bars(controls: &Controls, seed: u64) -> Vec<u64> {
    let phrases = phrases(seed, controls, 100);
    let notes = phrases.iter().flat_map(|phrase| &phrase.notes);
    let kicks = notes.filter(|n| n.part == Part::Percussion && n.pitch == drum::KICK);
    kicks.map(|note| note.start / TICKS_PER_BAR).collect()
}

#[test]
fn at_half_intensity_kicks_come_every_two_to_four_bars() {
    for seed in 0..20 {
        for gap in kick_bars(&steered(9, Mode::Minor, 0.5), seed).windows(2) {
            assert!((2..=4).contains(&(gap[1] - gap[0])), "{gap:?}");
        }
    }
}

#[test]
fn at_no_intensity_there_is_nearly_no_kick_and_at_full_a_pulse() {
    let bars: u64 = 780;
    let none = kick_bars(&steered(9, Mode::Minor, 0.0), 1).len() as u64;
    let full = kick_bars(&steered(9, Mode::Minor, 1.0), 1).len() as u64;
    assert!(none < bars / 14, "{none}");
    assert!(full >= bars, "{full}");
}

/// For the phrases of ten stations: whether each opens or closes a section, and whether it leaves
/// the key.
fn keys_heard(wander: f64) -> Vec<(bool, bool)> {
    let wander = Level::new(wander).expect("from 0 to 1");
    let controls = Controls { wander, ..steered(2, Mode::Minor, 0.5) };
    let mut heard = Vec::new();
    for seed in 0..10 {
        for three in phrases(seed, &controls, 100).windows(3) {
            let [before, this, after] = [0, 1, 2].map(|i| three[i].section.index);
            let away = three[1].chords.iter().any(|chord| chord.key != controls.home());
            heard.push((before != this || this != after, away));
        }
    }
    heard
}

#[test]
fn the_key_is_left_only_when_wander_asks_and_never_at_a_sections_ends() {
    assert!(keys_heard(0.0).iter().all(|(_, away)| !away));
    for wander in [0.3, 1.0] {
        let heard = keys_heard(wander);
        assert!(heard.iter().all(|(at_seam, away)| !(*at_seam && *away)));
        let middle = heard.iter().filter(|(at_seam, _)| !at_seam).count() as f64;
        let away = heard.iter().filter(|(_, away)| *away).count() as f64;
        assert!((away / middle - wander).abs() < 0.15, "{away} of {middle} at {wander}");
    }
}

#[test]
fn a_phrase_has_one_high_point() {
    let (mut once, mut all) = (0, 0);
    for seed in 0..20 {
        for phrase in phrases(seed, &steered(2, Mode::Dorian, 0.6), 100) {
            let pitches =
                || phrase.notes.iter().filter(|n| n.part == Part::Melody).map(|n| n.pitch);
            let highest = pitches().max();
            once += usize::from(pitches().filter(|pitch| Some(*pitch) == highest).count() == 1);
            all += 1;
        }
    }
    assert!(once * 10 >= all * 9, "{once} of {all} phrases");
}

#[test]
fn strong_beats_prefer_chord_tones() {
    let melody: Vec<_> = (0..20)
        .flat_map(|seed| classed(&phrases(seed, &steered(9, Mode::Minor, 0.6), 60)))
        .collect();
    let share = |strong: bool| {
        let beat = 2 * TICKS_PER_BEAT;
        let is_strong = |note: &Note| (note.start + beat / 16) % beat < beat / 8;
        let of: Vec<_> = melody.iter().filter(|(note, _)| is_strong(note) == strong).collect();
        let chord = of.iter().filter(|(_, class)| *class == Class::Chord).count();
        chord as f64 / of.len() as f64
    };
    assert!(share(true) > share(false) + 0.1, "{:.2} {:.2}", share(true), share(false));
}
