import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Blame } from '../../client/blame.js';

test("late music is the network's fault while every thread of the device is in time", () => {
  const blame = new Blame();
  blame.suffered(10);
  assert.equal(blame.culprit, 'network');
});

test("late music is the device's fault when a thread was late about then, told before or after", () => {
  fc.assert(
    fc.property(fc.double({ min: -1.9, max: 1.9, noNaN: true }), (apart_s) => {
      const blame = new Blame();
      if (apart_s < 0) blame.busy(10 + apart_s);
      blame.suffered(10);
      if (apart_s >= 0) blame.busy(10 + apart_s);
      assert.equal(blame.culprit, 'device');
      blame.suffered(60);
      assert.equal(blame.culprit, 'network', 'what was long ago says nothing about now');
      blame.busy(90);
      assert.equal(blame.culprit, 'network', 'and what comes long after neither');
    }),
  );
});

/**
 * Half a minute of comparing, twenty times a second.
 * @param {Blame} blame @param {(now_s: number) => number} audio_s
 * @returns {boolean} whether the sound was torn at any time
 */
function compared(blame, audio_s) {
  let torn = false;
  for (let now_s = 100; now_s < 130; now_s += 0.05) {
    blame.compare(now_s, audio_s(now_s));
    torn ||= blame.torn(now_s);
  }
  return torn;
}

test('an audio clock that is skewed, and served in blocks at odd times, tells of no tear', () => {
  fc.assert(
    fc.property(fc.integer({ min: -300, max: 300 }), fc.integer({ min: 1, max: 9999 }), (ppm, salt) => {
      const late_s = (/** @type {number} */ now_s) => 0.03 * Math.abs(Math.sin(now_s * salt));
      assert.equal(
        compared(new Blame(), (now_s) => (now_s - late_s(now_s)) * (1 + ppm / 1e6)),
        false,
      );
    }),
  );
});

test('an audio clock that has lost 60 ms tells of a torn sound, and for ten seconds', () => {
  const blame = new Blame();
  assert.equal(
    compared(blame, (now_s) => (now_s < 115 ? now_s : now_s - 0.06)),
    true,
  );
  assert.equal(blame.torn(118), true);
  assert.equal(blame.torn(130), false);
  blame.suffered(116);
  assert.equal(blame.culprit, 'device');
});

test('a device that slept, or was paused, is not called busy', () => {
  assert.equal(
    compared(new Blame(), (now_s) => (now_s < 115 ? now_s : now_s - 400)),
    false,
  );
  const paused = new Blame();
  compared(paused, (now_s) => now_s);
  paused.restart();
  assert.equal(
    compared(paused, (now_s) => now_s - 1),
    false,
  );
});
