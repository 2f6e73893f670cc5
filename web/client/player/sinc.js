/**
 * Sample-rate conversion by windowed-sinc interpolation: a Kaiser-windowed sinc of 32 taps, its
 * phases in a table with linear interpolation between them.
 *
 * Source: J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/. With
 * 512 phases the interpolation error lies below −100 dB; the Kaiser window with β = 9 puts the stop
 * band at −90 dB.
 */

/** @typedef {import('./timeline.js').Timeline} Timeline */

export const TAPS = 32;
/** Frames that must lie after a position before it can be read. */
export const REACH_FRAMES = TAPS / 2;
const PHASES = 512;
const KAISER_BETA = 9;
/** Where the pass band ends, as a share of the lower of the two Nyquist frequencies. */
const PASS_BAND = 0.93;

/**
 * Modified Bessel function of the first kind, order 0, by its power series.
 * @param {number} x
 */
function besselI0(x) {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** @param {number} x */
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

export class Sinc {
  /**
   * @param {number} ratio source frames for one output frame, about 1
   */
  constructor(ratio) {
    const cutoff = PASS_BAND * Math.min(1, 1 / ratio);
    this.table = new Float32Array((PHASES + 1) * TAPS);
    for (let phase = 0; phase <= PHASES; phase += 1) {
      let sum = 0;
      const row = this.table.subarray(phase * TAPS, (phase + 1) * TAPS);
      for (let tap = 0; tap < TAPS; tap += 1) {
        const x = tap - (REACH_FRAMES - 1) - phase / PHASES;
        const edge = x / REACH_FRAMES;
        const window = Math.abs(edge) < 1 ? besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge)) : 0;
        row[tap] = sinc(x * cutoff) * window;
        sum += row[tap];
      }
      // Every phase passes a constant unchanged: no phase is louder than another.
      for (let tap = 0; tap < TAPS; tap += 1) row[tap] /= sum;
    }
  }

  /**
   * Fills `count` output frames from `position` on, `step` source frames apart. All positions up to
   * the last plus REACH_FRAMES must have been written.
   * @param {Timeline} timeline
   * @param {number} position
   * @param {number} step
   * @param {Float32Array} outLeft
   * @param {Float32Array} outRight
   * @param {number} count
   */
  render(timeline, position, step, outLeft, outRight, count) {
    const { left, right, mask } = timeline;
    const table = this.table;
    for (let i = 0; i < count; i += 1) {
      const at = position + i * step;
      const whole = Math.floor(at);
      const phase = (at - whole) * PHASES;
      const low = Math.floor(phase);
      const mix = phase - low;
      let row = low * TAPS;
      let [sumLeft, sumRight] = [0, 0];
      for (let tap = whole - REACH_FRAMES + 1; tap <= whole + REACH_FRAMES; tap += 1, row += 1) {
        const weight = table[row] + mix * (table[row + TAPS] - table[row]);
        sumLeft += weight * left[tap & mask];
        sumRight += weight * right[tap & mask];
      }
      outLeft[i] = sumLeft;
      outRight[i] = sumRight;
    }
  }
}
