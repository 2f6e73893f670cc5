//! The voices: two wavetable oscillators, a stereo filter and an envelope each.
//!
//! Every quantity is an array with a place for each voice. `render.rs` turns them into sound.

use aeolian_score::time::Tick;
use aeolian_score::{Note, Part};

use super::patch::{Osc, Patch};
use super::pool::{self, Occupancy};
use crate::elementary::{exp2, gain_of_db, octaves_of_pitch, sin_turns};
use crate::filter::svf::Coefficients;
use crate::mix::fold::{Block, GROUP};
use crate::modulation::envelope::Envelopes;
use crate::osc::wavetable::{Cycle, Cycles};
use crate::plan::{Onset, Plan};
use crate::simd::PointIndex;
use crate::{BLOCK, HALF_QUANTUM, HALF_RATE, LANES};
use aeolian_score::rng::Rng;

pub(super) type PerVoice<T> = [T; LANES];

/// Blocks that a stolen voice takes to fade: 5.8 ms.
const FADE_BLOCKS: f32 = 4.0;
/// What the draws of a note's own movement are about.
const DRIFT_DOMAIN: u64 = 0x6472_6966_7401;

/// A note that is to begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entrance {
    pub(super) onset: Onset,
    pub(super) patch: &'static Patch,
    /// Pitch to glide from, in octaves.
    pub(super) glide_from: Option<f32>,
    /// Counts note-ons.
    pub(super) order: u64,
}

impl Entrance {
    /// Block of the quantum in which it begins.
    #[inline(always)]
    pub(super) fn block(&self) -> usize {
        self.onset.frame / BLOCK
    }
}

/// The voices.
#[derive(Debug)]
pub(crate) struct Voices {
    pub(super) cycles: &'static Cycles,
    pub(super) seed: u64,
    pub(super) state: PerVoice<Occupancy>,
    pub(super) note: PerVoice<Option<Note>>,
    pub(super) pending: PerVoice<Option<Entrance>>,
    pub(super) part: PerVoice<usize>,
    pub(super) envelopes: Envelopes,

    pub(super) phase: [PerVoice<u32>; 2],
    /// Of each oscillator's [`Cycle`].
    pub(super) cycle_start: [PerVoice<u32>; 2],
    pub(super) cycle_mask: [PerVoice<u32>; 2],
    pub(super) phase_per_hz: [PerVoice<f32>; 2],
    /// Offsets from the note's pitch, in octaves.
    pub(super) detune: [PerVoice<f32>; 2],
    /// Pitch in octaves, where it glides to, and how far a block takes it.
    pub(super) pitch: PerVoice<f32>,
    pub(super) pitch_target: PerVoice<f32>,
    pub(super) glide_step: PerVoice<f32>,
    /// Of the pitch.
    pub(super) hz: PerVoice<f32>,

    /// Left and right gain of each oscillator.
    pub(super) pan: [[PerVoice<f32>; 2]; 2],
    pub(super) b_level: PerVoice<f32>,
    pub(super) b_fades: PerVoice<f32>,

    pub(super) contour: PerVoice<f32>,
    pub(super) contour_coefficient: PerVoice<f32>,
    pub(super) contour_octaves: PerVoice<f32>,
    pub(super) cutoff: PerVoice<f32>,
    pub(super) damping: PerVoice<f32>,
    pub(super) filter: [[PerVoice<f32>; 2]; 2],

    pub(super) lfo_phase: [PerVoice<f32>; 2],
    pub(super) lfo_step: [PerVoice<f32>; 2],
    pub(super) drift_octaves: PerVoice<f32>,
    pub(super) drift_pitch: PerVoice<f32>,

    pub(super) gain: PerVoice<f32>,
    /// Half of it, since the filters give twice their output.
    pub(super) amplitude: PerVoice<f32>,
    pub(super) fade: PerVoice<f32>,
    pub(super) fade_step: PerVoice<f32>,
    pub(super) reverb_send: PerVoice<f32>,
    pub(super) delay_send: PerVoice<f32>,
    pub(super) sounding: usize,
    /// Note-ons, and quanta in which notes could be let go, since the span began.
    starts: u64,
    releases: u64,
    pub(super) scratch: Scratch,
}

impl Voices {
    /// Silent voices of the station with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self::silent(Cycles::shared(), seed)
    }

    /// Forgets all notes.
    pub(crate) fn clear(&mut self) {
        *self = Self::silent(self.cycles, self.seed);
    }

    fn silent(cycles: &'static Cycles, seed: u64) -> Self {
        let z = [0.0f32; LANES];
        Self {
            cycles,
            seed,
            state: [Occupancy::Idle; LANES],
            note: [None; LANES],
            pending: [None; LANES],
            part: [0; LANES],
            envelopes: Envelopes::new(),
            phase: [[0; LANES]; 2],
            cycle_start: [[0; LANES]; 2],
            cycle_mask: [[0; LANES]; 2],
            phase_per_hz: [z; 2],
            detune: [z; 2],
            pitch: z,
            pitch_target: z,
            glide_step: z,
            hz: z,
            pan: [[z; 2]; 2],
            b_level: z,
            b_fades: z,
            contour: z,
            contour_coefficient: z,
            contour_octaves: z,
            cutoff: [8.0; LANES],
            damping: [1.0; LANES],
            filter: [[z; 2]; 2],
            lfo_phase: [z; 2],
            lfo_step: [z; 2],
            drift_octaves: z,
            drift_pitch: z,
            gain: z,
            amplitude: z,
            fade: z,
            fade_step: z,
            reverb_send: z,
            delay_send: z,
            sounding: 0,
            starts: 0,
            releases: 0,
            scratch: Scratch {
                aims: [Goal::ZERO; HALF_QUANTUM / BLOCK],
                places: [[PointIndex::default(); LANES * BLOCK]; 2],
                sound: [[0.0; LANES * BLOCK]; 2],
                sends: [[0.0; LANES * BLOCK]; 2],
            },
        }
    }

    /// Voices that are not silent.
    pub(crate) fn sounding(&self) -> usize {
        self.sounding
    }

    /// Begins a note with a patch, in a free lane, else in the one that will be missed least: what sounds there
    /// fades first.
    pub(crate) fn start(&mut self, patch: &'static Patch, onset: &Onset) {
        let Some(lane) = pool::choose(&self.state) else { return };
        let Onset { note, .. } = *onset;
        let glide_from =
            (patch.glide_ms > 0.0).then(|| self.held_pitch(note.part, note.start)).flatten();
        self.starts += 1;
        self.start_in(lane, Entrance { onset: *onset, patch, glide_from, order: self.starts });
    }

    /// Begins a note in `lane`; a voice that sounds there fades first.
    pub(super) fn start_in(&mut self, lane: usize, entrance: Entrance) {
        if self.state[lane] == Occupancy::Idle {
            self.begin(lane, &entrance);
        } else {
            self.state[lane] = Occupancy::Stolen;
            self.fade_step[lane] = 1.0 / FADE_BLOCKS;
        }
        self.note[lane] = Some(entrance.onset.note);
        self.pending[lane] = Some(entrance);
    }

    /// Lets the notes go that end before `end`.
    pub(crate) fn release(&mut self, end: Tick) {
        self.releases += 1;
        for lane in 0..LANES {
            let over = self.note[lane].is_some_and(|note| note.end() < end);
            if over && matches!(self.state[lane], Occupancy::Held(_)) {
                self.let_go(lane);
            }
        }
    }

    /// Lets the note in `lane` go. Those that go together have an order among them that no lane decides.
    pub(super) fn let_go(&mut self, lane: usize) {
        let id = self.note[lane].map_or(0, |note| note.id);
        self.state[lane] = Occupancy::Released(self.releases << 32 | id & 0xffff_ffff);
        self.envelopes.release(lane);
    }

    /// Gives the notes that sound the lengths that they have in another plan.
    pub(crate) fn revise(&mut self, plan: &Plan) {
        for note in self.note.iter_mut().flatten() {
            if let Some(revised) = plan.revised(note) {
                note.ticks = revised.ticks;
            }
        }
    }

    /// The pitch, in octaves, of the note of `part` that last began and is still held at `tick`, by its length: the
    /// voice may have been let go already, at the start of the quantum.
    pub(super) fn held_pitch(&self, part: Part, tick: Tick) -> Option<f32> {
        let held = |lane: &usize| {
            let note = self.note[*lane].filter(|_| self.pending[*lane].is_none())?;
            let holds = note.part == part && note.start < tick && tick < note.end();
            holds.then_some((note.start, note.id))
        };
        (0..LANES).filter(|l| held(l).is_some()).max_by_key(held).map(|l| self.pitch[l])
    }

    /// Brings the voices together in the first lanes, if so fewer groups are in use. Gives the lanes in use, from
    /// the first on, in whole groups.
    pub(super) fn compact(&mut self) -> usize {
        let sounds = |state: &Occupancy| *state != Occupancy::Idle;
        self.sounding = self.state.iter().filter(|state| sounds(state)).count();
        let needed = self.sounding.next_multiple_of(GROUP);
        while let Some(last) = self.state.iter().rposition(sounds).filter(|last| *last >= needed) {
            let Some(free) = self.state.iter().position(|state| !sounds(state)) else { break };
            self.swap(free, last);
        }
        needed
    }

    /// Lanes `a` and `b` change places.
    fn swap(&mut self, a: usize, b: usize) {
        // Every field by its name, so that none that is added is forgotten.
        let Self {
            cycles: _,
            seed: _,
            state,
            note,
            pending,
            part,
            envelopes,
            phase,
            cycle_start,
            cycle_mask,
            phase_per_hz,
            detune,
            pitch,
            pitch_target,
            glide_step,
            hz,
            pan,
            b_level,
            b_fades,
            contour,
            contour_coefficient,
            contour_octaves,
            cutoff,
            damping,
            filter,
            lfo_phase,
            lfo_step,
            drift_octaves,
            drift_pitch,
            gain,
            amplitude,
            fade,
            fade_step,
            reverb_send,
            delay_send,
            sounding: _,
            starts: _,
            releases: _,
            scratch: _,
        } = self;
        state.swap(a, b);
        note.swap(a, b);
        pending.swap(a, b);
        part.swap(a, b);
        envelopes.swap(a, b);
        for lanes in [phase, cycle_start, cycle_mask].into_iter().flatten() {
            lanes.swap(a, b);
        }
        let of_oscillators = [phase_per_hz, detune].into_iter().flatten();
        let of_sides = [pan, filter].into_iter().flatten().flatten();
        let of_waves = [lfo_phase, lfo_step].into_iter().flatten();
        let of_voices = [
            pitch,
            pitch_target,
            glide_step,
            hz,
            b_level,
            b_fades,
            contour,
            contour_coefficient,
            contour_octaves,
            cutoff,
            damping,
            drift_octaves,
            drift_pitch,
            gain,
            amplitude,
            fade,
            fade_step,
            reverb_send,
            delay_send,
        ];
        for lanes in of_oscillators.chain(of_sides).chain(of_waves).chain(of_voices) {
            lanes.swap(a, b);
        }
    }

    /// Sets a silent lane up for a note. It stays silent until its block comes.
    pub(super) fn begin(&mut self, lane: usize, entrance: &Entrance) {
        let (note, patch, l) = (&entrance.onset.note, entrance.patch, lane);
        let mut rng = Rng::at(self.seed, DRIFT_DOMAIN, note.id);
        let pitch = octaves_of_pitch(f32::from(note.pitch));
        let velocity = entrance.onset.velocity();
        self.state[l] = Occupancy::Held(entrance.order);
        self.part[l] = note.part.index();
        let mut heard = [1.0, 1.0];
        for (i, osc) in [patch.a, patch.b].iter().enumerate() {
            self.detune[i][l] = osc.semitones * (1.0 / 12.0);
            let cycle = cycle(self.cycles, osc, pitch, entrance.glide_from);
            if cycle.is_none() {
                heard[i] = 0.0;
            }
            let Cycle { start, mask } = cycle.unwrap_or_default();
            self.cycle_start[i][l] = start;
            self.cycle_mask[i][l] = mask;
            self.phase_per_hz[i][l] = cycle.map_or(0.0, Cycle::phase_per_hz);
            self.phase[i][l] = rng.next_u64() as u32;
        }
        self.pitch_target[l] = pitch;
        self.pitch[l] = entrance.glide_from.unwrap_or(pitch);
        self.hz[l] = exp2(self.pitch[l]);
        let blocks = (patch.glide_ms * 0.001 * HALF_RATE as f32 / BLOCK as f32).max(1.0);
        self.glide_step[l] = (pitch - self.pitch[l]).abs() / blocks;

        let place = patch.scatter * (rng.unit() * 2.0 - 1.0);
        let side = if rng.chance(0.5) { patch.width } else { -patch.width };
        for (i, (osc, side)) in [(patch.a, side), (patch.b, -side)].into_iter().enumerate() {
            let place = (place + side).clamp(-1.0, 1.0);
            // Either way up: peaks of many saws do not all point the same way.
            let gain = heard[i] * if rng.chance(0.5) { osc.gain } else { -osc.gain };
            self.pan[i][0][l] = gain * sin_turns(0.125 - 0.125 * place);
            self.pan[i][1][l] = gain * sin_turns(0.125 + 0.125 * place);
        }
        self.b_fades[l] = patch.b_fades;
        self.b_level[l] = 1.0;
        self.contour[l] = 1.0;
        let blocks = patch.contour_s * HALF_RATE as f32 / BLOCK as f32;
        self.contour_coefficient[l] = exp2(-core::f32::consts::LOG2_E / blocks);
        self.contour_octaves[l] = patch.contour_octaves;
        let middle_c = octaves_of_pitch(60.0);
        self.cutoff[l] = libm::log2f(patch.cutoff_hz)
            + patch.key_track * (pitch - middle_c)
            + patch.velocity_octaves * (velocity - 0.6);
        self.damping[l] = patch.damping;
        self.filter[0][0][l] = 0.0;
        self.filter[0][1][l] = 0.0;
        self.filter[1][0][l] = 0.0;
        self.filter[1][1][l] = 0.0;
        for i in 0..2 {
            let hz = patch.drift_hz[0] + (patch.drift_hz[1] - patch.drift_hz[0]) * rng.unit();
            self.lfo_phase[i][l] = rng.unit();
            self.lfo_step[i][l] = hz * HALF_QUANTUM as f32 / HALF_RATE as f32;
        }
        self.drift_octaves[l] = patch.drift_octaves;
        self.drift_pitch[l] = patch.drift_cents * (1.0 / 1200.0);
        // 30 dB between the softest and the hardest stroke.
        self.gain[l] = gain_of_db(patch.gain_db + 30.0 * (velocity - 0.6) * 0.8);
        self.amplitude[l] = 0.0;
        self.fade[l] = 1.0;
        self.fade_step[l] = 0.0;
        self.reverb_send[l] = patch.reverb_send;
        self.delay_send[l] = patch.delay_send;
        self.envelopes.reset(l);
    }
}

/// The cycle that serves every pitch of a note, from where it glides to where it goes, with a
/// semitone to spare for drift; none where that is too high to be heard.
fn cycle(cycles: &Cycles, osc: &Osc, pitch: f32, glide_from: Option<f32>) -> Option<Cycle> {
    let top = glide_from.map_or(pitch, |from| from.max(pitch));
    let hz_max = exp2(top + (osc.semitones + 1.0) * (1.0 / 12.0));
    cycles.cycle(osc.wave, hz_max, osc.harmonics_max)
}

/// Where the voices are to be at the end of a block.
#[derive(Debug)]
pub(super) struct Goal {
    pub(super) increment: [PerVoice<u32>; 2],
    pub(super) amplitude: PerVoice<f32>,
    pub(super) b_level: PerVoice<f32>,
    pub(super) filter: Coefficients<PerVoice<f32>>,
}

impl Goal {
    const ZERO: Goal = Goal {
        increment: [[0; LANES]; 2],
        amplitude: [0.0; LANES],
        b_level: [0.0; LANES],
        filter: Coefficients {
            c11: [0.0; LANES],
            c12: [0.0; LANES],
            c22: [0.0; LANES],
            c2: [0.0; LANES],
        },
    };
}

/// Where a quantum is worked on between the loops. Whole vectors lie in whole lines of the cache.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Scratch {
    /// Of each block.
    pub(super) aims: [Goal; HALF_QUANTUM / BLOCK],
    /// Where each oscillator's wave is read, for each frame and voice.
    pub(super) places: [[PointIndex; LANES * BLOCK]; 2],
    /// What each oscillator gives; then what the voice adds to left and right.
    pub(super) sound: [Block; 2],
    /// What the voice adds to reverb and delay.
    pub(super) sends: [Block; 2],
}
