/** Finds gaps and clicks in real music, where no sine tells them. */

/** @typedef {import('./inspect.js').Fault} Fault */

const HOLE_S = 0.005;
/** Below this there is nothing, not even the dither. */
const NOTHING = 5e-6;
const AROUND = 512;
/** A step stands out of the music's own fourth differences by this factor, */
const OUTSTANDING = 30;
/** and is at least this high: −60 dB. */
const STEP = 0.001;

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
 * Steps, by their fourth difference: smooth music has almost none, a step has six times its height.
 * @param {Float32Array} samples @param {number} rate @returns {Fault[]}
 */
export function steps(samples, rate) {
  const sharp = new Float32Array(samples.length);
  for (let n = 2; n < samples.length - 2; n += 1) {
    sharp[n] = Math.abs(samples[n - 2] - 4 * samples[n - 1] + 6 * samples[n] - 4 * samples[n + 1] + samples[n + 2]);
  }
  /** @type {Fault[]} */
  const found = [];
  for (let at = 0; at + AROUND <= sharp.length; at += AROUND) {
    const near = sharp.subarray(Math.max(0, at - AROUND), at + 2 * AROUND);
    const usual = Float32Array.from(near).sort()[near.length >> 1];
    for (let n = at; n < at + AROUND; n += 1) {
      const height = sharp[n] / 6;
      if (height < STEP || sharp[n] < OUTSTANDING * usual) continue;
      const at_s = n / rate;
      const last = found.at(-1);
      if (last && at_s - last.at_s < 0.01) last.size = Math.max(last.size, height);
      else found.push({ kind: 'click', at_s, size: height });
    }
  }
  return found;
}
