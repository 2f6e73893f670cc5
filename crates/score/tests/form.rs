//! The form can be heard: sections differ, swells announce them, chords follow their table.

mod station;

use std::collections::BTreeMap;

use aeolian_score::Numeral;
use aeolian_score::harmony::ChordTables;
use aeolian_score::learn::key_finding::{KRUMHANSL_KESSLER, key_of};
use aeolian_score::numeral::Colour;
use aeolian_score::phrase::{Phrase, SectionName};
use aeolian_score::time::TICKS_PER_BAR;
use aeolian_score::{Mode, Part};
use station::{phrases, steered};

/// Many phrases of a few stations at half intensity.
fn heard() -> Vec<Vec<Phrase>> {
    (0..10).map(|seed| phrases(seed, &steered(9, Mode::Minor, 0.5), 300)).collect()
}

#[test]
fn bloom_is_fuller_louder_and_higher_than_still() {
    let mut sums: BTreeMap<SectionName, [f64; 4]> = BTreeMap::new();
    for phrase in heard().iter().flatten() {
        let sums = sums.entry(phrase.section.name).or_default();
        sums[0] += f64::from(phrase.bars);
        for note in phrase.notes.iter().filter(|note| note.part == Part::Melody) {
            sums[1] += 1.0;
            sums[2] += f64::from(note.velocity);
            sums[3] += f64::from(note.pitch);
        }
    }
    let [still, bloom] = [SectionName::Still, SectionName::Bloom].map(|name| sums[&name]);
    let of = |sums: [f64; 4]| (sums[1] / sums[0], sums[2] / sums[1], sums[3] / sums[1]);
    let ((notes, velocity, pitch), (fewer, softer, lower)) = (of(bloom), of(still));
    assert!(notes > 1.2 * fewer, "{notes:.2} and {fewer:.2} notes a bar");
    assert!(velocity > softer + 4.0, "velocities {velocity:.1} and {softer:.1}");
    assert!(pitch > lower + 1.5, "pitches {pitch:.1} and {lower:.1}");
}

#[test]
fn a_swell_leads_into_every_section() {
    for phrases in heard() {
        for pair in phrases.windows(2).filter(|p| p[0].section.index != p[1].section.index) {
            let leads_in = |note: &&aeolian_score::Note| {
                note.part == Part::Texture
                    && note.ticks >= TICKS_PER_BAR
                    && note.end() == pair[0].end()
            };
            assert!(pair[0].notes.iter().any(|note| leads_in(&note)), "{}", pair[0].index);
        }
    }
}

#[test]
fn chords_last_two_bars_and_four_at_low_intensity() {
    for (intensity, bars) in [(0.1, 4), (0.5, 2), (0.9, 2)] {
        for phrase in phrases(3, &steered(0, Mode::Major, intensity), 100) {
            // A suspension and its resolution are two entries for one chord.
            let mut plain: Vec<Numeral> = Vec::new();
            for chord in &phrase.chords {
                plain.push(chord.numeral.with_colour(Colour::Plain));
            }
            plain.dedup();
            let asked = phrase.bars / if phrase.bars > 4 { bars } else { 2 };
            assert_eq!(plain.len() as u32, asked, "at {intensity}: {:?}", phrase.chords);
        }
    }
}

#[test]
fn the_chords_of_a_long_run_follow_their_table() {
    for mode in Mode::ALL {
        let tables = ChordTables::built_in();
        let table = tables.of(mode);
        let count = table.chords().len();
        let mut counts = vec![vec![0.0f32; count]; count];
        for seed in 0..5 {
            let mut last: Option<usize> = None;
            for chord in phrases(seed, &steered(0, mode, 0.5), 500).iter().flat_map(|p| &p.chords) {
                let index = table.index_of(chord.numeral);
                if let (Some(last), Some(index)) = (last, index)
                    && last != index
                {
                    counts[last][index] += 1.0;
                }
                last = index;
            }
        }
        for (last, row) in counts.iter().enumerate() {
            let total: f32 = row.iter().sum();
            let asked = table.next(None, last);
            let off: f32 = row.iter().zip(asked).map(|(n, p)| (n / total - p).abs()).sum();
            assert!(off / 2.0 < 0.16, "{mode}, after {}: off by {off:.2}", table.chords()[last]);
        }
    }
}

#[test]
fn the_key_that_is_heard_is_the_key_that_was_asked_for_or_its_relative() {
    let (mut exact, mut right, mut all) = (0, 0, 0);
    for mode in [Mode::Major, Mode::Minor] {
        for tonic in 0..12 {
            for seed in 0..10 {
                let controls = steered(tonic, mode, 0.5);
                // Three minutes at 70 beats a minute are 52 bars.
                let phrases = phrases(seed * 12 + u64::from(tonic), &controls, 7);
                let mut weights = [0.0; 12];
                let pitched = [Part::Pad, Part::Melody, Part::Bass];
                let notes = phrases.iter().flat_map(|phrase| &phrase.notes);
                for note in notes.filter(|note| pitched.contains(&note.part)) {
                    weights[usize::from(note.pitch % 12)] += note.ticks as f64;
                }
                let heard = key_of(&weights, &KRUMHANSL_KESSLER).unwrap();
                let relative = match mode {
                    Mode::Major => (controls.key.up(9), Mode::Minor),
                    _ => (controls.key.up(3), Mode::Major),
                };
                exact += usize::from(heard == controls.home());
                right +=
                    usize::from(heard == controls.home() || (heard.tonic, heard.mode) == relative);
                all += 1;
            }
        }
    }
    println!("Krumhansl-Schmuckler: {exact} the key itself, {right} it or its relative, of {all}");
    assert!(right * 10 >= all * 9, "{right} of {all}");
}
