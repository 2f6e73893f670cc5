//! Stems: each part's own sound, before effects and master.
//!
//! They come out when the mix does, which waits for its upsamplers and the limiter: a frame of a stem is
//! the same frame of the mix.

use aeolian_score::Part;

use super::buses::Buses;
use super::fold::Block;
use super::upsampler::Upsampler;
use crate::elementary::Slope;
use crate::fx::limiter;
use crate::simd::{Floats, place};
use crate::{BLOCK, CHANNELS, HALF_QUANTUM, QUANTUM};

/// Spans that may sound at once.
const SPANS: usize = 2;
/// Quanta that are kept: those that the limiter holds back, and the one that comes out.
const KEPT: usize = limiter::DELAY + 1;

/// The parts' sound in the quantum that one span renders.
#[derive(Clone, Debug)]
pub(crate) struct Dry {
    /// Left and right of each part.
    half: [[[f32; HALF_QUANTUM]; CHANNELS]; Part::COUNT],
    /// The same, of what is heard at the whole sample rate.
    air: [[[f32; QUANTUM]; CHANNELS]; Part::COUNT],
}

/// The parts' sound in the last few quanta.
#[derive(Debug)]
pub(crate) struct KeptStems {
    /// Of the two spans that may sound at once.
    dry: [Dry; SPANS],
    upsamplers: [[Upsampler; CHANNELS]; Part::COUNT],
    kept: [[[[f32; CHANNELS]; QUANTUM]; Part::COUNT]; KEPT],
    /// The last that is kept.
    now: usize,
}

impl Dry {
    const SILENT: Dry = Dry {
        half: [[[0.0; HALF_QUANTUM]; CHANNELS]; Part::COUNT],
        air: [[[0.0; QUANTUM]; CHANNELS]; Part::COUNT],
    };

    /// Adds a block of voices, each to its part; `parts` are those of the voices that count, from the
    /// first on. `at` is the block's first frame in the quantum.
    pub(crate) fn add_voices<V: Floats>(
        &mut self,
        at: usize,
        [left, right]: &[Block; 2],
        parts: &[usize],
    ) {
        for frame in 0..BLOCK {
            for (lane, part) in parts.iter().enumerate() {
                let stem = &mut self.half[part % Part::COUNT];
                let place = place::<V>(lane, BLOCK, frame);
                stem[0][at + frame] += left[place];
                stem[1][at + frame] += right[place];
            }
        }
    }

    /// Gives `part` what has been added to the buses and is in no other stem. So the stems add up to
    /// the dry mix.
    pub(crate) fn add_rest(&mut self, part: Part, buses: &mut Buses) {
        for (channel, bus) in [&buses.left, &buses.right].into_iter().enumerate() {
            for (frame, sample) in bus.iter().enumerate() {
                let known: f32 = self.half.iter().map(|stem| stem[channel][frame]).sum();
                self.half[part.index()][channel][frame] += sample - known;
            }
            for (frame, sample) in buses.air.samples()[channel].iter().enumerate() {
                let known: f32 = self.air.iter().map(|stem| stem[channel][frame]).sum();
                self.air[part.index()][channel][frame] += sample - known;
            }
        }
    }
}

impl KeptStems {
    /// Silence in all parts.
    #[expect(clippy::disallowed_methods, reason = "made before the engine renders")]
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            dry: [const { Dry::SILENT }; SPANS],
            upsamplers: core::array::from_fn(|_| [Upsampler::new(), Upsampler::new()]),
            kept: [[[[0.0; CHANNELS]; QUANTUM]; Part::COUNT]; KEPT],
            now: 0,
        })
    }

    /// Where a span puts its parts' sound.
    pub(crate) fn dry(&mut self, span: usize) -> &mut Dry {
        &mut self.dry[span % SPANS]
    }

    /// Keeps the quantum that has been rendered, and forgets the oldest.
    pub(crate) fn keep(&mut self) {
        self.now = (self.now + 1) % KEPT;
        let [first, second] = &mut self.dry;
        for (part, kept) in self.kept[self.now].iter_mut().enumerate() {
            for channel in 0..CHANNELS {
                let half = sum(&first.half[part][channel], &second.half[part][channel]);
                let mut whole = sum(&first.air[part][channel], &second.air[part][channel]);
                let unity = Slope { from: 1.0, step: 0.0 };
                self.upsamplers[part][channel].add::<f32>(&half, unity, &mut whole);
                for frame in 0..QUANTUM {
                    kept[frame][channel] = whole[frame];
                }
            }
        }
        self.dry = [const { Dry::SILENT }; SPANS];
    }

    /// The quantum of a part that belongs to the quantum of the mix that comes out now.
    pub(crate) fn quantum(&self, part: usize) -> &[f32] {
        self.kept[(self.now + 1) % KEPT][part % Part::COUNT].as_flattened()
    }
}

fn sum<const N: usize>(a: &[f32; N], b: &[f32; N]) -> [f32; N] {
    core::array::from_fn(|i| a[i] + b[i])
}
