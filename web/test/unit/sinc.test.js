import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sinc } from '../../client/player/sinc.js';
import { Timeline } from '../../client/player/timeline.js';

const RATE = 44_100;
const COUNT = 8192;

/** The output for a sine of full scale at `hz`, in a timeline. @param {number} hz @param {number} step */
function resample(hz, step) {
  const timeline = new Timeline();
  for (let i = 0; i < timeline.left.length; i += 1) {
    timeline.left[i] = timeline.right[i] = Math.sin((2 * Math.PI * hz * i) / RATE);
  }
  const [left, right] = [new Float32Array(COUNT), new Float32Array(COUNT)];
  new Sinc(step).render(timeline, 1000.25, step, left, right, COUNT);
  return left.map((sample, i) => sample - Math.sin((2 * Math.PI * hz * (1000.25 + i * step)) / RATE));
}

/** @param {Float32Array} error */
const worst_db = (error) => 20 * Math.log10(error.reduce((most, e) => Math.max(most, Math.abs(e)), 0));

for (const step of [1, 1.001, 44_100 / 48_000, 0.9995]) {
  for (const hz of [50, 1000, 8000, 14_000]) {
    test(`${hz} Hz read at a step of ${step.toFixed(4)} is off by less than −80 dB`, () => {
      assert.ok(worst_db(resample(hz, step)) < -80, `${worst_db(resample(hz, step)).toFixed(1)} dB`);
    });
  }
}

test('a constant stays what it is at every phase', () => {
  const timeline = new Timeline();
  timeline.left.fill(0.5);
  timeline.right.fill(-0.5);
  const [left, right] = [new Float32Array(COUNT), new Float32Array(COUNT)];
  new Sinc(1).render(timeline, 500, 0.9173, left, right, COUNT);
  for (const sample of left) assert.ok(Math.abs(sample - 0.5) < 1e-6);
  for (const sample of right) assert.ok(Math.abs(sample + 0.5) < 1e-6);
});
