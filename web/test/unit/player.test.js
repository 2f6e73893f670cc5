import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TARGET_FIRST_MS } from '../../client/player/controller.js';
import { clicks, frequency, gaps, onset_s, rms } from '../sound/inspect.js';
import { amplitude, LEFT_HZ, SAMPLE_RATE } from '../station/signal.js';
import { listen } from './virtual.js';

const LEVEL = amplitude(0.5) / Math.SQRT2;
/** When the fade-in is over. */
const SETTLED_S = 0.2;
const SETTLED = SETTLED_S * SAMPLE_RATE;

for (const outputRate of [44_100, 48_000, 96_000]) {
  test(`a quiet network plays without gap or click at ${outputRate} Hz, at its own level and pitch`, () => {
    const { player, left } = listen({ seconds: 10, outputRate });
    const music = left.subarray(SETTLED_S * outputRate);
    assert.deepEqual(gaps(music, outputRate), []);
    assert.deepEqual(clicks(music, outputRate, LEFT_HZ), []);
    assert.ok(Math.abs(rms(music) / LEVEL - 1) < 0.002, `level ${rms(music)} instead of ${LEVEL}`);
    assert.ok(Math.abs(1200 * Math.log2(frequency(music, outputRate) / LEFT_HZ)) < 0.5);
    assert.equal(player.underruns, 0);
  });
}

test('a join burst sounds within a chunk, with the same delay whenever one joins', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.099, noNaN: true }), (joined_s) => {
      const { player, left } = listen({ seconds: 2, joined_s });
      assert.ok(onset_s(left, SAMPLE_RATE) < 0.12);
      assert.ok(Math.abs(player.delay_ms - TARGET_FIRST_MS) < 15, `${player.delay_ms} ms`);
    }),
  );
});

for (const ppm of [-300, 300]) {
  test(`a station's clock off by ${ppm} ppm: ten minutes without underrun or skip, pitch within 2 cents`, () => {
    let worst = 0;
    const silent = new Int16Array(8820);
    const { player } = listen({
      seconds: 600,
      ppm,
      samples: silent,
      block: 1024,
      delay_s: (n) => ((n * 7919) % 40) / 1000,
      each: ({ steering }) => {
        worst = Math.max(worst, Math.abs(1200 * Math.log2(steering.rate / (1 + ppm / 1e6))));
      },
    });
    assert.equal(player.underruns, 0);
    assert.equal(player.skips, 0);
    assert.ok(worst <= 2, `pitch was off by ${worst.toFixed(2)} cents`);
    assert.ok(Math.abs(player.delay_ms - player.steering.target_ms) < 50, 'the delay keeps near its target');
  });
}

/** Chunks that come up to `busy_s` late, evenly: what a loaded machine adds on the way to the player. */
const moments = fc.record({
  joined_s: fc.double({ min: 0, max: 0.099, noNaN: true }),
  stalled_s: fc.double({ min: 0, max: 5, noNaN: true }),
  block: fc.constantFrom(128, 512, 1024, 2048),
  busy_s: fc.double({ min: 0, max: 0.04, noNaN: true }),
  salt: fc.integer({ min: 1, max: 1_000_000 }),
});
/** @param {number} n @param {number} salt @returns {number} 0 to 1 */
const chance = (n, salt) => Math.abs(Math.sin(n * 12.9898 + salt) * 43_758.5453) % 1;
/**
 * What is left at `due_s` of a stall of `length_s` that comes every 5 s.
 * @param {number} due_s @param {number} length_s
 */
const stall_s = (due_s, length_s) => Math.max(0, length_s - (due_s % 5));

test('delay of 80 ms with 40 ms of jitter makes no gap, on a loaded machine too', () => {
  fc.assert(
    fc.property(moments, ({ joined_s, block, busy_s, salt }) => {
      const delay_s = (/** @type {number} */ n) => 0.04 + 0.08 * chance(n, salt) + busy_s * chance(n, -salt);
      const { player, left } = listen({ seconds: 20, block, joined_s, delay_s });
      assert.deepEqual(gaps(left, SAMPLE_RATE), []);
      assert.deepEqual(clicks(left.subarray(SETTLED), SAMPLE_RATE, LEFT_HZ), []);
      assert.equal(player.underruns, 0);
    }),
    { numRuns: 40 },
  );
});

test('a stall of 250 ms every 5 s makes no gap, on a loaded machine too', () => {
  fc.assert(
    fc.property(moments, ({ joined_s, stalled_s, block, busy_s, salt }) => {
      const delay_s = (/** @type {number} */ n, /** @type {number} */ due_s) =>
        0.002 + stall_s(due_s + stalled_s, 0.25) + busy_s * chance(n, salt);
      const { player, left } = listen({ seconds: 20, block, joined_s, delay_s });
      assert.deepEqual(gaps(left, SAMPLE_RATE), []);
      assert.equal(player.underruns, 0);
    }),
    { numRuns: 40 },
  );
});

test('after ten quiet minutes a stall of 250 ms makes no gap', () => {
  const samples = new Int16Array(8820);
  const { player } = listen({
    seconds: 630,
    samples,
    block: 1024,
    delay_s: (_, due_s) => (due_s > 600 ? stall_s(due_s, 0.25) : 0),
  });
  assert.equal(player.underruns, 0);
});

test('after a hole the music goes on with the longer delay: stalls as long make no other', () => {
  const { player, left } = listen({ seconds: 60, delay_s: (_, due_s) => stall_s(due_s + 1, 0.45) });
  assert.equal(gaps(left, SAMPLE_RATE).length, 1);
  assert.equal(player.underruns, 1);
  assert.deepEqual(clicks(left.subarray(SETTLED), SAMPLE_RATE, LEFT_HZ), []);
});

test('an outage of 3 s makes one clean fade, and ends at the live edge', () => {
  const { player, left } = listen({
    seconds: 20,
    delay_s: (_, due_s) => (due_s > 5 && due_s < 8 ? 8 - due_s : 0.002),
  });
  const found = gaps(left, SAMPLE_RATE);
  assert.equal(found.length, 1);
  assert.ok(found[0].size < 3);
  assert.deepEqual(clicks(left.subarray(SETTLED), SAMPLE_RATE, LEFT_HZ), []);
  assert.equal(player.underruns, 1);
  assert.ok(player.delay_ms < 1000, `still ${player.delay_ms} ms behind`);
});

test('a backlog that comes in bit by bit is let in before the music goes on, near its target', () => {
  const { player, left } = listen({
    seconds: 12,
    block: 128,
    delay_s: (_, due_s) => (due_s > 5 && due_s < 8 ? (8 - due_s) * 0.96 : 0.002),
  });
  assert.equal(gaps(left, SAMPLE_RATE).length, 1);
  assert.ok(player.delay_ms < player.steering.target_ms + 100, `${player.delay_ms} ms behind`);
});

test('a planted hole and a planted step are found', () => {
  const { left } = listen({ seconds: 4 });
  left[100_000] += 0.01;
  left.fill(0, 120_000, 120_400);
  assert.equal(gaps(left, SAMPLE_RATE).length, 1);
  const found = clicks(left.subarray(SETTLED), SAMPLE_RATE, LEFT_HZ);
  assert.ok(found.some(({ at_s }) => Math.abs(at_s - (100_000 - SETTLED) / SAMPLE_RATE) < 0.001));
});

test('whatever the network does, no sample is out of range and every fade is clean', () => {
  const networks = fc.record({
    block: fc.constantFrom(128, 480, 1024, 4096),
    spread_s: fc.double({ min: 0, max: 1.2, noNaN: true }),
    outage_s: fc.double({ min: 0, max: 6, noNaN: true }),
    salt: fc.integer({ min: 1, max: 10_000 }),
  });
  fc.assert(
    fc.property(networks, ({ block, spread_s, outage_s, salt }) => {
      const wild = (/** @type {number} */ n) => ((n * n * 2654435761 * salt) % 1000) / 1000;
      const { player, left } = listen({
        seconds: 16,
        block,
        delay_s: (n, due_s) =>
          (wild(n) > 0.8 ? spread_s : 0) + (due_s > 6 && due_s < 6 + outage_s ? 6 + outage_s - due_s : 0),
      });
      for (const sample of left) assert.ok(Math.abs(sample) <= 0.45);
      // The sine fades over 30 ms: its own residue is 2e-3 at most.
      assert.deepEqual(clicks(left, SAMPLE_RATE, LEFT_HZ), []);
      assert.ok(player.steering.target_ms <= 2000);
    }),
    { numRuns: 25 },
  );
});
