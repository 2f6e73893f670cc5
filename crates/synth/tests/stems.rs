//! What the stems promise.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

mod station;

use aeolian_score::{Change, Part};
use aeolian_synth::{CHANNELS, SAMPLE_RATE};
use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use station::Station;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const SAMPLES: usize = 30 * SAMPLE_RATE as usize * CHANNELS;

fn change(parts: &[(Part, f32)]) -> Change {
    let parts: serde_json::Map<_, _> =
        parts.iter().map(|(part, gain)| (part.name().to_owned(), (*gain).into())).collect();
    let value = serde_json::json!({ "intensity": 0.8, "parts": parts });
    Change::from_json(value.as_object().unwrap()).unwrap()
}

/// The station with these levels of parts: the mix, then the stems.
fn rendered(parts: &[(Part, f32)]) -> (Vec<f32>, [Vec<f32>; Part::COUNT]) {
    let mut station = Station::new(11, &change(parts));
    station.engine.keep_stems();
    let mut mix = vec![0.0; SAMPLES];
    let mut stems = [const { Vec::new() }; Part::COUNT];
    stems.iter_mut().for_each(|stem| stem.resize(SAMPLES, 0.0));
    for from in (0..SAMPLES).step_by(4410 * CHANNELS) {
        let now = from..(from + 4410 * CHANNELS).min(SAMPLES);
        if let Some(plan) = station.next_plan() {
            drop(station.engine.adopt(plan));
        }
        let mut stems = stems.each_mut().map(|stem| &mut stem[now.clone()]);
        assert_no_alloc(|| station.engine.render_stems(&mut mix[now], &mut stems));
    }
    (mix, stems)
}

fn greatest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn keeping_stems_changes_no_sample_of_the_mix() {
    let mut plain = vec![0.0; SAMPLES];
    Station::new(11, &change(&[])).render(&mut plain, 4410);
    assert!(rendered(&[]).0 == plain);
}

#[test]
fn the_stem_of_the_pad_is_what_the_pad_plays_alone() {
    let (_, all) = rendered(&[]);
    let others = [Part::Melody, Part::Bass, Part::Percussion, Part::Texture];
    let (_, alone) = rendered(&others.map(|part| (part, 0.0)));
    let (stem, alone) = (&all[Part::Pad.index()], &alone[Part::Pad.index()]);
    assert!(stem.iter().any(|sample| sample.abs() > 0.01), "it is heard");
    let difference = greatest_difference(stem, alone);
    assert!(difference < 1e-6, "it differs by {difference}");
}

/// What is in no stem would be in the percussion's or the texture's, which are the rest of the mix.
#[test]
fn stems_sum_to_the_dry_mix() {
    let (_, stems) = rendered(&[(Part::Percussion, 0.0), (Part::Texture, 0.0)]);
    for part in [Part::Percussion, Part::Texture] {
        let rest = greatest_difference(&stems[part.index()], &[0.0; SAMPLES]);
        assert!(rest < 1e-6, "{rest} of the voices is missing from their stems");
    }
}

#[test]
fn a_frame_of_a_stem_is_the_same_frame_of_the_mix() {
    let quiet = [Part::Pad, Part::Melody, Part::Percussion, Part::Texture].map(|part| (part, 0.0));
    let (mix, stems) = rendered(&quiet);
    let heard = |samples: &[f32]| samples.iter().position(|sample| sample.abs() > 1e-7).unwrap();
    let (mix, stem) = (heard(&mix) / CHANNELS, heard(&stems[Part::Bass.index()]) / CHANNELS);
    assert!(mix.abs_diff(stem) <= 2, "the mix begins at frame {mix}, the stem at {stem}");
}
