//! The engine: everything that sounds.

use std::sync::Arc;

use aeolian_score::control::Controls;
use aeolian_score::phrase::Phrase;

use crate::{CHANNELS, QUANTUM, Transport};

/// What the engine plays from, made by the conductor and handed over whole.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The frame from which the plan holds: adopt it when [`Engine::frame`] has reached it.
    pub frame: u64,
    /// The controls that hold from there on.
    pub controls: Controls,
    /// The phrase that sounds and those ahead, in order, without gaps.
    pub phrases: Vec<Arc<Phrase>>,
}

/// One station's synthesiser.
pub struct Engine {
    transport: Transport,
    plan: Box<Plan>,
    quantum: [f32; QUANTUM * CHANNELS],
    used: usize,
    phase: [f32; 128],
}

impl Engine {
    /// An engine at frame 0, for the station with this seed, that plays from `plan`.
    ///
    /// Allocates everything that the engine will ever use.
    #[must_use]
    pub fn new(_seed: u64, plan: Box<Plan>) -> Self {
        let transport = Transport::new(plan.controls.bpm);
        Self::resume(_seed, plan, transport)
    }

    /// An engine that takes up a station's music where `transport` stands, out of silence: notes
    /// that began before are not heard. For a station whose engine has failed.
    ///
    /// Allocates everything that the engine will ever use.
    #[must_use]
    pub fn resume(_seed: u64, plan: Box<Plan>, transport: Transport) -> Self {
        Self { transport, plan, quantum: [0.0; 128], used: QUANTUM, phase: [0.0; 128] }
    }

    /// The first frame that no call has computed yet: a plan adopted now holds from it. A multiple
    /// of [`QUANTUM`], up to `QUANTUM - 1` frames ahead of what [`Engine::render`] has given out.
    ///
    /// Render thread; neither allocates nor blocks.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.transport.frame()
    }

    /// Where the music stands at [`Engine::frame`].
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The plan that is played from.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Plays from `plan` from [`Engine::frame`] on, and gives back the plan it played from, to be
    /// freed elsewhere. Notes that sound go on; where the new plan holds the same note id with
    /// another length, they take that length.
    ///
    /// Render thread; neither allocates nor frees nor blocks.
    #[must_use = "the old plan must be freed on another thread"]
    pub fn adopt(&mut self, plan: Box<Plan>) -> Box<Plan> {
        self.transport.set_bpm(plan.controls.bpm);
        std::mem::replace(&mut self.plan, plan)
    }

    /// Renders the next frames into `out`, interleaved L R L R … in [−1, 1]. Any even length.
    ///
    /// Render thread; neither allocates nor blocks nor panics.
    pub fn render(&mut self, out: &mut [f32]) {
        for frame in out.chunks_exact_mut(CHANNELS) {
            if self.used == QUANTUM {
                self.render_quantum();
                self.used = 0;
            }
            frame.copy_from_slice(&self.quantum[self.used * 2..self.used * 2 + 2]);
            self.used += 1;
        }
    }

    fn render_quantum(&mut self) {
        let tick = self.transport.next_tick();
        self.quantum.fill(0.0);
        for phrase in &self.plan.phrases {
            for note in phrase.notes.iter().filter(|n| n.start <= tick && tick < n.end()) {
                let hz = 440.0 * libm::exp2f((f32::from(note.pitch) - 69.0) / 12.0);
                let phase = &mut self.phase[note.pitch as usize & 127];
                for frame in self.quantum.chunks_exact_mut(2) {
                    *phase += hz / 44_100.0;
                    *phase -= libm::floorf(*phase);
                    let s = 0.05 * libm::sinf(*phase * core::f32::consts::TAU);
                    frame[0] += s;
                    frame[1] += s;
                }
            }
        }
        self.transport.advance();
    }
}
