//! What the engine promises to whoever drives it.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

mod station;

use std::sync::Arc;

use aeolian_score::phrase::{Section, SectionName, drum};
use aeolian_score::{Controls, Note, Part, Phrase};
use aeolian_synth::{CHANNELS, Engine, Isa, LOOK_AHEAD, Plan, QUANTUM, SAMPLE_RATE};
use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use station::{Station, change};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const SECOND: usize = SAMPLE_RATE as usize * CHANNELS;

fn bits(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|sample| sample.to_bits()).collect()
}

#[test]
fn rendering_and_adopting_never_touch_the_heap() {
    let mut station = Station::new(3, &change("{}"));
    let mut block = vec![0.0; 4410 * CHANNELS];
    for second in 0..40 {
        let plan = station.next_plan();
        let intensity = change(&format!(r#"{{"intensity":{}}}"#, f64::from(second % 10) / 10.0));
        let plan = plan.or_else(|| Some(station.plan_for(&intensity)));
        let spent = assert_no_alloc(|| {
            let spent = plan.map(|plan| station.engine.adopt(plan));
            for _ in 0..10 {
                station.engine.render(&mut block);
            }
            spent
        });
        drop(spent);
    }
}

#[test]
fn the_block_size_does_not_change_a_sample() {
    let mut whole = vec![0.0; 20 * SECOND];
    Station::new(5, &change("{}")).render(&mut whole, 4410);
    assert!(whole.iter().any(|sample| sample.abs() > 0.05));
    for frames in [1, 63, 64, 100, 1024] {
        let mut blocks = vec![0.0; 3 * SECOND];
        let mut station = Station::new(5, &change("{}"));
        for block in blocks.chunks_mut(frames * CHANNELS) {
            station.engine.render(block);
        }
        assert!(bits(&blocks) == bits(&whole[..3 * SECOND]), "blocks of {frames} frames differ");
    }
}

#[test]
fn a_note_sounds_at_its_own_frame_though_the_engine_looks_ahead() {
    let controls = change(r#"{"parts":{"texture":0}}"#).applied_to(&Controls::default());
    for tick in [0, 1, 333, 5000] {
        let note = Note {
            id: 1,
            part: Part::Percussion,
            pitch: drum::BRUSH,
            start: tick,
            ticks: 1,
            velocity: 100,
        };
        let section = Section { name: SectionName::Drift, index: 0, tension: 0.5 };
        let phrase =
            Phrase { index: 0, start: 0, bars: 4, section, chords: Vec::new(), notes: vec![note] };
        let plan = Plan { frame: 0, span: 0, controls, phrases: vec![Arc::new(phrase)] };
        let mut engine = Engine::new(1, Box::new(plan));
        let due = engine.transport().frame_of(tick) as usize;
        let mut out = vec![0.0; 10 * SECOND];
        engine.render(&mut out);
        // Of every other frame: those between are made of the frames around them, on both sides.
        let sounds = |pair: &[f32]| pair[0].abs() > 1e-4;
        let heard = 2 * out.chunks_exact(2 * CHANNELS).position(sounds).unwrap();
        assert!((due - due % 32..due + 32).contains(&heard), "due at {due}, heard at {heard}");
        let given = (out.len() / CHANNELS).next_multiple_of(QUANTUM);
        assert_eq!(engine.frame() as usize, given + LOOK_AHEAD);
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let render = |isa| {
        let mut out = vec![0.0; 30 * SECOND];
        Station::with_isa(11, &change(r#"{"intensity":0.8}"#), isa).render(&mut out, 4410);
        bits(&out)
    };
    let baseline = render(Isa::Baseline);
    for isa in Isa::available() {
        assert!(render(isa) == baseline, "{isa:?} differs from the baseline");
    }
}

/// Runs with the CPU's denormals flushed to zero, of operands and of results.
#[cfg(target_arch = "x86_64")]
fn flushed<T>(run: impl FnOnce() -> T) -> T {
    const FLUSH: u32 = 0x8040;
    let (mut control, before) = (0u32, &mut 0u32);
    // SAFETY: these store the register of modes and load it with two of them set. No result is read between the two that
    // the compiler could have computed in advance in the other mode: the engine is made and rendered in `run`.
    unsafe { core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut *before) };
    control |= *before | FLUSH;
    // SAFETY: as above.
    unsafe { core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control) };
    let result = run();
    // SAFETY: as above; this sets them back.
    unsafe { core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const *before) };
    result
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_cpu_s_own_flushing_of_denormals_changes_no_sample() {
    // A span rings out in it, to where numbers become denormal.
    let change = change(r#"{"intensity":0.1,"parts":{"texture":0}}"#);
    let render = || {
        let mut out = vec![0.0; 110 * SECOND];
        Station::with_isa(5, &change, Isa::Baseline).render(&mut out, 4410);
        bits(&out)
    };
    assert!(flushed(render) == render());
}

#[test]
fn a_seed_gives_the_same_music_again_and_another_seed_other_music() {
    let render = |seed| {
        let mut out = vec![0.0; 5 * SECOND];
        Station::new(seed, &change("{}")).render(&mut out, 4410);
        bits(&out)
    };
    assert!(render(1) == render(1));
    assert!(render(1) != render(2));
}

#[test]
fn the_output_stays_finite_and_inside_full_scale_whatever_the_controls_do() {
    let mut station = Station::new(9, &change("{}"));
    let mut block = vec![0.0; 4410 * CHANNELS];
    for step in 0..600u32 {
        let value =
            |k: u32| f64::from(step.wrapping_mul(2_654_435_761).rotate_left(k) % 101) / 100.0;
        let json = format!(
            r#"{{"intensity":{},"brightness":{},"space":{},"bpm":{},"parts":{{"pad":{},"bass":{}}}}}"#,
            value(3),
            value(7),
            value(11),
            60.0 + 60.0 * value(13),
            value(17),
            value(19)
        );
        let plan = station.plan_for(&change(&json));
        drop(station.engine.adopt(plan));
        station.engine.render(&mut block);
        assert!(
            block.iter().all(|sample| sample.is_finite() && sample.abs() <= 0.95),
            "step {step}"
        );
    }
}
