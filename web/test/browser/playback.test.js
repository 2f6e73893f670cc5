/** What reaches the speakers, from a station whose music is a sine. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clicks, gaps, onset_s, rms } from '../sound/inspect.js';
import { ChaosProxy } from '../station/chaos.js';
import { MockStation } from '../station/mock.js';
import { amplitude, LEFT_HZ, RIGHT_HZ } from '../station/signal.js';
import { launch } from './chromium.js';
import { onFitMachine } from './fit.js';
import { Listener } from './listener.js';

/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * @param {(address: string, station: MockStation) => Promise<void>} play
 * @param {ConstructorParameters<typeof MockStation>[0]} [options]
 */
const withStation = (play, options) =>
  onFitMachine(async () => {
    const station = new MockStation(options);
    try {
      await play(await station.start(), station);
    } finally {
      await station.stop();
    }
  });

/**
 * @param {import('../station/chaos.js').Weather} weather
 * @param {(address: string, proxy: ChaosProxy, station: MockStation) => Promise<void>} play
 */
const withChaos = (weather, play) =>
  withStation(async (address, station) => {
    const proxy = new ChaosProxy(address, weather);
    try {
      await play(await proxy.start(), proxy, station);
    } finally {
      proxy.stop();
    }
  });

/**
 * What there is between the first sound and the end.
 * @param {import('./listener.js').Recording} recording
 */
function faults({ left, right, rate }) {
  const from = Math.round((onset_s(left, rate) + 0.05) * rate);
  const [musicLeft, musicRight] = [left.subarray(from), right.subarray(from)];
  return {
    gaps: gaps(musicLeft, rate),
    clicks: [...clicks(musicLeft, rate, LEFT_HZ), ...clicks(musicRight, rate, RIGHT_HZ)],
  };
}

describe('playback', { concurrency: 1 }, () => {
  for (const rate of [44_100, 48_000]) {
    test(
      `60 s on a device of ${rate} Hz: sound soon after the click, no gap, no click, the level right`,
      withStation(async (address) => {
        const listener = await Listener.open(browser, address, { rate });
        await listener.play();
        await listener.listen(61);
        const recording = await listener.recording();
        const health = await listener.health();
        await listener.leave();
        assert.deepEqual(faults(recording), { gaps: [], clicks: [] });
        const { left, start_ms, clicked_ms } = recording;
        const first_ms = start_ms + onset_s(left, rate) * 1000 - clicked_ms;
        assert.ok(first_ms < 1000, `the first sound came ${first_ms.toFixed(0)} ms after the click`);
        const level = rms(left, rate, 55 * rate) / (amplitude(0.5) / Math.SQRT2);
        assert.ok(Math.abs(20 * Math.log10(level)) < 0.1, `level off by ${20 * Math.log10(level)} dB`);
        assert.equal(health.phase, 'playing');
        assert.equal(health.engine, 'worklet');
        assert.equal(health.underruns, 0);
        assert.deepEqual(listener.complaints, []);
      }),
    );
  }

  test(
    'a click and a gap that the station plants are found',
    withStation(async (address, station) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(3);
      station.plant = 'click';
      await listener.listen(2);
      station.plant = 'gap';
      await listener.listen(2);
      const recording = await listener.recording();
      await listener.leave();
      const found = faults(recording);
      assert.equal(found.gaps.length, 1);
      assert.ok(found.clicks.length >= 2);
    }),
  );

  test(
    'delay of 80 ms with 40 ms of jitter: no gap in a minute',
    withChaos({ delay_ms: 80, jitter_ms: 40 }, async (address) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(61);
      const recording = await listener.recording();
      await listener.leave();
      assert.deepEqual(faults(recording), { gaps: [], clicks: [] });
    }),
  );

  test(
    'a stall of 250 ms every 5 s: no gap in a minute',
    withChaos({ delay_ms: 2, stall_ms: 250, stall_every_ms: 5000 }, async (address) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(61);
      const recording = await listener.recording();
      await listener.leave();
      assert.deepEqual(faults(recording), { gaps: [], clicks: [] });
    }),
  );

  test(
    'an outage of 3 s: one clean fade, and then the live edge',
    withChaos({}, async (address, proxy) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(8);
      proxy.outage(3000);
      await listener.listen(12);
      const recording = await listener.recording();
      const { latency_ms } = await listener.health();
      await listener.leave();
      const found = faults(recording);
      assert.deepEqual(found.clicks, []);
      assert.equal(found.gaps.length, 1);
      assert.ok(found.gaps[0].size < 3.2, `silent for ${found.gaps[0].size} s`);
      assert.ok(latency_ms < 1000, `${latency_ms} ms behind`);
    }),
  );

  test(
    'a reset: at most one clean fade, and the live edge again within 2 s',
    withChaos({}, async (address, proxy) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(8);
      proxy.reset();
      await listener.listen(2);
      const { phase, latency_ms } = await listener.health();
      assert.equal(phase, 'playing');
      assert.ok(latency_ms < 1000, `${latency_ms} ms behind`);
      await listener.listen(5);
      const recording = await listener.recording();
      await listener.leave();
      const found = faults(recording);
      assert.deepEqual(found.clicks, []);
      assert.ok(found.gaps.length <= 1);
    }),
  );

  test(
    'a control is heard within 900 ms, and the latency shown is the true one within 30 ms',
    withStation(async (address, station) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(4);
      const { latency_ms } = await listener.health();
      await listener.page.focus('#line-intensity');
      await listener.page.keyboard.press('End');
      await listener.listen(3);
      const { left, rate, start_ms, input_ms } = await listener.recording();
      await listener.leave();
      const change = station.log.find((_, i) => station.levels[i] === 1);
      assert.ok(change, 'the station took the change');
      // The level rises over one chunk: its middle is 50 ms after the chunk's first frame.
      const middle = (amplitude(0.5) + amplitude(1)) / 2;
      const at = left.findIndex((sample, n) => n > rate && Math.abs(sample) > middle);
      const heard_ms = start_ms + (at / rate) * 1000;
      const truth_ms = heard_ms - 50 - change.due_ms;
      assert.ok(
        Math.abs(truth_ms - latency_ms) < 30,
        `shown ${latency_ms.toFixed(0)} ms, true ${truth_ms.toFixed(0)} ms`,
      );
      assert.ok(heard_ms - input_ms < 900, `heard after ${heard_ms - input_ms} ms`);
    }),
  );

  /** Longer than what the buffer has become the time before. */
  const HELD_UP_MS = [700, 1000, 1300];

  test(
    'what holds the music up is called by its name: a slow network',
    withChaos({}, async (address, proxy) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(3);
      for (const ms of HELD_UP_MS) {
        proxy.outage(ms);
        await listener.listen(3);
      }
      const { words } = await listener.health();
      await listener.leave();
      assert.match(words, /^network is slow: buffering/);
    }),
  );

  test(
    'what holds the music up is called by its name: a busy device',
    withStation(async (address) => {
      const listener = await Listener.open(browser, address);
      await listener.play();
      await listener.listen(3);
      for (const ms of HELD_UP_MS) {
        await listener.page.workers()[0].evaluate((length_ms) => {
          const end_ms = performance.now() + length_ms;
          while (performance.now() < end_ms);
        }, ms);
        await listener.listen(3);
      }
      const { words } = await listener.health();
      await listener.leave();
      assert.match(words, /^this device is busy: buffering/);
    }),
  );

  test(
    'on plain HTTP under a host name the fallback plays 30 s without a gap over 5 ms',
    withStation(async (address) => {
      const named = address.replace('127.0.0.1', 'station.test');
      const listener = await Listener.open(browser, named);
      await listener.play();
      await listener.listen(31);
      const { left, rate } = await listener.recording();
      const { engine } = await listener.health();
      await listener.leave();
      assert.equal(engine, 'script');
      const from = Math.round((onset_s(left, rate) + 0.1) * rate);
      assert.deepEqual(
        gaps(left.subarray(from), rate).filter(({ size }) => size > 0.005),
        [],
      );
      assert.ok(left.length - from > 28 * rate);
    }),
  );
});
