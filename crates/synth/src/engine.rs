//! The engine: everything that sounds.
//!
//! All state changes on the boundaries of a quantum, so the output does not depend on how it is
//! asked for. Notes begin within a quantum, at the next block of their voice.

use std::ops::Range;

use aeolian_score::time::Tick;
use aeolian_score::{Note, Part};

use crate::automation::Automation;
use crate::fx::limiter;
use crate::isa::Isa;
use crate::mix::master::{self, Master};
use crate::mix::stems::KeptStems;
use crate::mix::upsampler;
use crate::plan::{Onset, Plan};
use crate::simd::{Baseline, Floats, steps};
#[cfg(target_arch = "x86_64")]
use crate::simd::{F32x8, F32x16};
use crate::span::{RINGING, Span, begins_span};
use crate::transport::Transport;
use crate::{CHANNELS, QUANTUM, SAMPLE_RATE};

/// Frames that the engine computes before it gives out the first of them: a quantum that the limiter
/// looks ahead, and one that waits for its neighbours to be brought to the sample rate. A frame that is
/// given out is the same frame of the music.
pub const LOOK_AHEAD: usize = (upsampler::DELAY + limiter::DELAY) * QUANTUM;

/// Frames before an engine's own first that may be heard in what it gives out: so long a span rings on, and so long
/// the master remembers. An engine that began so long before a frame, or earlier, and at the start of a span, gives that
/// frame as one does that began at the station's birth.
pub const LOOK_BACK: u64 = RINGING + master::MEMORY + LOOK_AHEAD as u64;

/// What a quantum is given out in. Whole vectors lie in whole lines of the cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Out([f32; QUANTUM * CHANNELS]);

/// One station's synthesiser.
#[derive(Debug)]
pub struct Engine {
    isa: Isa,
    automation: Automation,
    plan: Box<Plan>,
    /// The span that plays, and another, which rings on, is silent or is being cleared.
    spans: [Box<Span>; 2],
    playing: usize,
    /// The frame with which the span that plays began.
    since: u64,
    /// Ticks before which neither a note nor a phrase of the plan begins that has not begun.
    next_event: Tick,
    master: Master,
    out: Box<Out>,
    /// Frames of the quantum that have been given out.
    used: usize,
    /// Quanta computed ahead of the first frame.
    ahead: usize,
    /// Kept once somebody has asked for them.
    stems: Option<Box<KeptStems>>,
}

impl Engine {
    /// An engine at frame 0, for the station with this seed, that plays from `plan`.
    ///
    /// Allocates everything that the engine will ever use.
    #[must_use]
    pub fn new(seed: u64, plan: Box<Plan>) -> Self {
        Self::with_isa(seed, plan, Isa::detect())
    }

    /// An engine that takes up a station's music where `automation` stands, out of silence: notes that began before are
    /// not heard. Where that is the start of a span, what it gives out from [`LOOK_BACK`] later on is what it would be,
    /// had it begun at the station's birth.
    ///
    /// Allocates everything that the engine will ever use.
    #[must_use]
    pub fn resume(seed: u64, plan: Box<Plan>, automation: Automation) -> Self {
        Self::made(seed, plan, automation, Isa::detect())
    }

    /// Like [`Engine::new`], with an instruction set that this CPU must have: one of
    /// [`Isa::available`], or the baseline is taken. The output is the same for all.
    #[must_use]
    pub fn with_isa(seed: u64, plan: Box<Plan>, isa: Isa) -> Self {
        let isa = if Isa::available().contains(&isa) { isa } else { Isa::Baseline };
        let automation = Automation::new(seed, &plan.controls);
        Self::made(seed, plan, automation, isa)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "everything that the engine will ever use is made here"
    )]
    fn made(seed: u64, plan: Box<Plan>, automation: Automation, isa: Isa) -> Self {
        let mut playing = Box::new(Span::new(seed));
        playing.begin(plan.span / QUANTUM as u64);
        Self {
            isa,
            spans: [playing, Box::new(Span::new(seed))],
            playing: 0,
            since: plan.span,
            next_event: 0,
            master: Master::new(),
            out: Box::new(Out([0.0; QUANTUM * CHANNELS])),
            automation,
            plan,
            used: QUANTUM,
            ahead: 0,
            stems: None,
        }
    }

    /// The first frame that no call has computed yet: a plan adopted now holds from it. A multiple
    /// of [`QUANTUM`], from [`LOOK_AHEAD`] to `LOOK_AHEAD + QUANTUM - 1` frames ahead of what
    /// [`Engine::render`] has given out; before the first call of [`Engine::look_ahead`], the frame
    /// that will be given out first.
    ///
    /// Render thread; neither allocates nor blocks.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.automation.transport().frame()
    }

    /// Where the music stands at [`Engine::frame`].
    #[must_use]
    pub fn transport(&self) -> &Transport {
        self.automation.transport()
    }

    /// The plan that is played from.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Voices that were not silent in the last quantum: up to 16 that play, and up to 16 that ring on from the span
    /// before.
    #[must_use]
    pub fn sounding_voices(&self) -> usize {
        self.spans.iter().map(|span| span.rack.sounding_voices()).sum()
    }

    /// The frame with which the span began that plays at [`Engine::frame`].
    #[must_use]
    pub fn span(&self) -> u64 {
        self.since
    }

    /// Plays from `plan` from [`Engine::frame`] on, and gives back the plan it played from, to be
    /// freed elsewhere. Notes that sound go on; where the new plan holds the same note id with
    /// another length, they take that length.
    ///
    /// Render thread; neither allocates nor frees nor blocks.
    #[must_use = "the old plan must be freed on another thread"]
    pub fn adopt(&mut self, plan: Box<Plan>) -> Box<Plan> {
        self.automation.set(&plan.controls);
        for span in &mut self.spans {
            span.rack.revise(&plan);
        }
        self.next_event = 0;
        std::mem::replace(&mut self.plan, plan)
    }

    /// Computes a quantum of what must be known before the first frame can be given out; false, and nothing done,
    /// when all of it is. [`Engine::render`] computes what is left.
    ///
    /// Render thread; neither allocates nor blocks.
    pub fn look_ahead(&mut self) -> bool {
        let more = self.ahead < LOOK_AHEAD / QUANTUM;
        if more {
            self.render_quantum();
            self.ahead += 1;
        }
        more
    }

    /// Renders the next frames into `out`, interleaved L R L R … in [−1, 1]. Any even length.
    ///
    /// Render thread; neither allocates nor blocks nor panics.
    pub fn render(&mut self, out: &mut [f32]) {
        let mut out = out;
        while out.len() >= CHANNELS {
            let range = self.next_samples(out.len());
            let (now, later) = out.split_at_mut(range.len());
            now.copy_from_slice(&self.out.0[range]);
            out = later;
        }
    }

    /// Keeps each part's own sound from the next quantum on, for [`Engine::render_stems`].
    ///
    /// Allocates; not for the render thread.
    pub fn keep_stems(&mut self) {
        self.stems.get_or_insert_with(KeptStems::new);
    }

    /// Like [`Engine::render`], and gives each part's own sound, before effects and master, in the
    /// order of [`Part::ALL`]; together they are the dry mix, and a frame of theirs is the same
    /// frame of the mix. They are silent where [`Engine::keep_stems`] had not been called.
    /// As many frames are rendered as all slices hold.
    ///
    /// Render thread; neither allocates nor blocks nor panics.
    pub fn render_stems(&mut self, out: &mut [f32], stems: &mut [&mut [f32]; Part::COUNT]) {
        let len = stems.iter().map(|stem| stem.len()).fold(out.len(), usize::min);
        let mut done = 0;
        while len - done >= CHANNELS {
            let range = self.next_samples(len - done);
            let now = done..done + range.len();
            out[now.clone()].copy_from_slice(&self.out.0[range.clone()]);
            for (part, stem) in stems.iter_mut().enumerate() {
                match &self.stems {
                    Some(kept) => {
                        stem[now.clone()].copy_from_slice(&kept.quantum(part)[range.clone()]);
                    }
                    None => stem[now.clone()].fill(0.0),
                }
            }
            done = now.end;
        }
    }

    /// Where in the quantum the samples lie that come out next, at most `most` and at least a frame;
    /// renders a quantum when the last has been given out.
    fn next_samples(&mut self, most: usize) -> Range<usize> {
        if self.used == QUANTUM {
            while self.look_ahead() {}
            self.render_quantum();
            self.used = 0;
        }
        let frames = (QUANTUM - self.used).min(most / CHANNELS);
        let from = self.used * CHANNELS;
        self.used += frames;
        from..from + frames * CHANNELS
    }

    fn render_quantum(&mut self) {
        match self.isa {
            Isa::Baseline => self.process::<Baseline>(),
            // SAFETY: `with_isa` keeps an instruction set only if this CPU has it.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { process_avx2(self) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { process_avx512(self) },
        }
    }

    /// Renders a quantum with vectors `V`, which the CPU must have.
    #[inline(always)]
    fn process<V: Floats>(&mut self) {
        self.automation.enter();
        self.schedule();
        let Self { automation, spans: [first, second], stems, .. } = self;
        let (playing, other) = if self.playing == 0 { (first, second) } else { (second, first) };
        let (this, that) = (self.playing, 1 - self.playing);
        let dry = stems.as_mut().map(|stems| stems.dry(this));
        let mix = playing.process::<V>(automation, dry);
        if other.rings() {
            let dry = stems.as_mut().map(|stems| stems.dry(that));
            let rest = other.process::<V>(automation, dry);
            for (mix, rest) in mix.iter_mut().zip(rest) {
                for at in steps::<V>(QUANTUM) {
                    (V::load(mix, at) + V::load(rest, at)).store(mix, at);
                }
            }
        } else {
            other.clear();
        }
        if let Some(stems) = stems {
            stems.keep();
        }
        let [before, after] = automation.settings();
        let trim = [before.trim, after.trim];
        self.master.process::<V>(automation.quantum(), trim, mix, &mut self.out.0);
        automation.leave();
    }

    /// Ends and begins the notes of the coming quantum, and spans.
    fn schedule(&mut self) {
        let transport = *self.automation.transport();
        let (from, to) = (transport.next_tick(), transport.end_tick());
        self.spans[self.playing].rack.release(to);
        self.spans[1 - self.playing].rack.release(Tick::MAX);
        if to <= self.next_event {
            return;
        }
        self.next_event = Tick::MAX;
        for p in 0..self.plan.phrases.len() {
            let phrase = &self.plan.phrases[p];
            if phrase.start >= to {
                self.next_event = self.next_event.min(phrase.start);
            } else if phrase.start >= from && begins_span(self.since, transport.frame()) {
                self.begin_span(transport.frame());
            }
            let phrase = &self.plan.phrases[p];
            let section = phrase.section.index;
            let first = phrase.notes.partition_point(|note| note.start < from);
            let last = phrase.notes.partition_point(|note| note.start < to);
            if let Some(next) = phrase.notes.get(last) {
                self.next_event = self.next_event.min(next.start);
            }
            for n in first..last {
                self.start(self.plan.phrases[p].notes[n], section);
            }
        }
    }

    /// Ends the span that plays, and begins another with the quantum at `frame`.
    fn begin_span(&mut self, frame: u64) {
        self.spans[self.playing].end();
        self.playing = 1 - self.playing;
        self.spans[self.playing].begin(frame / QUANTUM as u64);
        self.since = frame;
    }

    fn start(&mut self, note: Note, section: u64) {
        let transport = self.automation.transport();
        let offset = transport.offset_of(note.start).min(QUANTUM as u64 - 1);
        let frames_per_tick = f64::from(SAMPLE_RATE) / (16.0 * transport.bpm());
        let frames = (note.ticks as f64 * frames_per_tick) as u64;
        let onset = Onset { note, frame: offset as usize / 2, frames: frames / 2 };
        self.spans[self.playing].rack.start(&onset, section);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn process_avx2(engine: &mut Engine) {
    engine.process::<F32x8>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn process_avx512(engine: &mut Engine) {
    engine.process::<F32x16>();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use aeolian_score::rng::Rng;
    use aeolian_score::{Change, Composer, Controls, Phrase};

    /// A station whose controls are moved now and then, and which is composed as it goes on.
    struct Steered {
        engine: Engine,
        composer: Composer,
        phrases: Vec<Arc<Phrase>>,
        controls: Controls,
    }

    impl Steered {
        fn new(seed: u64) -> Self {
            let (mut composer, controls) = (Composer::new(seed), Controls::default());
            let phrases: Vec<_> = (0..2).map(|_| Arc::new(composer.compose(&controls))).collect();
            let plan = Plan { frame: 0, span: 0, controls, phrases: phrases.clone() };
            Self { engine: Engine::new(seed, Box::new(plan)), composer, phrases, controls }
        }

        /// Renders the next quantum, with these controls from here on.
        fn quantum(&mut self, change: Option<&Change>) -> [f32; QUANTUM * CHANNELS] {
            let passed = self.engine.transport().next_tick() >= self.phrases[0].end();
            if passed {
                self.phrases.remove(0);
                self.phrases.push(Arc::new(self.composer.compose(&self.controls)));
            }
            if passed || change.is_some() {
                self.controls = change.map_or(self.controls, |it| it.applied_to(&self.controls));
                let (frame, span) = (self.engine.frame(), self.engine.span());
                let (controls, phrases) = (self.controls, self.phrases.clone());
                drop(self.engine.adopt(Box::new(Plan { frame, span, controls, phrases })));
            }
            self.engine.render_quantum();
            self.engine.out.0
        }
    }

    fn power(samples: impl Iterator<Item = f32>) -> f64 {
        samples.map(|x| f64::from(x) * f64::from(x)).sum()
    }

    #[test]
    fn spans_add_up_to_what_one_engine_plays_that_never_stops() {
        let mut rng = Rng::at(6, 1, 0);
        for seed in [3, 8] {
            let (mut spans, mut endless) = (Steered::new(seed), Steered::new(seed));
            endless.engine.since = u64::MAX / 2;
            let mut began = Vec::new();
            let (mut differences, mut levels) = (Vec::new(), Vec::new());
            for second in 0..420 {
                let (mut difference, mut level) = (0.0, 0.0);
                for part in 0..SAMPLE_RATE as usize / QUANTUM {
                    let change = (part == 0 && second % 5 == 0).then(|| {
                        let json = serde_json::json!({
                            "intensity": rng.unit(), "brightness": rng.unit(), "space": rng.unit(),
                            "bpm": 60.0 + 60.0 * f64::from(rng.unit())
                        });
                        Change::from_json(json.as_object().unwrap()).unwrap()
                    });
                    let frame = spans.engine.frame();
                    let a = spans.quantum(change.as_ref());
                    if spans.engine.since == frame && frame > 0 {
                        endless.engine.spans[0].rack.begin(frame / QUANTUM as u64);
                        began.push(second);
                    }
                    let b = endless.quantum(change.as_ref());
                    difference += power(a.iter().zip(b).map(|(a, b)| a - b));
                    level += power(a.into_iter());
                }
                differences.push(difference);
                levels.push(level);
            }
            assert!(began.len() >= 3, "{began:?}");
            for (second, (difference, level)) in differences.iter().zip(levels).enumerate() {
                let db = 10.0 * libm::log10(difference / (level + 1e-3));
                assert!(db <= -80.0, "seed {seed}: {db:.1} dB in second {second}, after {began:?}");
            }
        }
    }
}
