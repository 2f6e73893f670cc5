/**
 * The mock station's music: a sine on each side, exactly periodic in the stream's frames, so that a
 * tap can tell every gap, click and wrong pitch. `intensity` sets its level.
 */

export const SAMPLE_RATE = 44_100;
export const CHUNK_FRAMES = 4410;
/** Whole periods fit a chunk: 44 and 66 of them. */
export const LEFT_HZ = 440;
export const RIGHT_HZ = 660;

/** @param {number} intensity 0 to 1 */
export const amplitude = (intensity) => 0.1 + 0.4 * intensity;

/**
 * @param {number} from intensity at the chunk's start
 * @param {number} to and at its end
 * @returns {Int16Array} interleaved stereo
 */
export function chunk(from, to) {
  const samples = new Int16Array(CHUNK_FRAMES * 2);
  for (let i = 0; i < CHUNK_FRAMES; i += 1) {
    const turn = (2 * Math.PI * i) / SAMPLE_RATE;
    const level = amplitude(from + ((to - from) * i) / CHUNK_FRAMES) * 32767;
    samples[2 * i] = Math.round(Math.sin(turn * LEFT_HZ) * level);
    samples[2 * i + 1] = Math.round(Math.sin(turn * RIGHT_HZ) * level);
  }
  return samples;
}
