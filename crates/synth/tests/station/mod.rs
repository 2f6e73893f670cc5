//! A station without the layers above: composes as the music goes on, for tests.
#![allow(dead_code, clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

use std::sync::Arc;

use aeolian_score::rng::Rng;
use aeolian_score::{Change, Composer, Controls, Phrase};
use aeolian_synth::{CHANNELS, Engine, Isa, Plan};

/// The change that a JSON object asks for.
pub fn change(json: &str) -> Change {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    Change::from_json(value.as_object().unwrap()).unwrap()
}

/// Any control, at any time.
pub fn random_change(rng: &mut Rng) -> Change {
    let presets = ["focus", "meditation", "sleep", "bright", "drift", "night"];
    let parts = ["pad", "melody", "bass", "percussion", "texture"];
    let level = (rng.unit() * 1.4 - 0.2).clamp(0.0, 1.0);
    change(&match rng.below(8) {
        0 => format!(r#"{{"intensity":{level}}}"#),
        1 => format!(r#"{{"brightness":{level}}}"#),
        2 => format!(r#"{{"space":{level}}}"#),
        3 => format!(r#"{{"bpm":{}}}"#, 60.0 + 60.0 * f64::from(level)),
        4 => format!(r#"{{"preset":"{}"}}"#, presets[rng.below(6) as usize]),
        5 => format!(r#"{{"key":{}}}"#, rng.below(128)),
        _ => format!(r#"{{"parts":{{"{}":{level}}}}}"#, parts[rng.below(5) as usize]),
    })
}

pub struct Station {
    pub engine: Engine,
    pub controls: Controls,
    composer: Composer,
    phrases: Vec<Arc<Phrase>>,
}

impl Station {
    pub fn new(seed: u64, change: &Change) -> Self {
        Self::with_isa(seed, change, Isa::detect())
    }

    pub fn with_isa(seed: u64, change: &Change, isa: Isa) -> Self {
        let controls = change.applied_to(&Controls::default());
        let mut composer = Composer::new(seed);
        let phrases: Vec<_> = (0..2).map(|_| Arc::new(composer.compose(&controls))).collect();
        let plan = Box::new(Plan { frame: 0, span: 0, controls, phrases: phrases.clone() });
        Self { engine: Engine::with_isa(seed, plan, isa), controls, composer, phrases }
    }

    /// The plan to adopt now, if the first phrase has passed.
    pub fn next_plan(&mut self) -> Option<Box<Plan>> {
        (self.engine.transport().next_tick() >= self.phrases[0].end()).then(|| self.advance())
    }

    /// A plan with other controls, for the phrases that are composed from now on.
    pub fn plan_for(&mut self, change: &Change) -> Box<Plan> {
        self.controls = change.applied_to(&self.controls);
        if self.engine.transport().next_tick() >= self.phrases[0].end() {
            return self.advance();
        }
        self.plan()
    }

    fn advance(&mut self) -> Box<Plan> {
        self.phrases.remove(0);
        self.phrases.push(Arc::new(self.composer.compose(&self.controls)));
        self.plan()
    }

    fn plan(&self) -> Box<Plan> {
        let (frame, controls) = (self.engine.frame(), self.controls);
        Box::new(Plan { frame, span: self.engine.span(), controls, phrases: self.phrases.clone() })
    }

    pub fn render(&mut self, out: &mut [f32], block_frames: usize) {
        for block in out.chunks_mut(block_frames * CHANNELS) {
            if let Some(plan) = self.next_plan() {
                drop(self.engine.adopt(plan));
            }
            self.engine.render(block);
        }
    }
}
