//! The handover: a plan is certain exactly when the renderer has it in time.

use aeolian_piece::chunk::{first_quantum, rendered_in};
use aeolian_score::control::value::Bpm;
use aeolian_score::{Controls, Phrase};
use aeolian_synth::Plan;
use loom::thread;

use crate::render::handover::{RendererEnd, Verdict, pair};

/// A plan that is told from others by its tempo.
fn plan(frame: u64, bpm: f64) -> Box<Plan> {
    let controls = Controls { bpm: Bpm::new(bpm).unwrap(), ..Controls::default() };
    Box::new(Plan { frame, span: 0, controls, phrases: Vec::<std::sync::Arc<Phrase>>::new() })
}

/// Begins chunks; answers with the tempi of the plans that came in time.
fn begin(renderer: &mut RendererEnd, chunks: std::ops::Range<u64>) -> Vec<f64> {
    let mut in_time = Vec::new();
    for chunk in chunks {
        if let Some(plan) = renderer.begin(chunk, first_quantum(chunk)) {
            assert_eq!(rendered_in(plan.frame), chunk, "taken in its own chunk");
            in_time.push(plan.controls.bpm.get());
            renderer.give_back(plan);
        }
    }
    in_time
}

#[test]
fn a_plan_is_certain_exactly_when_the_renderer_has_it_in_time() {
    loom::model(|| {
        let (mut conductor, mut renderer) = pair(0, Box::new(|| ()));
        let rendering = thread::spawn(move || {
            let in_time = begin(&mut renderer, 0..2);
            (renderer, in_time)
        });
        let frame = first_quantum(conductor.open_chunk());
        let verdict = conductor.put(plan(frame, 61.0));
        let (mut renderer, mut in_time) = rendering.join().unwrap();
        in_time.extend(begin(&mut renderer, 2..4));
        let verdict = if verdict == Verdict::Open { conductor.verdict(frame) } else { verdict };
        let expected: &[f64] = if verdict == Verdict::Certain { &[61.0] } else { &[] };
        assert_eq!(in_time, expected, "{verdict:?}");
        conductor.free_spent();
    });
}

#[test]
fn a_second_plan_for_the_same_frame_holds_exactly_when_it_is_certain_and_the_first_where_it_is_not()
{
    loom::model(|| {
        let (mut conductor, mut renderer) = pair(0, Box::new(|| ()));
        // The conductor found that chunk 1 has not begun, and was held up.
        let frame = first_quantum(1);
        assert_eq!(conductor.put(plan(frame, 61.0)), Verdict::Certain);
        let rendering = thread::spawn(move || {
            let in_time = begin(&mut renderer, 0..3);
            (renderer, in_time)
        });
        let verdict = conductor.put(plan(frame, 62.0));
        let at_once = if verdict == Verdict::Open { conductor.verdict(frame) } else { verdict };
        let (mut renderer, mut in_time) = rendering.join().unwrap();
        in_time.extend(begin(&mut renderer, 3..5));
        let verdict = if at_once == Verdict::Open { conductor.verdict(frame) } else { at_once };
        let expected = if verdict == Verdict::Certain { 62.0 } else { 61.0 };
        assert_eq!(in_time, [expected], "{verdict:?}");
        conductor.free_spent();
    });
}
