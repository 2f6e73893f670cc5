//! The engine: everything that sounds.
//!
//! All state changes on the boundaries of a quantum, so the output does not depend on how it is
//! asked for. Notes begin within a quantum, at the next block of their voice.

use std::ops::Range;
use std::sync::Arc;

use aeolian_score::control::Controls;
use aeolian_score::phrase::{Phrase, drum};
use aeolian_score::rng::Rng;
use aeolian_score::time::Tick;
use aeolian_score::{Note, Part};

use crate::elementary::Slope;
use crate::fx::delay::Delay;
use crate::fx::reverb::Reverb;
use crate::isa::Isa;
use crate::mix::buses::{Buses, Sends};
use crate::mix::mapping::{Desk, Settings};
use crate::mix::master::Master;
use crate::mix::stems::KeptStems;
use crate::simd::{Baseline, Floats};
#[cfg(target_arch = "x86_64")]
use crate::simd::{F32x8, F32x16};
use crate::voice::brush::Brush;
use crate::voice::kick::Kick;
use crate::voice::lanes::{Entrance, Voices};
use crate::voice::patch::{BASS, BELL, PAD, PLUCK, Patch};
use crate::voice::pool::{self, Occupancy};
use crate::voice::texture::Texture;
use crate::voice::{BLOCK, LANES};
use crate::{CHANNELS, HALF_QUANTUM, LOOK_AHEAD, QUANTUM, SAMPLE_RATE, Transport};

const PATCH_DOMAIN: u64 = 0x7061_7463_6801;
const BRUSH_DOMAIN: u64 = 0x6272_7573_6801;

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

/// What a quantum is worked on in. Whole vectors lie in whole lines of the cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Work {
    buses: Buses,
    /// What an effect gives.
    stereo: [[f32; HALF_QUANTUM]; 2],
    /// What is heard at the whole sample rate.
    air: [[f32; QUANTUM]; 2],
    /// What is given out.
    quantum: [f32; QUANTUM * CHANNELS],
}

/// One station's synthesiser.
#[derive(Debug)]
pub struct Engine {
    seed: u64,
    isa: Isa,
    transport: Transport,
    plan: Box<Plan>,
    desk: Desk,
    settings: Settings,
    voices: Voices,
    /// Ticks before which no note of the plan begins that has not begun.
    next_note: Tick,
    /// Note-ons and releases since the engine's birth.
    starts: u64,
    releases: u64,
    kick: Kick,
    brush: Brush,
    texture: Texture,
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

    fn made(seed: u64, plan: Box<Plan>, transport: Transport, isa: Isa) -> Self {
        let desk = Desk::new(seed, &plan.controls);
        let settings = desk.settings();
        Self {
            seed,
            isa,
            voices: Voices::new(seed),
            next_note: 0,
            starts: 0,
            releases: 0,
            kick: Kick::new(),
            brush: Brush::new(Rng::at(seed, BRUSH_DOMAIN, 0).next_u64()),
            texture: Texture::new(seed),
            delay: Delay::new(transport.bpm()),
            reverb: Reverb::new(settings.rt60_s, settings.pre_delay_ms),
            master: Master::new(),
            work: Box::new(Work {
                buses: Buses::SILENT,
                stereo: [[0.0; HALF_QUANTUM]; 2],
                air: [[0.0; QUANTUM]; 2],
                quantum: [0.0; QUANTUM * CHANNELS],
            }),
            transport,
            plan,
            desk,
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
        self.voices.sounding()
    }

    /// Plays from `plan` from [`Engine::frame`] on, and gives back the plan it played from, to be
    /// freed elsewhere. Notes that sound go on; where the new plan holds the same note id with
    /// another length, they take that length.
    ///
    /// Render thread; neither allocates nor frees nor blocks.
    #[must_use = "the old plan must be freed on another thread"]
    pub fn adopt(&mut self, plan: Box<Plan>) -> Box<Plan> {
        self.transport.set_bpm(plan.controls.bpm);
        self.desk.set(&plan.controls);
        for note in self.voices.note.iter_mut().flatten() {
            let revised = plan
                .phrases
                .iter()
                .flat_map(|phrase| phrase.notes_between(note.start, note.start + 1))
                .find(|revised| revised.id == note.id);
            if let Some(revised) = revised {
                note.ticks = revised.ticks;
            }
        }
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
        self.desk.advance();
        let before = self.settings;
        let settings = self.desk.settings();
        self.settings = settings;
        self.schedule();

        let modulation = [before.modulation(), settings.modulation()];
        let Work { buses, stereo, air, quantum } = &mut *self.work;
        if !self.voices.render::<V>(&modulation, self.stems.as_deref_mut(), buses) {
            *buses = Buses::SILENT;
        }

        if !self.kick.idle() {
            let mut kick = [0.0f32; HALF_QUANTUM];
            self.kick.render::<V>(&mut kick);
            let sends = Sends { left: 1.0, right: 1.0, reverb: 0.08 };
            buses.add_mono::<V>(&kick, line(before.kick, settings.kick), sends);
        }
        if !self.brush.idle() {
            let mut brush = [0.0f32; HALF_QUANTUM];
            self.brush.render::<V>(&mut brush);
            let sends = Sends { left: 0.8, right: 1.2, reverb: 0.7 };
            buses.add_mono::<V>(&brush, line(before.brush, settings.brush), sends);
        }
        if let Some(stems) = &mut self.stems {
            stems.add_rest(Part::Percussion, buses);
        }
        self.texture.swells.record::<V>(&buses.left, &buses.right);

        self.texture.advance();
        if self.texture.swell::<V>(line(before.swell, settings.swell), stereo) {
            buses.add_stereo::<V>(stereo, line(1.0, 1.0), 0.0, 0.5);
        }
        if let Some(stems) = &mut self.stems {
            stems.add_rest(Part::Texture, buses);
        }

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

        let breath = Slope::over(QUANTUM, before.breath, settings.breath);
        if !self.texture.breathe::<V>(breath, settings.breath_hz, air) {
            *air = [[0.0; QUANTUM]; 2];
        }
        if let Some(stems) = &mut self.stems {
            stems.keep(air);
        }
        let (left, right) = (&mut buses.left, &mut buses.right);
        self.master.process::<V>(settings.trim, left, right, air, quantum);
        self.transport.advance();
    }

    /// Ends and begins the notes of the coming quantum.
    fn schedule(&mut self) {
        let (from, to) = (self.transport.next_tick(), self.transport.end_tick());
        for lane in 0..LANES {
            let over = self.voices.note[lane].is_some_and(|note| note.end() < to);
            if over && matches!(self.voices.state[lane], Occupancy::Held(_)) {
                self.releases += 1;
                self.voices.release(lane, self.releases);
            }
        }
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
        let frame = offset as usize / 2;
        let velocity = f32::from(note.velocity.min(127)) * (1.0 / 127.0);
        match note.part {
            Part::Percussion if note.pitch == drum::KICK => self.kick.start(velocity, frame),
            Part::Percussion => self.brush.start(velocity, 3400.0, frame),
            Part::Texture => {
                let frames_per_tick = f64::from(SAMPLE_RATE) / (16.0 * self.transport.bpm());
                self.texture.start(note, (note.ticks as f64 * frames_per_tick) as u64);
            }
            Part::Pad | Part::Melody | Part::Bass => {
                let patch = self.patch(note.part, section);
                let Some(lane) = pool::choose(&self.voices.state) else { return };
                let glide_from = (patch.glide_ms > 0.0)
                    .then(|| self.voices.held_pitch(note.part, note.start))
                    .flatten();
                self.starts += 1;
                let start =
                    Entrance { note, patch, block: frame / BLOCK, glide_from, order: self.starts };
                self.voices.start(lane, start);
            }
        }
    }

    /// The patch that plays `part` in a section: the melody's instrument changes from time to time.
    fn patch(&self, part: Part, section: u64) -> &'static Patch {
        match part {
            Part::Bass => &BASS,
            Part::Melody if Rng::at(self.seed, PATCH_DOMAIN, section).chance(0.5) => &PLUCK,
            Part::Melody => &BELL,
            _ => &PAD,
        }
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
