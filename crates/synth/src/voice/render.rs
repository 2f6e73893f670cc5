//! The voices' sound, a quantum at a time.
//!
//! The loops go through the voices in groups of [`Floats::WIDTH`], as many as one vector of the CPU
//! holds, so that a group's state stays in registers; what comes out is the same for every width.
//! Groups beyond the last sounding voice are passed over.

use aeolian_score::Part;

use super::lanes::{Goal, PerVoice, Scratch, Voices};
use super::pool::Occupancy;
use crate::elementary::{exp2, sin_turns};
use crate::filter::svf::Coefficients;
use crate::mix::buses::Buses;
use crate::mix::fold::fold;
use crate::mix::stems::Dry;
use crate::modulation::part::Modulation;
use crate::osc::wavetable::{CycleReader, read};
use crate::simd::{Floats, Words, place};
use crate::{BLOCK, HALF_QUANTUM, HALF_RATE, LANES};

/// Blocks of a quantum.
const BLOCKS: usize = HALF_QUANTUM / BLOCK;

/// What the modulation comes to for each voice, in this quantum: what it begins with, and its change a block.
struct Moved {
    gain: PerVoice<f32>,
    gain_step: PerVoice<f32>,
    cutoff_octaves: PerVoice<f32>,
    cutoff_step: PerVoice<f32>,
    /// Of each oscillator: the increment of its phase a frame, for a note of one hertz.
    phase_per_hz: [PerVoice<f32>; 2],
}

impl Voices {
    /// Renders a quantum of all voices into `buses`, and to `dry` the parts, while the modulation goes from
    /// the first to the second. False, and nothing done, when no voice sounds.
    #[inline(always)]
    pub(crate) fn render<V: Floats>(
        &mut self,
        modulation: [&[Modulation; Part::COUNT]; 2],
        dry: Option<&mut Dry>,
        buses: &mut Buses,
    ) -> bool {
        let used = self.compact();
        if used == 0 {
            return false;
        }
        if used <= V::Half::WIDTH {
            self.render_used::<V::Half>(modulation, dry, buses, used);
        } else {
            self.render_used::<V>(modulation, dry, buses, used);
        }
        true
    }

    /// Renders a quantum of the first `used` voices.
    #[inline(always)]
    fn render_used<V: Floats>(
        &mut self,
        modulation: [&[Modulation; Part::COUNT]; 2],
        mut dry: Option<&mut Dry>,
        buses: &mut Buses,
        used: usize,
    ) {
        let mut moved = self.moved::<V>(modulation);
        let mut block = 0;
        while block < BLOCKS {
            if self.begin_pending(block) {
                moved = self.moved::<V>(modulation);
            }
            // All aims before all sound, so that the CPU works on several blocks' at once; but a
            // note to come may take a voice over between two blocks.
            let waiting = self.pending.iter().any(Option::is_some);
            let end = if waiting { block + 1 } else { BLOCKS };
            for block in block..end {
                self.envelopes.advance();
                self.glide::<V>(used);
                for at in (0..used).step_by(V::WIDTH) {
                    self.aim::<V>(block, at, &moved);
                }
            }
            for block in block..end {
                for at in (0..used).step_by(V::WIDTH) {
                    self.oscillate::<V>(block, at);
                    self.run::<V>(block, at);
                }
                let frames = block * BLOCK..(block + 1) * BLOCK;
                let Scratch { sound: [left, right], sends: [reverb, delay], .. } = &self.scratch;
                fold::<V>(left, used, &mut buses.left[frames.clone()]);
                fold::<V>(right, used, &mut buses.right[frames.clone()]);
                fold::<V>(reverb, used, &mut buses.reverb[frames.clone()]);
                fold::<V>(delay, used, &mut buses.delay[frames.clone()]);
                if let Some(dry) = &mut dry {
                    let parts = &self.part[..used];
                    dry.add_voices::<V>(frames.start, &self.scratch.sound, parts);
                }
            }
            block = end;
        }
        for states in self.filter.as_flattened_mut() {
            for at in (0..LANES).step_by(V::WIDTH) {
                V::load(states, at).flush().store(states, at);
            }
        }
        for (phases, steps) in self.lfo_phase.iter_mut().zip(&self.lfo_step) {
            for (phase, step) in phases.iter_mut().zip(steps) {
                let next = *phase + step;
                *phase = if next >= 1.0 { next - 1.0 } else { next };
            }
        }
        for l in 0..LANES {
            let ended = self.envelopes.ended(l) && self.pending[l].is_none();
            if ended && self.amplitude[l] == 0.0 && self.state[l] != Occupancy::Idle {
                self.state[l] = Occupancy::Idle;
                self.note[l] = None;
            }
        }
    }

    /// What the voices' own slow waves and their parts' settings come to.
    #[inline(always)]
    fn moved<V: Floats>(&self, [from, to]: [&[Modulation; Part::COUNT]; 2]) -> Moved {
        let zero = [0.0f32; LANES];
        let mut moved = Moved {
            gain: zero,
            gain_step: zero,
            cutoff_octaves: zero,
            cutoff_step: zero,
            phase_per_hz: [zero; 2],
        };
        let step = |from: f32, to: f32| (to - from) * (1.0 / BLOCKS as f32);
        for l in 0..LANES {
            let part = self.part[l] % Part::COUNT;
            let (from, to) = (&from[part], &to[part]);
            moved.gain[l] = from.gain;
            moved.gain_step[l] = step(from.gain, to.gain);
            moved.cutoff_octaves[l] = from.cutoff_octaves;
            moved.cutoff_step[l] = step(from.cutoff_octaves, to.cutoff_octaves);
        }
        for at in (0..LANES).step_by(V::WIDTH) {
            let of = |lanes: &PerVoice<f32>| V::load(lanes, at);
            let [slow, other] = [of(&self.lfo_phase[0]), of(&self.lfo_phase[1])];
            let (slow, other) = (sin_turns(slow), sin_turns(other));
            let drift = of(&self.drift_pitch);
            let detune = [of(&self.detune[0]) + drift * slow, of(&self.detune[1]) - drift * other];
            for i in 0..2 {
                let per_hz = exp2(detune[i]) * of(&self.phase_per_hz[i]);
                per_hz.store(&mut moved.phase_per_hz[i], at);
            }
            let wave = V::splat(0.6) * slow + V::splat(0.4) * other;
            let octaves = of(&moved.cutoff_octaves) + of(&self.drift_octaves) * wave;
            octaves.store(&mut moved.cutoff_octaves, at);
        }
        moved
    }

    /// Opens the envelopes of the notes whose block has come. Whether a stolen voice was taken over.
    #[inline(always)]
    fn begin_pending(&mut self, block: usize) -> bool {
        let mut taken_over = false;
        for l in 0..LANES {
            let Some(entrance) = self.pending[l] else { continue };
            if self.state[l] == Occupancy::Stolen {
                if self.fade[l] > 0.0 || self.amplitude[l] != 0.0 {
                    continue;
                }
                self.begin(l, &entrance);
                taken_over = true;
            } else if block < entrance.block() {
                continue;
            }
            self.envelopes.start(l, &entrance.patch.adsr);
            self.pending[l] = None;
        }
        taken_over
    }

    /// Moves the pitch of the first `used` voices on by a block, where one of them glides.
    #[inline(always)]
    fn glide<V: Floats>(&mut self, used: usize) {
        if self.pitch[..used] == self.pitch_target[..used] {
            return;
        }
        for at in (0..used).step_by(V::WIDTH) {
            let of = |lanes: &PerVoice<f32>| V::load(lanes, at);
            let (mut pitch, step) = (of(&self.pitch), of(&self.glide_step));
            let way = of(&self.pitch_target) - pitch;
            pitch = pitch + way.min(step).max(V::splat(0.0) - step);
            pitch.store(&mut self.pitch, at);
            exp2(pitch).store(&mut self.hz, at);
        }
    }

    /// Moves the controls of the group that begins with voice `at` on by a block.
    #[inline(always)]
    fn aim<V: Floats>(&mut self, block: usize, at: usize, moved: &Moved) {
        let aim = &mut self.scratch.aims[block];
        let of = |lanes: &PerVoice<f32>| V::load(lanes, at);
        let (zero, one, passed) = (V::splat(0.0), V::splat(1.0), V::splat((block + 1) as f32));

        let fade = (of(&self.fade) - of(&self.fade_step)).max(zero);
        fade.store(&mut self.fade, at);
        let smooth = fade * fade * (V::splat(3.0) - V::splat(2.0) * fade);
        let level = of(&self.envelopes.level);
        let part_gain = of(&moved.gain) + passed * of(&moved.gain_step);
        let amplitude = level * level * of(&self.gain) * part_gain * smooth * V::splat(0.5);
        amplitude.store(&mut aim.amplitude, at);

        for i in 0..2 {
            let increment = (of(&self.hz) * of(&moved.phase_per_hz[i])).truncated();
            increment.store(&mut aim.increment[i], at);
        }

        let contour = of(&self.contour) * of(&self.contour_coefficient);
        contour.store(&mut self.contour, at);
        let b_level = one - of(&self.b_fades) * (one - contour);
        b_level.store(&mut aim.b_level, at);
        let cutoff = of(&self.cutoff) + contour * of(&self.contour_octaves);
        let part_cutoff = of(&moved.cutoff_octaves) + passed * of(&moved.cutoff_step);
        let cutoff_hz = exp2(cutoff + part_cutoff);
        let turns = cutoff_hz * V::splat(1.0 / HALF_RATE as f32);
        let filter = Coefficients::new(turns, of(&self.damping));
        filter.c11.store(&mut aim.filter.c11, at);
        filter.c12.store(&mut aim.filter.c12, at);
        filter.c22.store(&mut aim.filter.c22, at);
        filter.c2.store(&mut aim.filter.c2, at);
    }

    /// Reads a block of both oscillators of the group that begins with voice `at`.
    ///
    /// First where, then what: a place is loaded alone that was stored with others, and the CPU does
    /// other work until it can.
    #[inline(always)]
    fn oscillate<V: Floats>(&mut self, block: usize, at: usize) {
        let points = &self.cycles.points;
        let Scratch { aims, places, sound, .. } = &mut self.scratch;
        let words = |lanes: &PerVoice<u32>| V::Words::load(lanes, at);
        let steps = &aims[block].increment;
        let (step_a, step_b) = (words(&steps[0]), words(&steps[1]));
        let (first_a, first_b) = (words(&self.phase[0]), words(&self.phase[1]));
        let reader_a: CycleReader<V> =
            CycleReader::new(&self.cycle_start[0], &self.cycle_mask[0], at);
        let reader_b: CycleReader<V> =
            CycleReader::new(&self.cycle_start[1], &self.cycle_mask[1], at);
        let ([places_a, places_b], [waves_a, waves_b]) = (places, sound);
        let (mut phase_a, mut phase_b) = (first_a, first_b);
        for frame in 0..BLOCK {
            let place = place::<V>(at, BLOCK, frame);
            reader_a.places(phase_a).store_places(places_a, place);
            reader_b.places(phase_b).store_places(places_b, place);
            phase_a = phase_a.plus(step_a);
            phase_b = phase_b.plus(step_b);
        }
        phase_a.store(&mut self.phase[0], at);
        phase_b.store(&mut self.phase[1], at);
        (phase_a, phase_b) = (first_a, first_b);
        for frame in 0..BLOCK {
            let place = place::<V>(at, BLOCK, frame);
            read::<V>(points, places_a, place, phase_a).store(waves_a, place);
            read::<V>(points, places_b, place, phase_b).store(waves_b, place);
            phase_a = phase_a.plus(step_a);
            phase_b = phase_b.plus(step_b);
        }
    }

    /// Computes a block of the group that begins with voice `at`, out of what its oscillators gave.
    #[inline(always)]
    fn run<V: Floats>(&mut self, block: usize, at: usize) {
        let Scratch { aims, sound: [left, right], sends: [reverb, delay], .. } = &mut self.scratch;
        let aim: &Goal = &aims[block];
        let of = |lanes: &PerVoice<f32>| V::load(lanes, at);
        let per_frame = V::splat(1.0 / BLOCK as f32);
        let line = |now: V, aim: &PerVoice<f32>| (of(aim) - now) * per_frame;
        let (mut amplitude, mut b_level) = (of(&self.amplitude), of(&self.b_level));
        let amplitude_step = line(amplitude, &aim.amplitude);
        let b_step = line(b_level, &aim.b_level);
        let [left_filter, right_filter] = &self.filter;
        let mut left_states = [of(&left_filter[0]), of(&left_filter[1])];
        let mut right_states = [of(&right_filter[0]), of(&right_filter[1])];
        let [pan_a, pan_b] = &self.pan;
        let (a_left, a_right) = (of(&pan_a[0]), of(&pan_a[1]));
        let (b_left, b_right) = (of(&pan_b[0]), of(&pan_b[1]));
        let (reverb_send, delay_send) = (of(&self.reverb_send), of(&self.delay_send));
        let filter = Coefficients {
            c11: of(&aim.filter.c11),
            c12: of(&aim.filter.c12),
            c22: of(&aim.filter.c22),
            c2: of(&aim.filter.c2),
        };
        for frame in 0..BLOCK {
            let place = place::<V>(at, BLOCK, frame);
            let (a, b) = (V::load(left, place), V::load(right, place));
            b_level = b_level + b_step;
            amplitude = amplitude + amplitude_step;
            let b = b * b_level;
            let in_left = a * a_left + b * b_left;
            let in_right = a * a_right + b * b_right;
            let out_left = filter.low_twice(&mut left_states, in_left) * amplitude;
            let out_right = filter.low_twice(&mut right_states, in_right) * amplitude;
            let mid = out_left + out_right;
            out_left.store(left, place);
            out_right.store(right, place);
            (mid * reverb_send).store(reverb, place);
            (mid * delay_send).store(delay, place);
        }
        for state in 0..2 {
            left_states[state].store(&mut self.filter[0][state], at);
            right_states[state].store(&mut self.filter[1][state], at);
        }
        // Exactly where the ramps were aimed, so that rounding never adds up.
        of(&aim.amplitude).store(&mut self.amplitude, at);
        of(&aim.b_level).store(&mut self.b_level, at);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Entrance;
    use super::*;
    use crate::elementary::octaves_of_pitch;
    use crate::mix::fold::GROUP;
    use crate::modulation::envelope::Adsr;
    use crate::osc::wavetable::Wave;
    use crate::plan::Onset;
    use crate::simd::Baseline;
    use crate::voice::patch::{Osc, Patch};
    use aeolian_score::Note;

    const STILL: [Modulation; Part::COUNT] =
        [Modulation { gain: 1.0, cutoff_octaves: 0.0, intensity: 0.5, brightness: 0.5 };
            Part::COUNT];

    /// Two saws whose filter closes, without a glide.
    const PATCH: Patch = {
        let osc = Osc { wave: Wave::Saw, harmonics_max: 48, semitones: 0.05, gain: 0.5 };
        Patch {
            a: osc,
            b: Osc { semitones: 12.03, ..osc },
            b_fades: 0.6,
            adsr: Adsr { attack_s: 0.01, decay_s: 1.0, sustain: 0.4, release_s: 0.5 },
            cutoff_hz: 3400.0,
            key_track: 0.6,
            damping: 1.1,
            contour_octaves: 1.8,
            contour_s: 0.28,
            velocity_octaves: 1.8,
            drift_octaves: 0.2,
            drift_cents: 3.0,
            drift_hz: [0.15, 0.5],
            width: 0.4,
            scatter: 0.3,
            glide_ms: 0.0,
            gain_db: -10.5,
            reverb_send: 0.4,
            delay_send: 0.45,
        }
    };
    static QUICK: Patch = Patch { glide_ms: 12.0, ..PATCH };
    static SLOW: Patch = Patch { glide_ms: 50.0, ..PATCH };

    fn onset(note: Note, block: usize) -> Onset {
        Onset { note, frame: block * BLOCK, frames: 0 }
    }

    /// The pitch of a voice after each quantum of a note that glides down an octave, or does not.
    fn pitches(patch: &'static Patch, quanta: usize) -> Vec<f32> {
        let mut voices = Voices::new(1);
        let note =
            Note { id: 1, part: Part::Melody, pitch: 60, start: 0, ticks: 9000, velocity: 80 };
        let glide_from = (patch.glide_ms > 0.0).then(|| octaves_of_pitch(72.0));
        voices.start_in(0, Entrance { onset: onset(note, 0), patch, glide_from, order: 1 });
        let mut buses = Buses::SILENT;
        let mut pitches = vec![voices.pitch[0]];
        for _ in 0..quanta {
            voices.render::<f32>([&STILL; 2], None, &mut buses);
            pitches.push(voices.pitch[0]);
        }
        pitches
    }

    #[test]
    fn a_glide_takes_the_time_of_its_patch() {
        let quantum_ms = 1000.0 * HALF_QUANTUM as f32 / HALF_RATE as f32;
        let target = octaves_of_pitch(60.0);
        for patch in [&QUICK, &SLOW] {
            let pitches = pitches(patch, 60);
            assert!(pitches.windows(2).all(|pair| pair[1] <= pair[0]), "it turns round");
            let arrived = pitches.iter().position(|pitch| (pitch - target).abs() < 1e-6).unwrap();
            let (earliest, latest) = ((arrived - 1) as f32, arrived as f32);
            let takes = (earliest - 0.5) * quantum_ms..=(latest + 0.5) * quantum_ms;
            assert!(takes.contains(&patch.glide_ms), "{takes:?} ms for {} ms", patch.glide_ms);
        }
        assert!(pitches(&PATCH, 3).iter().all(|pitch| *pitch == target));
    }

    #[test]
    fn a_voice_that_changes_its_lane_sounds_on_as_if_it_did_not() {
        let entrance = |id, part, pitch, patch| {
            let note = Note { id, part, pitch, start: 0, ticks: 9000, velocity: 80 };
            Entrance { onset: onset(note, 1), patch, glide_from: Some(4.0), order: 1 }
        };
        let (mut alone, mut last) = (Voices::new(1), Voices::new(1));
        alone.start_in(0, entrance(99, Part::Melody, 60, &QUICK));
        for lane in 0..GROUP {
            last.start_in(lane, entrance(lane as u64, Part::Bass, 40, &SLOW));
        }
        last.start_in(GROUP, entrance(99, Part::Melody, 60, &QUICK));
        let mut buses = [Buses::SILENT, Buses::SILENT];
        let mut moved = 0;
        for quantum in 0..400 {
            for (voices, buses) in [&mut alone, &mut last].into_iter().zip(&mut buses) {
                voices.render::<Baseline>([&STILL; 2], None, buses);
            }
            if quantum == 10 {
                (0..GROUP).for_each(|lane| last.let_go(lane));
            }
            if last.sounding() == 1 && last.state[GROUP] == Occupancy::Idle {
                assert_eq!(buses[0].left, buses[1].left, "quantum {quantum}");
                assert_eq!(buses[0].reverb, buses[1].reverb, "quantum {quantum}");
                assert_eq!(buses[0].delay, buses[1].delay, "quantum {quantum}");
                moved += 1;
            }
        }
        assert!(moved > 200, "it was alone and in another lane for {moved} quanta");
    }

    #[test]
    fn a_note_is_glided_from_while_its_own_length_holds_it() {
        let mut voices = Voices::new(1);
        let note = Note { id: 1, part: Part::Bass, pitch: 40, start: 10, ticks: 5, velocity: 80 };
        voices.start(&SLOW, &onset(note, 0));
        assert_eq!(voices.held_pitch(Part::Bass, 12), None, "it has not begun to sound");
        voices.render::<f32>([&STILL; 2], None, &mut Buses::SILENT.clone());
        voices.release(16);
        assert!(matches!(voices.state[0], Occupancy::Released(_)));
        let pitch = octaves_of_pitch(40.0);
        assert_eq!(voices.held_pitch(Part::Bass, 14), Some(pitch), "let go early in its quantum");
        assert_eq!(voices.held_pitch(Part::Bass, 15), None, "it has ended");
        assert_eq!(voices.held_pitch(Part::Bass, 10), None, "it begins at the same time");
        assert_eq!(voices.held_pitch(Part::Melody, 12), None, "another part");
    }
}
