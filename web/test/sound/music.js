/** Finds gaps and clicks in real music, where no sine tells them. */

/** @typedef {import('./inspect.js').Fault} Fault */

const HOLE_S = 0.005;
/** Below this there is nothing, not even the dither. */
const NOTHING = 5e-6;
/** A step stands out of all fourth differences around it by this factor, */
const OUTSTANDING = 4;
/** and is at least this high: −60 dB. */
const STEP = 0.001;
/** Around: this far, but not this near. A bright tone has a corner in each of its periods. */
const FAR_S = 0.025;
const NEAR_S = 0.001;

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
    if (heard && quiet > HOLE_S * rate) found.push({ kind: 'gap', at_s: (n - quiet) / rate, size: quiet / rate });
    heard = true;
    quiet = 0;
  }
  return found;
}

/**
 * Steps, by their fourth difference: smooth music has almost none, a step has three times its height,
 * and stands alone.
 * @param {Float32Array} samples @param {number} rate @returns {Fault[]}
 */
export function steps(samples, rate) {
  const sharp = new Float32Array(samples.length);
  for (let n = 2; n < samples.length - 2; n += 1) {
    sharp[n] = Math.abs(samples[n - 2] - 4 * samples[n - 1] + 6 * samples[n] - 4 * samples[n + 1] + samples[n + 2]);
  }
  const [far, near] = [Math.round(FAR_S * rate), Math.round(NEAR_S * rate)];
  const most = (/** @type {number} */ from, /** @type {number} */ to) => {
    let found = 0;
    for (let n = Math.max(0, from); n < Math.min(sharp.length, to); n += 1) found = Math.max(found, sharp[n]);
    return found;
  };
  /** @type {Fault[]} */
  const found = [];
  for (let n = far; n < sharp.length - far; n += 1) {
    const height = sharp[n] / 3;
    if (height < STEP || sharp[n] < most(n - near, n + near)) continue;
    const around = Math.max(most(n - far, n - near), most(n + near, n + far));
    if (sharp[n] > OUTSTANDING * around) found.push({ kind: 'click', at_s: n / rate, size: height });
  }
  return found;
}
