/** Finds gaps and clicks in real music, where no sine tells them. */

/** @typedef {import('./inspect.js').Fault} Fault */

const HOLE_S = 0.005;
/** Below this there is nothing, not even the dither. */
const NOTHING = 5e-6;
/**
 * Differences taken: they weigh the top of the spectrum, where a step has as much as anywhere and music
 * next to nothing.
 */
const ORDER = 20;
/** Frames before and after that are a step's surroundings, and those too near to be. */
const [WINDOW, NEAR] = [512, ORDER + 4];
/** Music stays below 8 times the level of its surroundings; a step of 0.02 in a calm piece reaches 15. */
const OUTSTANDING = 9;
/** Steps closer than this count as one. */
const APART_S = 0.01;

/**
 * Stretches after the first sound that hold nothing at all.
 * @param {Float32Array} samples @param {number} rate @returns {Fault[]}
 */
export function holes(samples, rate) {
  /** @type {Fault[]} */
  const found = [];
  let quiet = 0;
  let heard = false;
  for (let n = 0; n <= samples.length; n += 1) {
    if (n < samples.length && Math.abs(samples[n]) < NOTHING) {
      quiet += 1;
      continue;
    }
    if (heard && quiet > HOLE_S * rate) {
      found.push({ kind: 'gap', at_s: (n - quiet) / rate, size: quiet / rate });
    }
    heard = true;
    quiet = 0;
  }
  return found;
}

/**
 * Steps: where the twentieth difference stands out of what it is 12 ms before and after. Finds one of
 * 0.02 in all but the brightest music.
 * @param {Float32Array} samples @param {number} rate @returns {Fault[]}
 */
export function steps(samples, rate) {
  const sharp = Float64Array.from(samples);
  const count = samples.length - ORDER;
  for (let order = 1; order <= ORDER; order += 1) {
    for (let n = 0; n < samples.length - order; n += 1) sharp[n] = sharp[n + 1] - sharp[n];
  }
  const energy = new Float64Array(count + 1);
  for (let n = 0; n < count; n += 1) energy[n + 1] = energy[n] + sharp[n] ** 2;
  const level = (/** @type {number} */ from, /** @type {number} */ to) =>
    Math.sqrt((energy[to] - energy[from]) / (to - from));
  /** @type {Fault[]} */
  const found = [];
  for (let n = WINDOW; n < count - WINDOW; n += 1) {
    const around = Math.max(level(n - WINDOW, n - NEAR), level(n + NEAR, n + WINDOW));
    const size = Math.abs(sharp[n]) / around;
    if (!(size > OUTSTANDING)) continue;
    const at_s = (n + ORDER / 2) / rate;
    const last = found.at(-1);
    if (last && at_s - last.at_s < APART_S) last.size = Math.max(last.size, size);
    else found.push({ kind: 'click', at_s, size });
  }
  return found;
}
