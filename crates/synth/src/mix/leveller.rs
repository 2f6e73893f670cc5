//! The leveller: a slow hand on the master fader, so that every station is equally loud.
//!
//! It measures the power of the mix, forms a short-term level over 3 s, and lets a programme level follow that
//! over most of a minute, while there is music: passages far below the programme do not count, as in
//! ITU-R BS.1770's gate. The gain makes up most of what the programme level lacks. It is far slower than any phrase, so the
//! music's own dynamics stay.

use crate::elementary::{energy, gain_of_db};
use crate::modulation::smooth::Smooth;
use crate::simd::Floats;
use crate::{HALF_QUANTUM, HALF_RATE};

/// Where the programme level is to be, in dB of full-scale power summed over both channels.
const TARGET_DB: f32 = -14.6;
/// The programme level of a station that has not sounded yet: what the first minutes come to.
const EXPECTED_DB: f32 = -19.5;
/// The part of the distance that is made up.
const STRENGTH: f32 = 0.8;
/// Bounds of the gain.
const GAIN_DB_MAX: f32 = 9.0;
/// Passages this far below the programme level do not count.
const GATE_DB: f32 = -14.0;
const QUANTA_PER_SECOND: f32 = HALF_RATE as f32 / HALF_QUANTUM as f32;
const SHORT_TERM: f32 = 1.0 / (3.0 * QUANTA_PER_SECOND);
const PROGRAMME: f32 = 1.0 / (50.0 * QUANTA_PER_SECOND);

/// The leveller of one station.
#[derive(Clone, Debug)]
pub(crate) struct Leveller {
    short_term: f32,
    programme_db: f32,
    gain: Smooth,
}

impl Leveller {
    pub(crate) fn new() -> Self {
        Self {
            short_term: 0.0,
            programme_db: EXPECTED_DB,
            gain: Smooth::new(gain_of_db(STRENGTH * (TARGET_DB - EXPECTED_DB)), 300.0),
        }
    }

    /// Measures a quantum that will have a gain of `trim`; gives the gain that it is to have beside.
    #[inline(always)]
    pub(crate) fn process<V: Floats>(
        &mut self,
        trim: f32,
        left: &[f32; HALF_QUANTUM],
        right: &[f32; HALF_QUANTUM],
    ) -> f32 {
        let power = energy::<V>(left, right) * (trim * trim * (1.0 / HALF_QUANTUM as f32));
        self.short_term += (power - self.short_term) * SHORT_TERM;
        let short_term_db = 3.010_3 * libm::log2f(self.short_term + 1e-12);
        if short_term_db > self.programme_db + GATE_DB {
            self.programme_db += (short_term_db - self.programme_db) * PROGRAMME;
        }
        let lack = STRENGTH * (TARGET_DB - self.programme_db);
        self.gain.set(gain_of_db(lack.clamp(-GAIN_DB_MAX, GAIN_DB_MAX)));
        self.gain.advance();
        self.gain.get()
    }
}
