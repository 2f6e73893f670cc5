import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  RATE_EVER,
  RATE_NORMAL,
  RATE_SLEW_PER_S,
  steer,
  steering,
  TARGET_MAX_MS,
  TARGET_MIN_MS,
} from '../../client/player/controller.js';

const seen = fc.record({
  delay_ms: fc.oneof(fc.double({ min: -5000, max: 10_000, noNaN: true }), fc.constant(NaN)),
  late_ms: fc.double({ min: 0, max: 2560, noNaN: true }),
  peak_ms: fc.double({ min: 0, max: 5000, noNaN: true }),
  live: fc.boolean(),
  underruns: fc.integer({ min: 0, max: 3 }),
  elapsed_s: fc.double({ min: 0.05, max: 0.2, noNaN: true }),
});

test('whatever it sees, target and rate stay in range and the rate moves slowly', () => {
  fc.assert(
    fc.property(fc.array(seen, { maxLength: 400 }), (story) => {
      let now = steering();
      for (const moment of story) {
        const next = steer(now, moment);
        assert.ok(next.target_ms >= TARGET_MIN_MS && next.target_ms <= TARGET_MAX_MS);
        assert.ok(Math.abs(next.rate - 1) <= RATE_EVER + 1e-12);
        assert.ok(Math.abs(next.rate - now.rate) <= RATE_SLEW_PER_S * moment.elapsed_s + 1e-12);
        now = next;
      }
    }),
  );
});

test('within 300 ms of the target the rate keeps to its normal range', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -300, max: 300, noNaN: true }), { maxLength: 600 }), (errors) => {
      let now = steering();
      for (const error of errors) {
        now = steer(now, {
          delay_ms: now.target_ms + error,
          late_ms: 100,
          peak_ms: 100,
          live: true,
          underruns: 0,
          elapsed_s: 0.05,
        });
        assert.ok(Math.abs(now.rate - 1) <= RATE_NORMAL + 1e-5);
      }
    }),
  );
});

test('an underrun raises the target by 100 ms at once, and quiet brings it back slowly', () => {
  const before = { ...steering(), settled: true };
  const quiet = { delay_ms: 400, late_ms: 20, peak_ms: 20, live: true, underruns: 0, elapsed_s: 0.05 };
  const after = steer(before, { ...quiet, underruns: 1 });
  assert.equal(after.target_ms, before.target_ms + 100 - 0.025);
  let later = after;
  for (let i = 0; i < 20; i += 1) later = steer(later, quiet);
  assert.ok(later.target_ms > after.target_ms - 2, 'a second takes no more than 2 ms off');
  for (let i = 0; i < 24_000; i += 1) later = steer(later, { ...quiet, delay_ms: later.target_ms });
  assert.equal(later.target_ms, TARGET_MIN_MS);
});

test('the first delay is taken for the target, so that the music begins at its own pitch', () => {
  fc.assert(
    fc.property(fc.double({ min: TARGET_MIN_MS, max: 500, noNaN: true }), (delay_ms) => {
      let now = steering();
      now = steer(now, { delay_ms: 100, late_ms: 0, peak_ms: 0, live: false, underruns: 0, elapsed_s: 0.05 });
      now = steer(now, { delay_ms, late_ms: 10, peak_ms: 10, live: true, underruns: 0, elapsed_s: 0.05 });
      assert.ok(Math.abs(now.target_ms - delay_ms) < 0.1);
      assert.ok(Math.abs(now.rate - 1) < 1e-6);
    }),
  );
});

test('the target stays above the late arrivals', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1700, noNaN: true }), (late_ms) => {
      const now = steer(steering(), {
        delay_ms: NaN,
        late_ms,
        peak_ms: 0,
        live: true,
        underruns: 0,
        elapsed_s: 0.05,
      });
      assert.ok(now.target_ms >= late_ms + 100);
    }),
  );
});
