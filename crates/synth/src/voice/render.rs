//! The voices' sound, a quantum at a time.
//!
//! Every loop over voices is a plain loop over arrays, which the compiler turns into vector code. It
//! goes through the bank in groups of `W` voices, as many as one vector of the CPU holds, so that a
//! group's state stays in registers; what comes out is the same for every `W`. Groups beyond the
//! last sounding voice are passed over. Only the reading of tables goes voice by voice: loads in a
//! row from one small table beat a gather.

use aeolian_score::Part;

use super::lanes::{Aim, Lane, Lanes, Modulation, Scratch};
use super::pool::State;
use super::{BLOCK, LANES};
use crate::QUANTUM;
use crate::elementary::{exp2, flush, sin_turns};
use crate::filter::svf::Coefficients;
use crate::mix::fold::{self, BUSES, fold};
use crate::mix::stems::Stems;
use crate::osc::wavetable::{between, fraction, points_at};

/// Blocks of a quantum.
const BLOCKS: usize = QUANTUM / BLOCK;

/// What the modulation comes to for each voice, in this quantum.
struct Moved {
    gain: Lane<f32>,
    cutoff_octaves: Lane<f32>,
    /// Of each oscillator: the increment of its phase a frame, for a note of one hertz.
    phase_per_hz: [Lane<f32>; 2],
}

/// Group `g` of a quantity.
#[inline(always)]
fn get<T: Copy, const W: usize>(lanes: &Lane<T>, g: usize) -> [T; W] {
    lanes.as_chunks::<W>().0[g]
}

/// Puts group `g` back.
#[inline(always)]
fn put<T: Copy, const W: usize>(lanes: &mut Lane<T>, g: usize, group: [T; W]) {
    lanes.as_chunks_mut::<W>().0[g] = group;
}

impl Lanes {
    /// Renders a quantum of all voices in groups of `W`, which divides [`LANES`]: for each frame the
    /// buses, and to `stems` the parts. None, and nothing done, when no voice sounds.
    #[inline(always)]
    pub(crate) fn render<const W: usize>(
        &mut self,
        modulation: &Modulation,
        mut stems: Option<&mut Stems>,
    ) -> Option<&[[f32; BUSES]; QUANTUM]> {
        let sounds = |state: &State| *state != State::Idle;
        self.sounding = self.state.iter().filter(|state| sounds(state)).count();
        let used = self.state.iter().rposition(sounds).map_or(0, |last| last + 1);
        if used == 0 {
            return None;
        }
        let mut moved = self.moved(modulation);
        let mut block = 0;
        while block < BLOCKS {
            if self.begin_pending(block) {
                moved = self.moved(modulation);
            }
            // All aims before all sound, so that the CPU works on several blocks' at once; but a
            // note to come may take a voice over between two blocks.
            let waiting = self.pending.iter().any(Option::is_some);
            let end = if waiting { block + 1 } else { BLOCKS };
            for block in block..end {
                self.envelopes.advance();
                for g in 0..used.div_ceil(W) {
                    self.aim::<W>(block, g, &moved);
                }
            }
            for block in block..end {
                for g in 0..used.div_ceil(W) {
                    self.read_tables::<W>(block, g);
                    self.run::<W>(block, g);
                }
                let frames = &mut self.scratch.frames[block * BLOCK..];
                fold(&self.scratch.outputs, used.div_ceil(fold::GROUP), frames);
                if let Some(stems) = &mut stems {
                    stems.add_voices(block * BLOCK, &self.scratch.outputs, &self.part[..used]);
                }
            }
            block = end;
        }
        for state in self.filter.as_flattened_mut().as_flattened_mut() {
            *state = flush(*state);
        }
        for (phases, steps) in self.lfo_phase.iter_mut().zip(&self.lfo_step) {
            for (phase, step) in phases.iter_mut().zip(steps) {
                let next = *phase + step;
                *phase = if next >= 1.0 { next - 1.0 } else { next };
            }
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

    /// What the voices' own slow waves and their parts' settings come to.
    #[inline(always)]
    fn moved(&self, modulation: &Modulation) -> Moved {
        let zero = [0.0f32; LANES];
        let mut moved = Moved { gain: zero, cutoff_octaves: zero, phase_per_hz: [zero; 2] };
        for l in 0..LANES {
            let part = self.part[l] % Part::COUNT;
            moved.gain[l] = modulation.gain[part];
            moved.cutoff_octaves[l] = modulation.cutoff_octaves[part];
        }
        for l in 0..LANES {
            let slow = sin_turns(self.lfo_phase[0][l]);
            let other = sin_turns(self.lfo_phase[1][l]);
            let detune = [
                self.detune[0][l] + self.drift_pitch[l] * slow,
                self.detune[1][l] - self.drift_pitch[l] * other,
            ];
            for i in 0..2 {
                moved.phase_per_hz[i][l] = exp2(detune[i]) * self.phase_per_hz[i][l];
            }
            moved.cutoff_octaves[l] += self.drift_octaves[l] * (0.6 * slow + 0.4 * other);
        }
        moved
    }

    /// Opens the envelopes of the notes whose block has come. Whether a stolen voice was taken over.
    #[inline(always)]
    fn begin_pending(&mut self, block: usize) -> bool {
        let mut taken_over = false;
        for l in 0..LANES {
            let Some(start) = self.pending[l] else { continue };
            if self.state[l] == State::Stolen {
                if self.fade[l] > 0.0 || self.amplitude[l] != 0.0 {
                    continue;
                }
                self.begin(l, &start);
                taken_over = true;
            } else if block < start.block {
                continue;
            }
            self.envelopes.start(l, &start.patch.adsr);
            self.pending[l] = None;
        }
        taken_over
    }

    /// Moves the controls of group `g` on by a block.
    #[inline(always)]
    fn aim<const W: usize>(&mut self, block: usize, g: usize, moved: &Moved) {
        let aim = &mut self.scratch.aims[block];
        let of = |lanes: &Lane<f32>| get::<f32, W>(lanes, g);
        let (level, gain, part_gain) = (of(&self.envelopes.level), of(&self.gain), of(&moved.gain));
        let (mut fade, fade_step) = (of(&self.fade), of(&self.fade_step));
        let mut amplitude = [0.0f32; W];
        for l in 0..W {
            let left = fade[l] - fade_step[l];
            fade[l] = if left > 0.0 { left } else { 0.0 };
            let smooth = fade[l] * fade[l] * (3.0 - 2.0 * fade[l]);
            amplitude[l] = level[l] * level[l] * gain[l] * part_gain[l] * smooth;
        }
        put(&mut self.fade, g, fade);
        put(&mut aim.amplitude, g, amplitude);

        let (target, step) = (of(&self.pitch_target), of(&self.glide_step));
        let mut pitch = of(&self.pitch);
        for l in 0..W {
            let left = target[l] - pitch[l];
            let left = if left < step[l] { left } else { step[l] };
            let left = if left > -step[l] { left } else { -step[l] };
            pitch[l] += left;
        }
        put(&mut self.pitch, g, pitch);
        let per_hz: [[f32; W]; 2] = moved.phase_per_hz.each_ref().map(of);
        let mut increment = [[0u32; W]; 2];
        for l in 0..W {
            let hz = exp2(pitch[l]);
            for i in 0..2 {
                increment[i][l] = (hz * per_hz[i][l]) as i32 as u32;
            }
        }
        put(&mut aim.increment[0], g, increment[0]);
        put(&mut aim.increment[1], g, increment[1]);

        let (cutoff, moved_octaves) = (of(&self.cutoff), of(&moved.cutoff_octaves));
        let (damping, b_fades) = (of(&self.damping), of(&self.b_fades));
        let (falls, octaves) = (of(&self.contour_coefficient), of(&self.contour_octaves));
        let mut contour = of(&self.contour);
        let mut b_level = [0.0f32; W];
        let mut filter = Coefficients { c11: b_level, c12: b_level, c22: b_level, c2: b_level };
        for l in 0..W {
            contour[l] *= falls[l];
            b_level[l] = 1.0 - b_fades[l] * (1.0 - contour[l]);
            let cutoff = cutoff[l] + contour[l] * octaves[l];
            let c = Coefficients::new(exp2(cutoff + moved_octaves[l]), damping[l]);
            filter.c11[l] = c.c11;
            filter.c12[l] = c.c12;
            filter.c22[l] = c.c22;
            filter.c2[l] = c.c2;
        }
        put(&mut self.contour, g, contour);
        put(&mut aim.b_level, g, b_level);
        put(&mut aim.filter.c11, g, filter.c11);
        put(&mut aim.filter.c12, g, filter.c12);
        put(&mut aim.filter.c22, g, filter.c22);
        put(&mut aim.filter.c2, g, filter.c2);
    }

    /// Reads a block's points of both oscillators of group `g`, of the voices that sound.
    #[inline(always)]
    fn read_tables<const W: usize>(&mut self, block: usize, g: usize) {
        let bank = self.bank;
        let Scratch { aims, points, .. } = &mut *self.scratch;
        for i in 0..2 {
            for l in g * W..(g + 1) * W {
                if self.state[l] == State::Idle {
                    continue;
                }
                let (cycle, increment) = (self.cycle[i][l], aims[block].increment[i][l]);
                let (window, mut phase) = (bank.window(cycle), self.phase[i][l]);
                for points in &mut points[i] {
                    points[l] = points_at(window, cycle, phase);
                    phase = phase.wrapping_add(increment);
                }
            }
        }
    }

    /// Computes a block of group `g` into the scratch outputs.
    #[inline(always)]
    fn run<const W: usize>(&mut self, block: usize, g: usize) {
        let Scratch { aims, points: [points_a, points_b], outputs, .. } = &mut *self.scratch;
        let aim: &Aim = &aims[block];
        let per_frame = 1.0 / BLOCK as f32;
        let of = |lanes: &Lane<f32>| get::<f32, W>(lanes, g);
        let (mut amplitude, mut b_level) = (of(&self.amplitude), of(&self.b_level));
        let (amplitude_aim, b_aim) = (of(&aim.amplitude), of(&aim.b_level));
        let (mut amplitude_step, mut b_step) = ([0.0f32; W], [0.0f32; W]);
        for l in 0..W {
            amplitude_step[l] = (amplitude_aim[l] - amplitude[l]) * per_frame;
            b_step[l] = (b_aim[l] - b_level[l]) * per_frame;
        }
        let [mut phase_a, mut phase_b]: [[u32; W]; 2] =
            [get(&self.phase[0], g), get(&self.phase[1], g)];
        let [inc_a, inc_b]: [[u32; W]; 2] = [get(&aim.increment[0], g), get(&aim.increment[1], g)];
        let [[mut l1, mut l2], [mut r1, mut r2]] =
            [0, 1].map(|side| [0, 1].map(|state| of(&self.filter[side][state])));
        let [[a_left, a_right], [b_left, b_right]] =
            [0, 1].map(|osc| [0, 1].map(|side| of(&self.pan[osc][side])));
        let (reverb_send, delay_send) = (of(&self.reverb_send), of(&self.delay_send));
        let (c11, c12) = (of(&aim.filter.c11), of(&aim.filter.c12));
        let (c22, c2) = (of(&aim.filter.c22), of(&aim.filter.c2));
        let [left, right, reverb, delay] = outputs;
        for frame in 0..BLOCK {
            let a: [[f32; 2]; W] = get(&points_a[frame], g);
            let b: [[f32; 2]; W] = get(&points_b[frame], g);
            let (mut out_left, mut out_right) = ([0.0f32; W], [0.0f32; W]);
            let (mut to_reverb, mut to_delay) = ([0.0f32; W], [0.0f32; W]);
            for l in 0..W {
                let a = between(a[l], fraction(phase_a[l]));
                let b = between(b[l], fraction(phase_b[l]));
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
                out_left[l] = (l2[l] + low) * half;
                l1[l] = next;
                l2[l] = low;
                let next = (c11[l] * r1[l] + c12[l] * in_right) - c12[l] * r2[l];
                let low = (c22[l] * r2[l] + c2[l] * in_right) + c12[l] * r1[l];
                out_right[l] = (r2[l] + low) * half;
                r1[l] = next;
                r2[l] = low;
                let mid = out_left[l] + out_right[l];
                to_reverb[l] = mid * reverb_send[l];
                to_delay[l] = mid * delay_send[l];
            }
            put(&mut left[frame], g, out_left);
            put(&mut right[frame], g, out_right);
            put(&mut reverb[frame], g, to_reverb);
            put(&mut delay[frame], g, to_delay);
        }
        for (phase, group) in self.phase.iter_mut().zip([phase_a, phase_b]) {
            put(phase, g, group);
        }
        for (filter, groups) in self.filter.iter_mut().zip([[l1, l2], [r1, r2]]) {
            for (state, group) in filter.iter_mut().zip(groups) {
                put(state, g, group);
            }
        }
        // Exactly where the ramps were aimed, so that rounding never adds up.
        put(&mut self.amplitude, g, amplitude_aim);
        put(&mut self.b_level, g, b_aim);
    }
}
