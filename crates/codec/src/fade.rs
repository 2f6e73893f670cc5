//! Fades over a missing chunk: from the last sample down to silence, and back in after it.

use aeolian_piece::{CHANNELS, CHUNK_SAMPLES};

/// Frames of a fade: 10 ms, too short to be heard as a swell and long enough not to click.
pub const FADE_FRAMES: usize = 441;

/// What the listeners heard last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fade {
    last: [i16; CHANNELS],
    silent: bool,
}

/// Raised-cosine gain as an integer polynomial, 3x² − 2x³, 0 to 2¹⁵ for `i` of [`FADE_FRAMES`].
fn gain(i: usize) -> i64 {
    let x = (i as i64 * (1 << 15)) / FADE_FRAMES as i64;
    (3 * x * x - ((2 * x * x) >> 15) * x) >> 15
}

fn scale(sample: i16, gain: i64) -> i16 {
    ((i64::from(sample) * gain) >> 15) as i16
}

impl Fade {
    /// Fills in for a missing chunk: the last sample fades to silence.
    pub fn out(&mut self, samples: &mut [i16; CHUNK_SAMPLES]) {
        samples.fill(0);
        for (i, frame) in samples.chunks_exact_mut(CHANNELS).take(FADE_FRAMES).enumerate() {
            for (sample, last) in frame.iter_mut().zip(self.last) {
                *sample = scale(last, gain(FADE_FRAMES - i));
            }
        }
        self.last = [0; CHANNELS];
        self.silent = true;
    }

    /// Passes a chunk on, faded in after silence, or where it does not follow what was heard.
    pub fn pass(&mut self, samples: &mut [i16; CHUNK_SAMPLES], broken: bool) {
        if self.silent || broken {
            for (i, frame) in samples.chunks_exact_mut(CHANNELS).take(FADE_FRAMES).enumerate() {
                for (sample, last) in frame.iter_mut().zip(self.last) {
                    let down = scale(last, gain(FADE_FRAMES - i));
                    *sample = scale(*sample, gain(i)).saturating_add(down);
                }
            }
        }
        self.silent = false;
        let (_, last) = samples.split_at(CHUNK_SAMPLES - CHANNELS);
        self.last.copy_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steepest(samples: &[i16]) -> i32 {
        let pairs = samples.iter().zip(&samples[CHANNELS..]);
        pairs.map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max().unwrap_or(0)
    }

    #[test]
    fn a_missing_chunk_is_silence_between_two_fades_without_a_step() {
        let mut fade = Fade::default();
        let loud = [20_000_i16; CHUNK_SAMPLES];
        let mut heard = Vec::new();
        for missing in [false, false, true, true, false] {
            let mut chunk = loud;
            if missing {
                fade.out(&mut chunk);
            } else {
                fade.pass(&mut chunk, false);
            }
            heard.extend_from_slice(&chunk);
        }
        assert!(heard[..CHUNK_SAMPLES * 2].iter().all(|s| *s == 20_000));
        assert!(heard[CHUNK_SAMPLES * 2 + 1_000..CHUNK_SAMPLES * 4].iter().all(|s| *s == 0));
        assert_eq!(heard[CHUNK_SAMPLES * 5 - 1], 20_000);
        assert!(steepest(&heard) < 100, "{}", steepest(&heard));
    }

    #[test]
    fn a_break_crosses_over_without_a_step() {
        let mut fade = Fade::default();
        let mut heard = Vec::new();
        for (level, broken) in [(10_000, false), (-10_000, true)] {
            let mut chunk = [level; CHUNK_SAMPLES];
            fade.pass(&mut chunk, broken);
            heard.extend_from_slice(&chunk);
        }
        assert!(steepest(&heard) < 100, "{}", steepest(&heard));
    }
}
