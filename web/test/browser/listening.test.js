/** Listening on the page: what sounds is shown, kept and let go, whatever becomes of the connection. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { clicks, rms } from '../sound/inspect.js';
import { amplitude, LEFT_HZ } from '../station/signal.js';
import { address, healthSays, open, play, start, station, until } from './visit.js';

describe('listening on the page', () => {
  test('what sounds is shown when it is heard', async () => {
    const page = await open();
    await page.evaluate(() => {
      /** @type {number[]} */
      const bars = [];
      Object.assign(window, { bars });
      const { aeolian } = /** @type {any} */ (window);
      aeolian.addEventListener('score', (/** @type {any} */ { detail }) => bars.push(detail.frame));
    });
    await play(page);
    await page.waitForSelector('#numeral:not(:empty)');
    const { shown, bars } = await page.evaluate(async () => {
      const where = document.querySelector('#where');
      const before = where?.textContent;
      while (where?.textContent === before) await new Promise((go) => setTimeout(go, 5));
      const { aeolian, bars: told } = /** @type {any} */ (window);
      return { shown: aeolian.frame, bars: /** @type {number[]} */ (told) };
    });
    const late_ms = Math.min(...bars.map((frame) => Math.abs(shown - frame))) / 44.1;
    assert.ok(late_ms < 120, `${late_ms} ms late`);
    await page.context().close();
  });

  test('a recording holds what was heard', async () => {
    const page = await open();
    await play(page);
    await page.click('#record');
    await page.waitForTimeout(3000);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#record')]);
    const wav = await readFile(await download.path());
    assert.match(download.suggestedFilename(), /^Aeolian main .*\.wav$/);
    assert.equal(wav.readUInt32LE(40), wav.length - 44);
    const rate = wav.readUInt32LE(24);
    const left = Float32Array.from(
      { length: (wav.length - 44) / 4 },
      (_, i) => wav.readInt16LE(44 + i * 4) / 32768,
    );
    assert.ok(left.length > 2 * rate);
    assert.deepEqual(clicks(left, rate, LEFT_HZ), []);
    assert.ok(Math.abs(rms(left) / (amplitude(0.5) / Math.SQRT2) - 1) < 0.02);
    await page.context().close();
  });

  test('the sleep timer fades the music out and leaves the station', async () => {
    const page = await open();
    await play(page);
    await page.click('#open-sleep');
    await page.click('#sleep button[value="10"]');
    assert.equal(await page.textContent('#sleep-left'), '10 min');
    await page.evaluate(() => {
      const real = Date.now;
      Date.now = () => real() + 10 * 60_000 - 3500;
    });
    await page.waitForFunction(() => /** @type {any} */ (window).aeolian.output.fader.gain.value < 0.6);
    assert.equal(await page.textContent('#health'), 'smooth');
    await healthSays(page, 'silent');
    await until(() => station.listeners.size === 0);
    await page.click('#play');
    await healthSays(page, 'smooth');
    await page.waitForFunction(() => /** @type {any} */ (window).aeolian.output.fader.gain.value === 1);
    await page.context().close();
  });

  test('a lost connection is said, tried again, and found again', async () => {
    const page = await open();
    await play(page);
    await station.stop();
    await healthSays(page, 'connection lost');
    await start({ port: Number(new URL(address).port) });
    await healthSays(page, 'smooth');
    await page.context().close();
  });

  test('a press that is let go beside the moon plays nothing, and lets the audio device go', async () => {
    const page = await open();
    const audioIs = (/** @type {string} */ state) =>
      page.waitForFunction(
        (wanted) => /** @type {any} */ (window).aeolian.output?.context.state === wanted,
        state,
        { timeout: 10_000 },
      );
    await page.hover('#play');
    await page.mouse.down();
    await audioIs('running');
    await page.mouse.move(5, 5);
    await page.mouse.up();
    await audioIs('suspended');
    await healthSays(page, 'silent');
    await play(page);
    await audioIs('running');
    await page.context().close();
  });

  test('the lock screen knows what plays', async () => {
    const page = await open();
    await play(page);
    await page.waitForFunction(() => navigator.mediaSession.metadata?.title === 'Drift in A minor');
    assert.equal(await page.evaluate(() => navigator.mediaSession.playbackState), 'playing');
    await page.context().close();
  });

  test('it opens without the network once it has been opened with it', async () => {
    const page = await open();
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await play(page);
    await station.stop();
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('.fader').length === 5);
    await page.click('#play');
    await healthSays(page, 'finding the station');
    await start();
    await page.context().close();
  });

  test('a station that does not speak Opus is heard as PCM', async () => {
    const page = await open();
    await page.waitForFunction(() => /** @type {any} */ (window).aeolian.format === 'opus');
    await play(page);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).aeolian.format), 'pcm');
    await page.context().close();
  });
});
