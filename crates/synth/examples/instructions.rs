//! Renders so many seconds with one instruction set, and nothing else: what `tools/instructions` counts.
//!
//! `cargo run -p aeolian-synth --example instructions -- WORKLOAD ISA SECONDS`; WORKLOAD is `worst` (sixteen
//! voices and all effects all the time) or `default` (a station's first minutes).
#![allow(clippy::disallowed_macros, clippy::disallowed_methods)]

use std::error::Error;
use std::sync::Arc;

use aeolian_score::{Composer, Controls};
use aeolian_synth::{CHANNELS, Engine, Isa, Plan, SAMPLE_RATE, load};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [workload, isa, seconds] = args.as_slice() else {
        return Err("give a workload, an instruction set and seconds".into());
    };
    let named = |known: &Isa| format!("{known:?}").eq_ignore_ascii_case(isa);
    let isa = Isa::available().into_iter().find(named).ok_or("this CPU has no such set")?;
    let seconds: usize = seconds.parse()?;
    let plan = match workload.as_str() {
        "worst" => load::worst_case(1000),
        "default" => {
            let controls = Controls::default();
            let mut composer = Composer::new(1);
            // A phrase lasts 14 s at least.
            let phrases = (0..=seconds / 14).map(|_| Arc::new(composer.compose(&controls)));
            let phrases = phrases.collect();
            Plan { frame: 0, span: 0, controls, phrases }
        }
        _ => return Err("the workload is worst or default".into()),
    };
    let mut engine = Engine::with_isa(1, Box::new(plan), isa);
    let mut second = vec![0.0f32; SAMPLE_RATE as usize * CHANNELS];
    for _ in 0..seconds {
        engine.render(&mut second);
    }
    Ok(())
}
