//! The engine: everything that sounds.
//!
//! All state changes on the boundaries of a quantum, so the output does not depend on how it is
//! asked for. Notes begin within a quantum, at the next block of their voice.

use std::ops::Range;

use aeolian_score::time::Tick;
use aeolian_score::{Note, Part};

use crate::elementary::Slope;
use crate::fx::delay::Delay;
use crate::fx::limiter;
use crate::fx::reverb::Reverb;
use crate::instrument::TABLE;
use crate::instrument::rack::Rack;
use crate::isa::Isa;
use crate::mix::buses::Buses;
use crate::mix::mapping::{Faders, Settings};
use crate::mix::master::Master;
use crate::mix::stems::KeptStems;
use crate::mix::upsampler;
use crate::plan::{Onset, Plan};
use crate::simd::{Baseline, Floats};
#[cfg(target_arch = "x86_64")]
use crate::simd::{F32x8, F32x16};
use crate::transport::Transport;
use crate::{CHANNELS, HALF_QUANTUM, QUANTUM, SAMPLE_RATE};

/// Frames that the engine computes before it gives out the first of them: a quantum that the limiter
/// looks ahead, and one that waits for its neighbours to be brought to the sample rate. A frame that is
/// given out is the same frame of the music.
pub const LOOK_AHEAD: usize = (upsampler::DELAY + limiter::DELAY) * QUANTUM;

/// What a quantum is worked on in. Whole vectors lie in whole lines of the cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Work {
    buses: Buses,
    /// What an effect gives.
    stereo: [[f32; HALF_QUANTUM]; 2],
    /// What is given out.
    quantum: [f32; QUANTUM * CHANNELS],
}

/// One station's synthesiser.
#[derive(Debug)]
pub struct Engine {
    isa: Isa,
    transport: Transport,
    plan: Box<Plan>,
    faders: Faders,
    settings: Settings,
    rack: Rack,
    /// Ticks before which no note of the plan begins that has not begun.
    next_note: Tick,
    delay: Delay,
    reverb: Reverb,
    master: Master,
    work: Box<Work>,
    /// Frames of the quantum that have been given out.
    used: usize,
    /// Whether the limiter knows what lies ahead of the first frame.
    looks_ahead: bool,
    /// Kept once somebody has asked for them.
    stems: Option<Box<KeptStems>>,
}

impl Engine {
    /// An engine at frame 0, for the station with this seed, that plays from `plan`.
    ///
    /// Allocates everything that the engine will ever use.
    #[must_use]
    pub fn new(seed: u64, plan: Box<Plan>) -> Self {
        let transport = Transport::new(plan.controls.bpm);
        Self::made(seed, plan, transport, Isa::detect())
    }

    /// An engine that takes up a station's music where `transport` stands, out of silence: notes
    /// that began before are not heard. For a station whose engine has failed.
    ///
    /// Allocates everything that the engine will ever use.
    #[must_use]
    pub fn resume(seed: u64, plan: Box<Plan>, transport: Transport) -> Self {
        Self::made(seed, plan, transport, Isa::detect())
    }

    /// Like [`Engine::new`], with an instruction set that this CPU must have: one of
    /// [`Isa::available`], or the baseline is taken. The output is the same for all.
    #[must_use]
    pub fn with_isa(seed: u64, plan: Box<Plan>, isa: Isa) -> Self {
        let isa = if Isa::available().contains(&isa) { isa } else { Isa::Baseline };
        let transport = Transport::new(plan.controls.bpm);
        Self::made(seed, plan, transport, isa)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "everything that the engine will ever use is made here"
    )]
    fn made(seed: u64, plan: Box<Plan>, transport: Transport, isa: Isa) -> Self {
        let faders = Faders::new(seed, &plan.controls);
        let settings = faders.settings();
        Self {
            isa,
            rack: Rack::new(seed, TABLE),
            next_note: 0,
            delay: Delay::new(transport.bpm()),
            reverb: Reverb::new(settings.rt60_s, settings.pre_delay_ms),
            master: Master::new(),
            work: Box::new(Work {
                buses: Buses::SILENT,
                stereo: [[0.0; HALF_QUANTUM]; 2],
                quantum: [0.0; QUANTUM * CHANNELS],
            }),
            transport,
            plan,
            faders,
            settings,
            used: QUANTUM,
            looks_ahead: false,
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

    /// Voices that were not silent in the last quantum, 0 to 16.
    #[must_use]
    pub fn sounding_voices(&self) -> usize {
        self.rack.sounding_voices()
    }

    /// Plays from `plan` from [`Engine::frame`] on, and gives back the plan it played from, to be
    /// freed elsewhere. Notes that sound go on; where the new plan holds the same note id with
    /// another length, they take that length.
    ///
    /// Render thread; neither allocates nor frees nor blocks.
    #[must_use = "the old plan must be freed on another thread"]
    pub fn adopt(&mut self, plan: Box<Plan>) -> Box<Plan> {
        self.transport.set_bpm(plan.controls.bpm);
        self.faders.set(&plan.controls);
        self.rack.revise(&plan);
        self.next_note = 0;
        std::mem::replace(&mut self.plan, plan)
    }

    /// Computes what the limiter must know before the first frame can be given out. Does nothing when
    /// that has been done; [`Engine::render`] does it where it was not.
    ///
    /// Render thread; neither allocates nor blocks.
    pub fn look_ahead(&mut self) {
        if !std::mem::replace(&mut self.looks_ahead, true) {
            for _ in 0..LOOK_AHEAD / QUANTUM {
                self.render_quantum();
            }
        }
    }

    /// Renders the next frames into `out`, interleaved L R L R … in [−1, 1]. Any even length.
    ///
    /// Render thread; neither allocates nor blocks nor panics.
    pub fn render(&mut self, out: &mut [f32]) {
        let mut out = out;
        while out.len() >= CHANNELS {
            let range = self.next_samples(out.len());
            let (now, later) = out.split_at_mut(range.len());
            now.copy_from_slice(&self.work.quantum[range]);
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
            out[now.clone()].copy_from_slice(&self.work.quantum[range.clone()]);
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
            self.look_ahead();
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
        self.faders.advance();
        let before = self.settings;
        let settings = self.faders.settings();
        self.settings = settings;
        self.schedule();

        let Work { buses, stereo, quantum } = &mut *self.work;
        let modulation = [&before.parts, &settings.parts];
        self.rack.render::<V>(modulation, self.stems.as_deref_mut(), buses);

        self.delay.set_bpm(self.transport.bpm());
        let [left, right] = &mut *stereo;
        if self.delay.process::<V>(&buses.delay, settings.feedback, left, right) {
            buses.add_stereo::<V>(stereo, line(before.delay, settings.delay), 0.25, 0.4);
        }

        self.reverb.set(settings.rt60_s, settings.pre_delay_ms);
        let [left, right] = &mut *stereo;
        if self.reverb.process::<V>(&buses.reverb, left, right) {
            buses.add_stereo::<V>(stereo, line(before.reverb, settings.reverb), 0.0, 0.0);
        }

        if let Some(stems) = &mut self.stems {
            stems.keep();
        }
        let Buses { left, right, air, .. } = buses;
        self.master.process::<V>(settings.trim, left, right, air.samples(), quantum);
        self.transport.advance();
    }

    /// Ends and begins the notes of the coming quantum.
    fn schedule(&mut self) {
        let (from, to) = (self.transport.next_tick(), self.transport.end_tick());
        self.rack.release(to);
        if to <= self.next_note {
            return;
        }
        self.next_note = Tick::MAX;
        for p in 0..self.plan.phrases.len() {
            let phrase = &self.plan.phrases[p];
            let section = phrase.section.index;
            let first = phrase.notes.partition_point(|note| note.start < from);
            let last = phrase.notes.partition_point(|note| note.start < to);
            if let Some(next) = phrase.notes.get(last) {
                self.next_note = self.next_note.min(next.start);
            }
            for n in first..last {
                self.start(self.plan.phrases[p].notes[n], section);
            }
        }
    }

    fn start(&mut self, note: Note, section: u64) {
        let offset = self.transport.offset_of(note.start).min(QUANTUM as u64 - 1);
        let frames_per_tick = f64::from(SAMPLE_RATE) / (16.0 * self.transport.bpm());
        let frames = (note.ticks as f64 * frames_per_tick) as u64;
        let onset = Onset { note, frame: offset as usize / 2, frames: frames / 2 };
        self.rack.start(&onset, section);
    }
}

/// A gain from the last quantum's to this one's.
#[inline(always)]
fn line(before: f32, now: f32) -> Slope {
    Slope::over(HALF_QUANTUM, before, now)
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
