//! A span: a minute or two of the piece, which begins in silence and rings on over the next.
//!
//! What it plays is a function of its own notes, the frame and the automation, so any moment is rendered from where
//! its span begins, without all that came before. Everything in it that remembers is linear, and each note belongs to one
//! span alone: two spans, added up, are what one engine would play that never stops.

use crate::automation::Automation;
use crate::elementary::Slope;
use crate::filter::dc::DcBlocker;
use crate::filter::svf::{Coefficients, Svf};
use crate::fx::delay::Delay;
use crate::fx::reverb::Reverb;
use crate::instrument::TABLE;
use crate::instrument::rack::Rack;
use crate::mix::buses::Buses;
use crate::mix::stems::Dry;
use crate::mix::upsampler::Upsampler;
use crate::simd::{Floats, steps};
use crate::{HALF_QUANTUM, HALF_RATE, QUANTUM, SAMPLE_RATE};

/// A phrase that begins so many frames after its span did, or later, begins another: 75 s.
const FRAMES_MIN: u64 = 75 * SAMPLE_RATE as u64;
/// Quanta that a span rings on: 16 s. Then the longest reverb that there is has fallen by 120 dB beside its last note.
const RINGS: u64 = 2756;
/// The last of them, over which it is faded to nothing: 3 s.
const FADES: u64 = 517;

/// Frames that a span rings on over the next.
pub(crate) const RINGING: u64 = RINGS * QUANTUM as u64;

/// Whether a phrase that begins in the quantum at `frame` begins a span, after one that began at `since`.
#[must_use]
pub fn begins_span(since: u64, frame: u64) -> bool {
    frame >= since + FRAMES_MIN
}

/// Below this frequency the side signal fades out, at 12 dB an octave.
const SIDE_HZ: f32 = 130.0;
/// Damping of that filter: two equal real poles.
const SIDE_DAMPING: f32 = 2.0;

/// What a quantum is worked on in. Whole vectors lie in whole lines of the cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Work {
    buses: Buses,
    /// What an effect gives.
    stereo: [[f32; HALF_QUANTUM]; 2],
}

/// Instruments and effects, in the service of one span after another.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) rack: Rack,
    delay: Delay,
    reverb: Reverb,
    side: Svf<1, HALF_QUANTUM>,
    side_coefficients: Coefficients,
    dc: [DcBlocker; 2],
    upsamplers: [Upsampler; 2],
    work: Box<Work>,
    /// Quanta left to ring on, once the span has ended.
    rings: Option<u64>,
    /// Pieces of it that have been cleared since it rang out.
    cleared: usize,
}

/// Pieces in which a span that has rung out is cleared, one a quantum, so that none takes long.
const PIECES: usize = Reverb::PIECES + Delay::LINES + 1;

impl Span {
    /// A span in silence, of the station with this seed.
    ///
    /// Allocates everything that it will ever use.
    #[expect(clippy::disallowed_methods, reason = "made with the engine")]
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rack: Rack::new(seed, TABLE),
            delay: Delay::new(),
            reverb: Reverb::new(),
            side: Svf::SILENT,
            side_coefficients: Coefficients::new(SIDE_HZ / HALF_RATE as f32, SIDE_DAMPING),
            dc: [DcBlocker::default(); 2],
            upsamplers: [Upsampler::new(), Upsampler::new()],
            work: Box::new(Work { buses: Buses::SILENT, stereo: [[0.0; HALF_QUANTUM]; 2] }),
            rings: None,
            cleared: PIECES,
        }
    }

    /// Begins with this quantum, in silence.
    pub(crate) fn begin(&mut self, quantum: u64) {
        while self.cleared < PIECES {
            self.clear();
        }
        self.rings = None;
        self.rack.begin(quantum);
    }

    /// Ends before the coming quantum, and rings on.
    pub(crate) fn end(&mut self) {
        self.rack.end();
        self.rings = Some(RINGS);
        self.cleared = 0;
    }

    /// Whether it has ended and is still heard.
    pub(crate) fn rings(&self) -> bool {
        self.rings.is_some_and(|left| left > 0)
    }

    /// Clears a piece of what has rung out, if there is any left.
    pub(crate) fn clear(&mut self) {
        let piece = self.cleared;
        if piece < Reverb::PIECES {
            self.reverb.clear(piece);
        } else if piece < Reverb::PIECES + Delay::LINES {
            self.delay.clear(piece - Reverb::PIECES);
        } else if piece < PIECES {
            self.rack.clear();
            self.side = Svf::SILENT;
            self.dc = [DcBlocker::default(); 2];
            self.upsamplers.iter_mut().for_each(Upsampler::clear);
        }
        self.cleared = (piece + 1).min(PIECES);
    }

    /// Renders the quantum that the automation has entered, and to `dry` its parts.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        automation: &Automation,
        dry: Option<&mut Dry>,
    ) -> &mut [[f32; QUANTUM]; 2] {
        let quantum = automation.quantum();
        let [before, after] = automation.settings();
        let Work { buses, stereo } = &mut *self.work;
        self.rack.render::<V>(quantum, [&before.parts, &after.parts], dry, buses);

        let [left, right] = &mut *stereo;
        let echo = automation.echo();
        if self.delay.process::<V>(&buses.delay, echo, after.feedback, left, right) {
            buses.add_stereo::<V>(stereo, line(before.delay, after.delay), 0.25, 0.4);
        }
        let [left, right] = &mut *stereo;
        if self.reverb.process::<V>(quantum, &automation.room(), &buses.reverb, left, right) {
            buses.add_stereo::<V>(stereo, line(before.reverb, after.reverb), 0.0, 0.0);
        }
        self.centre_bass::<V>();
        let fade = self.fade();
        let Buses { left, right, air, .. } = &mut self.work.buses;
        self.dc[0].process::<V>(left);
        self.dc[1].process::<V>(right);
        for ((upsampler, half), whole) in
            self.upsamplers.iter_mut().zip([&*left, &*right]).zip(air.samples())
        {
            upsampler.add::<V>(half, fade, whole);
        }
        air.samples()
    }

    /// Brings the sides of the bass to the middle.
    #[inline(always)]
    fn centre_bass<V: Floats>(&mut self) {
        let Buses { left, right, .. } = &mut self.work.buses;
        let mut side = [[0.0f32; HALF_QUANTUM]; 1];
        for at in steps::<V>(HALF_QUANTUM) {
            let (left, right) = (V::load(left, at), V::load(right, at));
            (V::splat(0.5) * (left - right)).store(&mut side[0], at);
        }
        self.side.process_high::<V>(self.side_coefficients, SIDE_DAMPING, &mut side);
        for at in steps::<V>(HALF_QUANTUM) {
            let mid = V::splat(0.5) * (V::load(left, at) + V::load(right, at));
            let side = V::load(&side[0], at);
            (mid + side).store(left, at);
            (mid - side).store(right, at);
        }
    }

    /// The gain of the coming quantum: 1, until what rings on has come to its end. Counts the quantum.
    #[inline(always)]
    fn fade(&mut self) -> Slope {
        let Some(left) = &mut self.rings else { return Slope { from: 1.0, step: 0.0 } };
        let gain = |left: u64| {
            let gain = left.min(FADES) as f32 * (1.0 / FADES as f32);
            gain * gain
        };
        let before = *left;
        *left = before.saturating_sub(1);
        Slope::over(QUANTUM, gain(before), gain(*left))
    }
}

/// A gain from the last quantum's to this one's.
#[inline(always)]
fn line(before: f32, now: f32) -> Slope {
    Slope::over(HALF_QUANTUM, before, now)
}
