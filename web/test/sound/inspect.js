/**
 * Finds gaps and clicks in a recording of the mock station's sine, and measures its pitch.
 *
 * A sine obeys x[n+1] = 2 cos(w) x[n] − x[n−1]. What is left over is the quantisation's noise, until
 * something breaks the sine: a step of 0.01 leaves 0.01.
 */

/**
 * @typedef {object} Fault
 * @property {'gap' | 'click'} kind
 * @property {number} at_s
 * @property {number} size seconds of a gap; a click's height, or how far it stands out of the music
 */

const CLICK = 0.004;
/** A gap is this much quieter than its surroundings. */
const SILENT = 0.05;
const WINDOW_S = 0.005;

/**
 * @param {Float32Array} samples @param {number} rate hertz @param {number} hz the sine's
 * @returns {Fault[]} clicks closer than 10 ms count as one
 */
export function clicks(samples, rate, hz) {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
  /** @type {Fault[]} */
  const found = [];
  for (let n = 1; n < samples.length - 1; n += 1) {
    const size = Math.abs(samples[n + 1] + samples[n - 1] - turn * samples[n]);
    const at_s = n / rate;
    if (size < CLICK) continue;
    const last = found.at(-1);
    if (last && at_s - last.at_s < 0.01) last.size = Math.max(last.size, size);
    else found.push({ kind: 'click', at_s, size });
  }
  return found;
}

/** @param {Float32Array} samples @param {number} from @param {number} count */
function peak(samples, from, count) {
  let most = 0;
  for (let n = from; n < Math.min(samples.length, from + count); n += 1) {
    most = Math.max(most, Math.abs(samples[n]));
  }
  return most;
}

/**
 * Stretches that are silent, after the first sound, for at least 5 ms (5 ms is 2.2 periods of the sine).
 * @param {Float32Array} samples @param {number} rate @returns {Fault[]}
 */
export function gaps(samples, rate) {
  const window = Math.round(WINDOW_S * rate);
  const loud = peak(samples, 0, samples.length) * SILENT;
  /** @type {Fault[]} */
  const found = [];
  let heard = false;
  let silent_s = 0;
  for (let at = 0; at + window <= samples.length; at += Math.round(window / 2)) {
    const silent = peak(samples, at, window) < loud;
    if (!silent && silent_s > 0 && heard) {
      found.push({ kind: 'gap', at_s: at / rate - silent_s, size: silent_s + WINDOW_S / 2 });
    }
    silent_s = silent ? silent_s + WINDOW_S / 2 : 0;
    heard ||= !silent;
  }
  if (heard && silent_s > 0) {
    found.push({ kind: 'gap', at_s: samples.length / rate - silent_s, size: silent_s });
  }
  return found;
}

/** When the first sound comes, in seconds. @param {Float32Array} samples @param {number} rate */
export function onset_s(samples, rate) {
  const at = samples.findIndex((sample) => Math.abs(sample) > 0.001);
  return at < 0 ? NaN : at / rate;
}

/** @param {Float32Array} samples @param {number} from @param {number} to */
export function rms(samples, from = 0, to = samples.length) {
  let sum = 0;
  for (let n = from; n < to; n += 1) sum += samples[n] ** 2;
  return Math.sqrt(sum / Math.max(1, to - from));
}

/**
 * The sine's frequency, from its rising zero crossings, interpolated.
 * @param {Float32Array} samples @param {number} rate
 */
export function frequency(samples, rate) {
  let [first, last, count] = [NaN, NaN, -1];
  for (let n = 1; n < samples.length; n += 1) {
    if (samples[n - 1] < 0 && samples[n] >= 0) {
      last = n - samples[n] / (samples[n] - samples[n - 1]);
      if (count < 0) first = last;
      count += 1;
    }
  }
  return (count / (last - first)) * rate;
}
