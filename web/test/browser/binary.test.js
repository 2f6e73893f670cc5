/**
 * The whole way, from the real program to the speakers. AEOLIAN_BIN names the program.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { onset_s, rms } from '../sound/inspect.js';
import { holes, steps } from '../sound/music.js';
import { launch } from './chromium.js';
import { onFitMachine } from './fit.js';
import { Listener } from './listener.js';

const START_MS = 20_000;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('node:child_process').ChildProcess} */
let server;
/** @type {string} */
let address;

/** Starts the program and reads the address that it prints. @returns {Promise<string>} */
function serve() {
  const program = process.env.AEOLIAN_BIN;
  assert.ok(program, 'set AEOLIAN_BIN to the aeolian program, such as target/release/aeolian');
  server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--seed', '7'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((done, fail) => {
    let said = '';
    const hear = (/** @type {Buffer} */ bytes) => {
      said += bytes;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found) done(found[0]);
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.on('error', (error) => fail(new Error(`AEOLIAN_BIN does not start: ${error.message}`)));
    server.on('exit', (code) => fail(new Error(`the program ended with ${code}: ${said}`)));
    setTimeout(() => fail(new Error(`the program printed no address: ${said}`)), START_MS).unref();
  });
}

/** Steers the station as another program would. @param {object} change */
async function steer(change) {
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${address}/api/control`, {
    method: 'POST',
    headers,
    body: JSON.stringify(change),
  });
  assert.equal(status, 200);
}

/**
 * What is wrong after the fade-in: the tap may join a little after the first sound.
 * @param {Float32Array} samples @param {number} rate
 */
function faults(samples, rate) {
  const music = samples.subarray(Math.round((onset_s(samples, rate) + 0.05) * rate));
  return [...holes(music, rate), ...steps(music, rate)];
}

/**
 * How loud the differences are beside the samples.
 * @param {Float32Array} samples @param {number} from @param {number} to
 */
function brightness_db(samples, from, to) {
  const differences = samples.map((sample, n) => sample - (samples[n - 1] ?? 0));
  return 20 * Math.log10(rms(differences, from, to) / rms(samples, from, to));
}

before(async () => {
  address = await serve();
  browser = await launch();
});
after(async () => {
  server?.removeAllListeners('exit');
  server?.kill('SIGINT');
  await browser?.close();
});

describe('the real program', () => {
  test(
    'sound within 500 ms of the click, in the median of five',
    onFitMachine(async () => {
      const firsts_ms = [];
      for (let i = 0; i < 5; i += 1) {
        const listener = await Listener.open(browser, address, { format: 'auto' });
        await listener.play();
        await listener.listen(1.5);
        const { left, rate, start_ms, clicked_ms } = await listener.recording();
        await listener.leave();
        firsts_ms.push(Math.round(start_ms + onset_s(left, rate) * 1000 - clicked_ms));
      }
      firsts_ms.sort((a, b) => a - b);
      console.log(`click to sound: ${firsts_ms.join(', ')} ms`);
      assert.ok(firsts_ms[2] < 500, `${firsts_ms[2]} ms`);
    }),
  );

  test(
    'Play: 20 s without gap or click, and brightness is heard',
    onFitMachine(async () => {
      await steer({ brightness: 0.5 });
      const listener = await Listener.open(browser, address, { format: 'auto' });
      await listener.play();
      await listener.listen(10);
      await listener.page.focus('#line-brightness');
      await listener.page.keyboard.press('Home');
      await listener.listen(11);
      const health = await listener.health();
      const { left, right, rate, start_ms, input_ms } = await listener.recording();
      await listener.leave();
      assert.ok(left.length >= 20 * rate);
      for (const side of [left, right]) assert.deepEqual(faults(side, rate), []);
      assert.equal(health.underruns, 0);
      assert.deepEqual(listener.complaints, []);
      const turn = Math.round(((input_ms - start_ms) / 1000) * rate);
      const before_db = brightness_db(left, turn - 6 * rate, turn);
      const after_db = brightness_db(left, turn + 4 * rate, turn + 10 * rate);
      assert.ok(
        after_db < before_db - 1,
        `${before_db.toFixed(1)} dB before, ${after_db.toFixed(1)} dB after`,
      );
    }),
  );

  for (const format of /** @type {const} */ (['json', 'pcm', 'opus'])) {
    test(
      `as ${format} it plays without gap or click, and the score stays in time`,
      onFitMachine(async () => {
        const listener = await Listener.open(browser, address, { rate: 48_000, format });
        await listener.play();
        await listener.listen(8);
        const health = await listener.health();
        const { left, rate } = await listener.recording();
        await listener.leave();
        assert.equal(health.format, format);
        assert.equal(health.phase, 'playing');
        assert.ok(left.length > 7 * rate);
        assert.deepEqual(faults(left, rate), []);
        assert.ok(health.latency_ms < 900, `${health.latency_ms} ms`);
      }),
    );
  }

  test(
    'a control is heard within 900 ms, and the shares of the way are known',
    onFitMachine(async () => {
      const listener = await Listener.open(browser, address, { format: 'auto' });
      await listener.play();
      await steer({ parts: { pad: 0, melody: 0, bass: 0, percussion: 0, texture: 0 } });
      // Until the reverberation is gone as well.
      await listener.listen(8);
      const answered = listener.page.evaluate(
        () =>
          new Promise((done) => {
            const { aeolian: station } = /** @type {any} */ (window);
            station.addEventListener(
              'state',
              (/** @type {CustomEvent} */ { detail }) => {
                const { delay_ms } = station.output.report;
                done({
                  at_ms: performance.timeOrigin + performance.now(),
                  delay_ms,
                  output_ms: station.health.output_ms,
                  still_ms: ((detail.frame - station.frame) / 44_100) * 1000,
                });
              },
              { once: true },
            );
          }),
      );
      await listener.page.focus('#parts-pad');
      await listener.page.keyboard.press('End');
      const { at_ms, delay_ms, output_ms, still_ms } = /** @type {any} */ (await answered);
      await listener.listen(3);
      const { left, rate, start_ms, input_ms } = await listener.recording();
      await listener.leave();
      await steer({ parts: { pad: 1, melody: 1, bass: 1, percussion: 1, texture: 1 } });
      const from = Math.round(((input_ms - start_ms) / 1000) * rate);
      const heard_ms = onset_s(left.subarray(from), rate) * 1000;
      const shares = {
        'control to its answer': at_ms - input_ms,
        'until it is on the wire': still_ms - delay_ms - output_ms,
        'jitter buffer': delay_ms,
        'output device': output_ms,
        'fade-in of the sound': heard_ms - (at_ms - input_ms) - still_ms,
      };
      const list = Object.entries(shares)
        .map(([name, ms]) => `${name} ${ms.toFixed(0)}`)
        .join(', ');
      console.log(`control to ear: ${heard_ms.toFixed(0)} ms (${list})`);
      assert.ok(heard_ms < 900, `${heard_ms.toFixed(0)} ms: ${list}`);
      assert.ok(Math.abs(shares['fade-in of the sound']) < 100, `the shares do not add up: ${list}`);
    }),
  );

  test('a step of 0.02 planted anywhere in the music is found, and so is a hole', async () => {
    const listener = await Listener.open(browser, address, { rate: 48_000, format: 'pcm' });
    await listener.play();
    await listener.listen(12);
    const { left, rate } = await listener.recording();
    await listener.leave();
    for (let at_s = 2; at_s < 11; at_s += 0.25) {
      const [from, step] = [Math.round((at_s - 0.1) * rate), Math.round(at_s * rate)];
      const piece = left.slice(from, from + Math.round(0.2 * rate));
      assert.deepEqual(steps(piece, rate), [], `a false alarm near ${at_s} s`);
      for (let n = step - from; n < piece.length; n += 1) piece[n] += 0.02;
      const found = steps(piece, rate);
      assert.equal(found.length, 1, `the step at ${at_s} s`);
      assert.ok(Math.abs(found[0].at_s - 0.1) < 0.001, `found at ${found[0].at_s} s`);
    }
    left.fill(0, 5 * rate, 5 * rate + 300);
    assert.equal(holes(left, rate).length, 1);
  });

  test('the page is complete: chord, bar, controls and every file that it asks for', async () => {
    const page = await (await browser.newContext()).newPage();
    /** @type {string[]} */
    const wrong = [];
    page.on('response', (response) => {
      if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
    });
    page.on('console', (message) => {
      if (message.type() === 'error') wrong.push(message.text());
    });
    await page.goto(address);
    await page.click('#play');
    await page.waitForSelector('#numeral:not(:empty)');
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    await page.focus('#line-bpm');
    await page.keyboard.press('End');
    await page.waitForFunction(async () => (await (await fetch('/api/status')).json()).state.bpm === 120);
    await page.goto(`${address}/embed`);
    await page.click('aeolian-player button');
    await page.waitForFunction(
      () =>
        document.querySelector('aeolian-player')?.shadowRoot?.querySelector('.health')?.textContent ===
        'smooth',
    );
    assert.deepEqual(wrong, []);
    await page.context().close();
  });
});
