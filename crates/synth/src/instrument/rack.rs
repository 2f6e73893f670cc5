//! The instruments of one engine: the voices, which share their lanes, and a performer for each other row.

use aeolian_score::{Note, Part, Tick};

use super::performer::AnyPerformer;
use super::row::{Instrument, PlayedBy, choose};
use crate::isa::Isa;
use crate::mix::buses::Buses;
use crate::mix::stems::Dry;
use crate::modulation::part::{Modulation, Passage};
use crate::plan::{Onset, Plan};
use crate::simd::Floats;
use crate::voice::lanes::Voices;

/// Everything that plays notes.
#[derive(Debug)]
pub(crate) struct Rack {
    seed: u64,
    rows: Box<[&'static Instrument]>,
    voices: Voices,
    /// In the order of parts, and within a part in that of the rows.
    chairs: Box<[Chair]>,
}

/// A performer, and the row and part that it plays for.
#[derive(Debug)]
struct Chair {
    row: usize,
    part: Part,
    performer: Box<dyn AnyPerformer>,
    /// Whether it is to be rendered: not again before its next note once it has nothing more to come.
    awake: bool,
    /// Whether it is the last of its part.
    ends_part: bool,
}

impl Rack {
    /// The instruments of these rows, for the station with this seed.
    ///
    /// Allocates everything that they will ever use.
    #[expect(clippy::disallowed_methods, reason = "made with the engine")]
    pub(crate) fn new(seed: u64, rows: impl IntoIterator<Item = &'static Instrument>) -> Self {
        let rows: Box<[_]> = rows.into_iter().collect();
        let mut chairs = Vec::new();
        for part in Part::ALL {
            for (index, row) in rows.iter().enumerate() {
                if let PlayedBy::Performer(new) = row.played_by
                    && row.parts.contains(&part)
                {
                    chairs.push(Chair {
                        row: index,
                        part,
                        performer: new(seed),
                        awake: true,
                        ends_part: false,
                    });
                }
            }
            if let Some(last) = chairs.last_mut().filter(|last| last.part == part) {
                last.ends_part = true;
            }
        }
        Self { seed, rows, voices: Voices::new(seed), chairs: chairs.into_boxed_slice() }
    }

    /// Voices that were not silent in the last quantum.
    pub(crate) fn sounding_voices(&self) -> usize {
        self.voices.sounding()
    }

    /// Begins a note of a section on the instrument that the table has for it.
    pub(crate) fn start(&mut self, onset: &Onset, section: u64) {
        let Note { part, .. } = onset.note;
        let Some(row) = choose(&self.rows, self.seed, section, &onset.note) else { return };
        if let PlayedBy::Voices(patch) = self.rows[row].played_by {
            self.voices.start(patch, onset);
        }
        for chair in self.chairs.iter_mut().filter(|chair| chair.row == row && chair.part == part) {
            chair.performer.start(onset);
            chair.awake = true;
        }
    }

    /// Lets the notes go that end before `end`.
    pub(crate) fn release(&mut self, end: Tick) {
        self.voices.release(end);
        for chair in self.chairs.iter_mut().filter(|chair| chair.awake) {
            chair.performer.release(end);
        }
    }

    /// Gives the notes that sound the lengths that they have in another plan.
    pub(crate) fn revise(&mut self, plan: &Plan) {
        self.voices.revise(plan);
        for chair in self.chairs.iter_mut().filter(|chair| chair.awake) {
            chair.performer.revise(plan);
        }
    }

    /// Begins a span with this quantum.
    pub(crate) fn begin(&mut self, quantum: u64) {
        for chair in self.chairs.iter_mut() {
            chair.performer.begin(quantum);
        }
    }

    /// Ends the span: no note begins any more, and nothing sounds on by itself.
    pub(crate) fn end(&mut self) {
        for chair in self.chairs.iter_mut() {
            chair.performer.end();
        }
    }

    /// Forgets all that has been played.
    pub(crate) fn clear(&mut self) {
        self.voices.clear();
        for chair in self.chairs.iter_mut() {
            chair.performer.clear();
            chair.awake = true;
        }
    }

    /// Renders a quantum of all instruments into `buses`, and to `dry` the parts, while the modulation of
    /// each part goes from the first to the second.
    #[inline(always)]
    pub(crate) fn render<V: Floats>(
        &mut self,
        quantum: u64,
        modulation: [&[Modulation; Part::COUNT]; 2],
        mut dry: Option<&mut Dry>,
        buses: &mut Buses,
    ) {
        if self.voices.render::<V>(modulation, dry.as_deref_mut(), buses) {
            buses.air.clear();
        } else {
            *buses = Buses::SILENT;
        }
        let [from, to] = modulation;
        for Chair { part, performer, awake, ends_part, .. } in &mut self.chairs {
            if *awake {
                let (from, to) = (&from[part.index()], &to[part.index()]);
                let passage = Passage { quantum, from, to };
                *awake = match V::ISA {
                    Isa::Baseline => performer.render_baseline(passage, buses),
                    // SAFETY: this runs with vectors `V`, so the CPU has their instruction set.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => unsafe { performer.render_avx2(passage, buses) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => unsafe { performer.render_avx512(passage, buses) },
                };
            }
            if let Some(dry) = dry.as_deref_mut().filter(|_| *ends_part) {
                dry.add_rest(*part, buses);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::instrument::TABLE;
    use crate::instrument::performer::{Performer, boxed};
    use aeolian_score::{Composer, Controls, Phrase};

    const STILL: Modulation =
        Modulation { gain: 1.0, cutoff_octaves: 0.0, intensity: 0.5, brightness: 0.5 };

    fn note(part: Part, pitch: u8, ticks: Tick) -> Note {
        Note { id: 1, part, pitch, start: 0, ticks, velocity: 100 }
    }

    fn start(rack: &mut Rack, note: Note) {
        rack.start(&Onset { note, frame: 0, frames: 100_000 }, 0);
    }

    fn render(rack: &mut Rack, parts: [f32; Part::COUNT]) -> Buses {
        render_in(rack, 0, parts)
    }

    fn render_in(rack: &mut Rack, quantum: u64, parts: [f32; Part::COUNT]) -> Buses {
        let mut buses = Buses::SILENT;
        let parts = parts.map(|gain| Modulation { gain, ..STILL });
        rack.render::<f32>(quantum, [&parts; 2], None, &mut buses);
        buses
    }

    /// How far apart two racks' sounds are in a quantum.
    fn difference(mut a: Buses, mut b: Buses) -> f32 {
        let half = |buses: &Buses| [buses.left, buses.right];
        let half = half(&a).into_iter().flatten().zip(half(&b).into_iter().flatten());
        let half = half.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let air = a.air.samples().iter().flatten().zip(b.air.samples().iter().flatten());
        air.map(|(a, b)| (a - b).abs()).fold(half, f32::max)
    }

    /// Each beside an instrument of another part, since grains are taken from what the others play.
    #[test]
    fn every_instrument_sounds_when_its_part_plays_a_note_and_not_before() {
        for row in TABLE {
            for part in row.parts {
                let other = TABLE.iter().find(|other| !other.parts.contains(part)).unwrap();
                let mut racks = [Rack::new(5, [row, other]), Rack::new(5, [other])];
                for rack in &mut racks {
                    start(rack, note(other.parts[0], other.register.unwrap().0.max(60), 1 << 20));
                }
                let (mut before, mut after) = (0.0f32, 0.0f32);
                for quantum in 0..4000 {
                    if let Some((low, high)) = row.register
                        && quantum == 2000
                    {
                        start(&mut racks[0], note(*part, low.max(60).min(high), 960));
                    }
                    let sound = |rack: &mut Rack| render_in(rack, quantum, [1.0; 5]);
                    let [with, without] = racks.each_mut().map(sound);
                    let peak = if quantum < 2000 { &mut before } else { &mut after };
                    *peak = peak.max(difference(with, without));
                }
                assert!(after > 1e-3, "{} as {part}: {after}", row.name);
                assert!(before == 0.0 || row.register.is_none(), "{} before: {before}", row.name);
            }
        }
    }

    /// Gives its part's gain while a note is held; fails when it is asked while it has nothing to give.
    #[derive(Debug, Default)]
    struct Drone(Option<Note>, bool);

    impl Performer for Drone {
        fn start(&mut self, onset: &Onset) {
            *self = Self(Some(onset.note), false);
        }

        fn release(&mut self, end: Tick) {
            self.0 = self.0.filter(|note| note.end() >= end);
        }

        fn revise(&mut self, plan: &Plan) {
            self.0 = self.0.map(|note| *plan.revised(&note).unwrap_or(&note));
        }

        fn clear(&mut self) {
            *self = Self::default();
        }

        #[inline(always)]
        fn render<V: Floats>(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
            assert!(!self.1, "it is left alone");
            self.1 = self.0.is_none();
            if !self.1 {
                buses.left[0] += passage.to.gain;
            }
            !self.1
        }
    }

    static DRONE: Instrument = Instrument {
        name: "drone",
        parts: &[Part::Pad, Part::Bass],
        register: Some((0, 127)),
        program: None,
        played_by: PlayedBy::Performer(|_| boxed(Drone::default())),
    };

    #[test]
    fn a_performer_holds_its_note_for_as_long_as_the_last_plan_says_and_is_left_alone_after() {
        let mut rack = Rack::new(1, [&DRONE]);
        let heard = |rack: &mut Rack| render(rack, [1.0; 5]).left[0] > 0.0;
        assert!(!heard(&mut rack), "before its note");
        start(&mut rack, note(Part::Bass, 40, 100));
        rack.release(100);
        assert!(heard(&mut rack));
        let controls = Controls::default();
        let notes = vec![note(Part::Bass, 40, 200)];
        let phrase = Phrase { notes, ..Composer::new(1).compose(&controls) };
        rack.revise(&Plan { frame: 0, span: 0, controls, phrases: vec![Arc::new(phrase)] });
        rack.release(101);
        assert!(heard(&mut rack), "the other plan has it last");
        rack.release(201);
        assert!((0..3).all(|_| !heard(&mut rack)));
        start(&mut rack, note(Part::Bass, 41, 100));
        assert!(heard(&mut rack), "another note");
    }

    #[test]
    fn an_instrument_of_two_parts_has_a_performer_for_each() {
        let mut rack = Rack::new(1, [&DRONE]);
        start(&mut rack, note(Part::Pad, 60, 100));
        assert_eq!(render(&mut rack, [0.25, 0.0, 0.5, 0.0, 0.0]).left[0], 0.25);
        start(&mut rack, note(Part::Bass, 40, 200));
        assert_eq!(render(&mut rack, [0.25, 0.0, 0.5, 0.0, 0.0]).left[0], 0.75);
        rack.release(150);
        assert_eq!(render(&mut rack, [0.25, 0.0, 0.5, 0.0, 0.0]).left[0], 0.5);
    }
}
