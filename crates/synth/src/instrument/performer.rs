//! What an instrument that is not a patch of the wavetable voices is to the engine.
//!
//! Its file writes a [`Performer`]; the rack holds it as an [`AnyPerformer`], whose loops are compiled for each
//! instruction set.

use core::fmt::Debug;

use aeolian_score::Tick;

use crate::mix::buses::Buses;
use crate::modulation::part::Passage;
use crate::plan::{Onset, Plan};
use crate::simd::{Baseline, Floats};
#[cfg(target_arch = "x86_64")]
use crate::simd::{F32x8, F32x16};

/// The notes of one part on one instrument. Made with the engine; then only the render thread calls it,
/// and it neither allocates nor frees nor locks nor panics.
pub(crate) trait Performer: Debug + Send + 'static {
    /// Begins a span with this quantum: where it looks back, it looks no further.
    fn begin(&mut self, _quantum: u64) {}

    /// Begins a note in the coming quantum.
    fn start(&mut self, onset: &Onset);

    /// Lets go the notes that end before `end`; an instrument that does not hold its notes has nothing to
    /// do.
    fn release(&mut self, _end: Tick) {}

    /// Gives the notes that sound the lengths that they have in another plan; an instrument that does not
    /// hold its notes has nothing to do.
    fn revise(&mut self, _plan: &Plan) {}

    /// Ends the span: no note comes any more. What has been let go rings on; what sounds by itself stops, as if
    /// nothing more came into its filters.
    fn end(&mut self) {}

    /// Forgets all that it has played, for another span. What it plays from then on is what a new performer would
    /// play.
    fn clear(&mut self);

    /// Adds the coming quantum to the buses, which hold what the voices and the performers before it sound
    /// like. Whether there is more to come: where there is not, the performer is left alone until its next
    /// note.
    ///
    /// `#[inline(always)]` in every implementation, so that its loops get the instructions of `V`.
    fn render<V: Floats>(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool;
}

/// A [`Performer`] of any kind.
pub(crate) trait AnyPerformer: Debug + Send {
    /// As [`Performer::begin`].
    fn begin(&mut self, quantum: u64);

    /// As [`Performer::start`].
    fn start(&mut self, onset: &Onset);

    /// As [`Performer::release`].
    fn release(&mut self, end: Tick);

    /// As [`Performer::revise`].
    fn revise(&mut self, plan: &Plan);

    /// As [`Performer::end`].
    fn end(&mut self);

    /// As [`Performer::clear`].
    fn clear(&mut self);

    /// As [`Performer::render`], with what every CPU has.
    fn render_baseline(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool;

    /// As [`Performer::render`].
    ///
    /// # Safety
    /// The CPU must have AVX2.
    #[cfg(target_arch = "x86_64")]
    unsafe fn render_avx2(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool;

    /// As [`Performer::render`].
    ///
    /// # Safety
    /// The CPU must have AVX-512 with F, BW, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    unsafe fn render_avx512(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool;
}

/// A performer as the rack holds it. Allocates; not for the render thread.
#[expect(clippy::disallowed_methods, reason = "made with the engine")]
pub(super) fn boxed(performer: impl Performer) -> Box<dyn AnyPerformer> {
    Box::new(performer)
}

impl<P: Performer> AnyPerformer for P {
    fn begin(&mut self, quantum: u64) {
        Performer::begin(self, quantum);
    }

    fn start(&mut self, onset: &Onset) {
        Performer::start(self, onset);
    }

    fn release(&mut self, end: Tick) {
        Performer::release(self, end);
    }

    fn revise(&mut self, plan: &Plan) {
        Performer::revise(self, plan);
    }

    fn end(&mut self) {
        Performer::end(self);
    }

    fn clear(&mut self) {
        Performer::clear(self);
    }

    fn render_baseline(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        self.render::<Baseline>(passage, buses)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn render_avx2(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        self.render::<F32x8>(passage, buses)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn render_avx512(&mut self, passage: Passage<'_>, buses: &mut Buses) -> bool {
        self.render::<F32x16>(passage, buses)
    }
}
