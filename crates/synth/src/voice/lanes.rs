//! The bank of voices: two wavetable oscillators, a stereo filter and an envelope each.
//!
//! Every quantity is an array with a place for each voice, and every loop over voices is a plain loop
//! over such arrays, which the compiler turns into vector code of whatever width the CPU has. Only
//! the reading of tables goes voice by voice: sixteen loads in a row from one small table beat a gather.

use aeolian_score::{Note, Part};

use super::patch::{Osc, Patch};
use super::pool::State;
use super::{BLOCK, LANES};
use crate::elementary::{exp2, flush, gain_of_db, octaves_of_pitch, sin_turns, tan_half_turns};
use crate::filter::svf::Coefficients;
use crate::mix::fold::{BUSES, fold};
use crate::modulation::envelope::Envelopes;
use crate::osc::wavetable::{Bank, fraction, point};
use crate::{QUANTUM, SAMPLE_RATE};
use aeolian_score::rng::Rng;

type Lane<T> = [T; LANES];

/// Blocks that a stolen voice takes to fade: 256 frames, 5.8 ms.
const FADE_BLOCKS: f32 = 16.0;
/// What the draws of a note's own movement are about.
const DRIFT_DOMAIN: u64 = 0x6472_6966_7401;
/// Turns of a 2³² phase for a frequency in hertz.
const PHASE_PER_HZ: f32 = 4_294_967_296.0 / SAMPLE_RATE as f32;

/// What all voices of a part share, and what moves them; new each quantum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulation {
    /// Gain of each part.
    pub(crate) gain: [f32; Part::COUNT],
    /// Octaves added to each part's cutoff.
    pub(crate) cutoff_octaves: [f32; Part::COUNT],
}

/// A note that is to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) note: Note,
    pub(crate) patch: &'static Patch,
    /// Block of the quantum in which it begins.
    pub(crate) block: usize,
    /// Pitch to glide from, in octaves.
    pub(crate) glide_from: Option<f32>,
    /// Counts note-ons.
    pub(crate) order: u64,
}

/// The voices.
#[derive(Debug)]
pub(crate) struct Lanes {
    bank: &'static Bank,
    seed: u64,
    pub(crate) state: Lane<State>,
    pub(crate) note: Lane<Option<Note>>,
    pending: Lane<Option<Start>>,
    part: Lane<usize>,
    envelopes: Envelopes,

    phase: [Lane<u32>; 2],
    increment: [Lane<u32>; 2],
    cycle: [Lane<u16>; 2],
    /// Offsets from the note's pitch, in octaves.
    detune: [Lane<f32>; 2],
    /// Pitch in octaves, where it glides to, and how far a block takes it.
    pitch: Lane<f32>,
    pitch_target: Lane<f32>,
    glide_step: Lane<f32>,

    /// Left and right gain of each oscillator.
    pan: [[Lane<f32>; 2]; 2],
    b_level: Lane<f32>,
    b_fades: Lane<f32>,

    contour: Lane<f32>,
    contour_coefficient: Lane<f32>,
    contour_octaves: Lane<f32>,
    cutoff: Lane<f32>,
    damping: Lane<f32>,
    filter: [[Lane<f32>; 2]; 2],

    lfo_phase: [Lane<f32>; 2],
    lfo_step: [Lane<f32>; 2],
    drift_octaves: Lane<f32>,
    drift_pitch: Lane<f32>,

    gain: Lane<f32>,
    amplitude: Lane<f32>,
    fade: Lane<f32>,
    fade_step: Lane<f32>,
    reverb_send: Lane<f32>,
    delay_send: Lane<f32>,
    sounding: usize,
    scratch: Box<Scratch>,
}

impl Lanes {
    pub(crate) fn new(seed: u64) -> Self {
        let z = [0.0f32; LANES];
        Self {
            bank: Bank::shared(),
            seed,
            state: [State::Idle; LANES],
            note: [None; LANES],
            pending: [None; LANES],
            part: [0; LANES],
            envelopes: Envelopes::new(),
            phase: [[0; LANES]; 2],
            increment: [[0; LANES]; 2],
            cycle: [[0; LANES]; 2],
            detune: [z; 2],
            pitch: z,
            pitch_target: z,
            glide_step: z,
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
            scratch: Box::new(Scratch {
                points: [[[[0.0; 2]; LANES]; BLOCK]; 2],
                outputs: [[z; BLOCK]; BUSES],
                frames: [[0.0; BUSES]; QUANTUM],
            }),
        }
    }

    /// Voices that are not silent.
    pub(crate) fn sounding(&self) -> usize {
        self.sounding
    }

    /// The pitch, in octaves, of the voice that last began a note of `part` and still holds it.
    pub(crate) fn held_pitch(&self, part: Part) -> Option<f32> {
        let order = |lane: &usize| match self.state[*lane] {
            State::Held(order) if self.part[*lane] == part.index() => Some(order),
            _ => None,
        };
        (0..LANES).filter(|l| order(l).is_some()).max_by_key(order).map(|l| self.pitch[l])
    }

    /// Lets the note in `lane` go; `order` counts releases.
    pub(crate) fn release(&mut self, lane: usize, order: u64) {
        self.state[lane] = State::Released(order);
        self.envelopes.release(lane);
    }

    /// Begins a note in `lane`; a voice that sounds there fades first.
    pub(crate) fn start(&mut self, lane: usize, start: Start) {
        if self.state[lane] == State::Idle {
            self.begin(lane, &start);
        } else {
            self.state[lane] = State::Stolen;
            self.fade_step[lane] = 1.0 / FADE_BLOCKS;
        }
        self.note[lane] = Some(start.note);
        self.pending[lane] = Some(start);
    }

    /// Sets a silent lane up for a note. It stays silent until its block comes.
    fn begin(&mut self, lane: usize, start: &Start) {
        let (note, patch, l) = (&start.note, start.patch, lane);
        let mut rng = Rng::at(self.seed, DRIFT_DOMAIN, note.id);
        let pitch = octaves_of_pitch(f32::from(note.pitch));
        let velocity = f32::from(note.velocity.min(127)) * (1.0 / 127.0);
        self.state[l] = State::Held(start.order);
        self.part[l] = note.part.index();
        for (i, osc) in [patch.a, patch.b].iter().enumerate() {
            self.detune[i][l] = osc.semitones * (1.0 / 12.0);
            self.cycle[i][l] = cycle(osc, pitch, start.glide_from);
            self.phase[i][l] = rng.next_u64() as u32;
        }
        self.pitch_target[l] = pitch;
        self.pitch[l] = start.glide_from.unwrap_or(pitch);
        let blocks = (patch.glide_ms * 0.001 * SAMPLE_RATE as f32 / BLOCK as f32).max(1.0);
        self.glide_step[l] = (pitch - self.pitch[l]).abs() / blocks;

        let place = patch.scatter * (rng.unit() * 2.0 - 1.0);
        let side = if rng.chance(0.5) { patch.width } else { -patch.width };
        for (i, (osc, side)) in [(patch.a, side), (patch.b, -side)].into_iter().enumerate() {
            let place = (place + side).clamp(-1.0, 1.0);
            // Either way up: peaks of many saws do not all point the same way.
            let gain = if rng.chance(0.5) { osc.gain } else { -osc.gain };
            self.pan[i][0][l] = gain * sin_turns(0.125 - 0.125 * place);
            self.pan[i][1][l] = gain * sin_turns(0.125 + 0.125 * place);
        }
        self.b_fades[l] = patch.b_fades;
        self.b_level[l] = 1.0;
        self.contour[l] = 1.0;
        let blocks = patch.contour_s * SAMPLE_RATE as f32 / BLOCK as f32;
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
            self.lfo_step[i][l] = hz * QUANTUM as f32 / SAMPLE_RATE as f32;
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

    /// Renders a quantum of all voices: for each frame the buses. None, and nothing done, when no
    /// voice sounds.
    #[inline(always)]
    pub(crate) fn render(&mut self, modulation: &Modulation) -> Option<&[[f32; BUSES]; QUANTUM]> {
        self.sounding = LANES - self.state.iter().filter(|s| **s == State::Idle).count();
        if self.sounding == 0 {
            return None;
        }
        let mut part_gain = [0.0f32; LANES];
        let mut part_cutoff = [0.0f32; LANES];
        let mut drift = [[0.0f32; LANES]; 2];
        let mut lfo_cutoff = [0.0f32; LANES];
        for l in 0..LANES {
            part_gain[l] = modulation.gain[self.part[l] % Part::COUNT];
            part_cutoff[l] = modulation.cutoff_octaves[self.part[l] % Part::COUNT];
        }
        for l in 0..LANES {
            let slow = sin_turns(self.lfo_phase[0][l]);
            let other = sin_turns(self.lfo_phase[1][l]);
            for i in 0..2 {
                let phase = self.lfo_phase[i][l] + self.lfo_step[i][l];
                self.lfo_phase[i][l] = if phase >= 1.0 { phase - 1.0 } else { phase };
            }
            drift[0][l] = self.detune[0][l] + self.drift_pitch[l] * slow;
            drift[1][l] = self.detune[1][l] - self.drift_pitch[l] * other;
            lfo_cutoff[l] = self.drift_octaves[l] * (0.6 * slow + 0.4 * other) + part_cutoff[l];
        }
        for block in 0..QUANTUM / BLOCK {
            self.begin_pending(block);
            self.process_block(block * BLOCK, &part_gain, &drift, &lfo_cutoff);
        }
        for state in self.filter.as_flattened_mut().as_flattened_mut() {
            *state = flush(*state);
        }
        for l in 0..LANES {
            let ended = self.envelopes.ended(l) && self.pending[l].is_none();
            if ended && self.amplitude[l] == 0.0 && self.state[l] != State::Idle {
                self.state[l] = State::Idle;
                self.note[l] = None;
            }
        }
        Some(&self.scratch.frames)
    }

    /// Opens the envelopes of the notes whose block has come.
    #[inline(always)]
    fn begin_pending(&mut self, block: usize) {
        for l in 0..LANES {
            let Some(start) = self.pending[l] else { continue };
            if self.state[l] == State::Stolen {
                if self.fade[l] > 0.0 || self.amplitude[l] != 0.0 {
                    continue;
                }
                self.begin(l, &start);
            } else if block < start.block {
                continue;
            }
            self.envelopes.start(l, &start.patch.adsr);
            self.pending[l] = None;
        }
    }

    #[inline(always)]
    fn process_block(
        &mut self,
        at: usize,
        part_gain: &Lane<f32>,
        drift: &[Lane<f32>; 2],
        lfo_cutoff: &Lane<f32>,
    ) {
        self.envelopes.advance();
        let mut amplitude_step = [0.0f32; LANES];
        let mut aim = [0.0f32; LANES];
        let mut b_step = [0.0f32; LANES];
        let mut c11 = [0.0f32; LANES];
        let mut c12 = [0.0f32; LANES];
        let mut c22 = [0.0f32; LANES];
        let mut c2 = [0.0f32; LANES];
        let per_frame = 1.0 / BLOCK as f32;
        for l in 0..LANES {
            let fade = self.fade[l] - self.fade_step[l];
            let fade = if fade > 0.0 { fade } else { 0.0 };
            self.fade[l] = fade;
            let level = self.envelopes.level[l];
            let fade = fade * fade * (3.0 - 2.0 * fade);
            let amplitude = level * level * self.gain[l] * part_gain[l] * fade;
            aim[l] = amplitude;
            amplitude_step[l] = (amplitude - self.amplitude[l]) * per_frame;

            self.contour[l] *= self.contour_coefficient[l];
            let b_level = 1.0 - self.b_fades[l] * (1.0 - self.contour[l]);
            b_step[l] = (b_level - self.b_level[l]) * per_frame;

            let left = self.pitch_target[l] - self.pitch[l];
            let step = self.glide_step[l];
            let left = if left < step { left } else { step };
            let left = if left > -step { left } else { -step };
            self.pitch[l] += left;
            for i in 0..2 {
                let hz = exp2(self.pitch[l] + drift[i][l]);
                self.increment[i][l] = (hz * PHASE_PER_HZ) as i32 as u32;
            }

            let octaves = self.cutoff[l] + self.contour[l] * self.contour_octaves[l];
            let hz = exp2(octaves + lfo_cutoff[l]);
            let hz = if hz < 18_000.0 { hz } else { 18_000.0 };
            let hz = if hz > 30.0 { hz } else { 30.0 };
            let c = Coefficients::of_g(
                tan_half_turns(hz * (1.0 / SAMPLE_RATE as f32)),
                self.damping[l],
            );
            c11[l] = c.c11;
            c12[l] = c.c12;
            c22[l] = c.c22;
            c2[l] = c.c2;
        }

        // Sixteen frames of each sounding voice's two oscillators: the points with their steps.
        for ((points, cycle), (phase, increment)) in self
            .scratch
            .points
            .iter_mut()
            .zip(&self.cycle)
            .zip(self.phase.iter().zip(&self.increment))
        {
            for l in 0..LANES {
                if self.state[l] == State::Idle {
                    continue;
                }
                let cycle = self.bank.cycle(cycle[l]);
                let (mut phase, increment) = (phase[l], increment[l]);
                for frame in points.iter_mut() {
                    frame[l] = point(cycle, phase);
                    phase = phase.wrapping_add(increment);
                }
            }
        }

        let (mut phase_a, mut phase_b) = (self.phase[0], self.phase[1]);
        let (mut amplitude, mut b_level) = (self.amplitude, self.b_level);
        let [[mut l1, mut l2], [mut r1, mut r2]] = self.filter;
        let [[a_left, a_right], [b_left, b_right]] = self.pan;
        let (inc_a, inc_b) = (self.increment[0], self.increment[1]);
        let Scratch { points: [points_a, points_b], outputs, frames } = &mut *self.scratch;
        let [left, right, reverb, delay] = outputs;
        let (reverb_send, delay_send) = (self.reverb_send, self.delay_send);
        for frame in 0..BLOCK {
            let (pa, pb) = (&points_a[frame], &points_b[frame]);
            let (left, right) = (&mut left[frame], &mut right[frame]);
            let (reverb, delay) = (&mut reverb[frame], &mut delay[frame]);
            for l in 0..LANES {
                let a = pa[l][0] + pa[l][1] * fraction(phase_a[l]);
                let b = pb[l][0] + pb[l][1] * fraction(phase_b[l]);
                phase_a[l] = phase_a[l].wrapping_add(inc_a[l]);
                phase_b[l] = phase_b[l].wrapping_add(inc_b[l]);
                b_level[l] += b_step[l];
                let b = b * b_level[l];
                let in_left = a * a_left[l] + b * b_left[l];
                let in_right = a * a_right[l] + b * b_right[l];
                amplitude[l] += amplitude_step[l];
                let half = 0.5 * amplitude[l];

                let next = (c11[l] * l1[l] + c12[l] * in_left) - c12[l] * l2[l];
                let low = (c22[l] * l2[l] + c2[l] * in_left) + c12[l] * l1[l];
                let out_left = (l2[l] + low) * half;
                l1[l] = next;
                l2[l] = low;
                let next = (c11[l] * r1[l] + c12[l] * in_right) - c12[l] * r2[l];
                let low = (c22[l] * r2[l] + c2[l] * in_right) + c12[l] * r1[l];
                let out_right = (r2[l] + low) * half;
                r1[l] = next;
                r2[l] = low;
                let mid = out_left + out_right;
                left[l] = out_left;
                right[l] = out_right;
                reverb[l] = mid * reverb_send[l];
                delay[l] = mid * delay_send[l];
            }
        }
        fold(outputs, &mut frames[at..]);
        self.phase = [phase_a, phase_b];
        self.filter = [[l1, l2], [r1, r2]];
        // Exactly where the ramps were aimed, so that rounding never adds up.
        self.amplitude = aim;
        for l in 0..LANES {
            self.b_level[l] = 1.0 - self.b_fades[l] * (1.0 - self.contour[l]);
        }
    }
}

/// The cycle that serves every pitch of a note, from where it glides to where it goes, with a
/// semitone to spare for drift.
fn cycle(osc: &Osc, pitch: f32, glide_from: Option<f32>) -> u16 {
    let top = glide_from.map_or(pitch, |from| from.max(pitch));
    let hz_max = exp2(top + (osc.semitones + 1.0) * (1.0 / 12.0));
    Bank::index(osc.wave, hz_max, osc.harmonics_max)
}

/// Where a block is worked on between the loops.
#[derive(Debug)]
struct Scratch {
    /// Of both oscillators, for each frame and voice: a point of the wave and the step to the next.
    points: [[[[f32; 2]; LANES]; BLOCK]; 2],
    /// Of each bus, for each frame and voice: what the voice adds.
    outputs: [[Lane<f32>; BLOCK]; BUSES],
    /// The sums over all voices: the quantum's buses, frame by frame.
    frames: [[f32; BUSES]; QUANTUM],
}
