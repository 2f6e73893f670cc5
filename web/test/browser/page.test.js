/** The page as people meet it: by mouse, by keyboard, by screen reader, on a phone, offline. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import { clicks, rms } from '../sound/inspect.js';
import { MockStation } from '../station/mock.js';
import { amplitude, LEFT_HZ } from '../station/signal.js';
import { launch } from './chromium.js';

/** @typedef {import('playwright-core').Page} Page */

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1440, height: 900 };
const WEIGHT_BYTES_MAX = 150_000;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {MockStation} */
let station;
/** @type {string} */
let address;
/** @type {string[]} what any page complained about */
let complaints;

before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(async () => {
  station = new MockStation();
  address = await station.start();
  complaints = [];
});
afterEach(() => station.stop());

/** @param {Partial<import('playwright-core').BrowserContextOptions> & { path?: string }} [options] */
async function open({ path = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address + path);
  await page.waitForFunction(() => document.querySelectorAll('.fader').length === 5 || document.querySelector('aeolian-player'));
  return page;
}

/** @param {Page} page @param {string} words */
const healthSays = (page, words) =>
  page.waitForFunction((wanted) => document.querySelector('#health')?.textContent?.includes(wanted), words, { timeout: 10_000 });

/** @param {Page} page */
async function play(page) {
  await page.click('#play');
  await healthSays(page, 'smooth');
}

/** @param {() => boolean} condition */
async function until(condition) {
  for (let i = 0; i < 100 && !condition(); i += 1) await new Promise((go) => setTimeout(go, 50));
  assert.ok(condition(), String(condition));
}

/** @param {Page} page */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return found.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.target).join(', ')}`);
}

describe('the page', () => {
  test('weighs less than 150 KB with everything it loads to play, asks no other host, and complains about nothing', async () => {
    const context = await browser.newContext({ viewport: DESKTOP });
    const page = await context.newPage();
    // Each file once: the service worker's fetch of a file and the page's own answer are one load.
    /** @type {Map<string, number>} */
    const weights = new Map();
    /** @type {string[]} */
    const strangers = [];
    page.on('response', async (response) => {
      if (!response.url().startsWith(address)) strangers.push(response.url());
      const { responseBodySize } = await response.request().sizes();
      weights.set(response.url(), Math.max(responseBodySize, weights.get(response.url()) ?? 0));
    });
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(address);
    await play(page);
    await page.waitForTimeout(1500);
    assert.deepEqual(strangers, []);
    assert.deepEqual(complaints, []);
    const weight = [...weights.values()].reduce((sum, bytes) => sum + bytes, 0);
    assert.ok(weight > 30_000 && weight < WEIGHT_BYTES_MAX, `${weight} bytes`);
    await context.close();
  });

  for (const [name, viewport] of /** @type {const} */ ([['desktop', DESKTOP], ['phone', PHONE]])) {
    test(`axe finds nothing wrong on a ${name}, by night and by day, with every card open`, async () => {
      const page = await open({ viewport });
      await play(page);
      await page.waitForSelector('#numeral:not(:empty)');
      await page.click('#health-open');
      for (const theme of ['night', 'day']) {
        assert.equal(await page.getAttribute('html', 'data-theme'), theme);
        assert.deepEqual(await violations(page), [], theme);
        for (const card of ['open-help', 'open-sleep']) {
          await page.click(`#${card}`);
          assert.deepEqual(await violations(page), [], `${theme} ${card}`);
          await page.keyboard.press('Escape');
        }
        await page.click('#theme');
      }
      await page.context().close();
    });
  }

  test('every control is reached by Tab, in order, and nothing else is', async () => {
    const page = await open();
    const seen = [];
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => {
        const { activeElement: active } = document;
        if (!active || active === document.body) return null;
        return active.id || active.getAttribute('name') || active.getAttribute('value');
      });
      if (!name) break;
      seen.push(name);
    }
    assert.deepEqual(seen, [
      'open-sleep', 'record', 'share', 'theme', 'open-help', 'key', 'play', 'health-open',
      'focus', 'meditation', 'sleep', 'bright', 'drift', 'night',
      'line-bpm', 'line-intensity', 'line-brightness', 'line-space', 'line-wander', 'line-volume',
      'part-pad', 'part-melody', 'part-bass', 'part-percussion', 'part-texture', 'mode',
    ]);
    await page.context().close();
  });

  test('every control steers the station by keyboard alone', async () => {
    const page = await open();
    await page.focus('#play');
    await page.keyboard.press('Enter');
    await healthSays(page, 'smooth');
    for (const [field, value] of /** @type {const} */ ([['bpm', 71], ['intensity', 0.51], ['brightness', 0.51], ['space', 0.51], ['wander', 0.01]])) {
      await page.focus(`#line-${field}`);
      await page.keyboard.press('ArrowRight');
      await until(() => station.state[field] === value);
    }
    for (const part of /** @type {const} */ (['pad', 'melody', 'bass', 'percussion', 'texture'])) {
      await page.focus(`#part-${part}`);
      await page.keyboard.press('Home');
      await until(() => station.state.parts[part] === 0);
    }
    await page.focus('input[name=key]:checked');
    await page.keyboard.press('ArrowRight');
    await until(() => station.state.key === 'E');
    await page.focus('input[name=mode]:checked');
    await page.keyboard.press('ArrowRight');
    await until(() => station.state.mode === 'harmonic_minor');
    await page.focus('button[value=drift]');
    await page.keyboard.press(' ');
    await until(() => station.state.preset === /** @type {any} */ ('drift'));
    await page.context().close();
  });

  test('shortcuts steer, leave a focused control its own keys, and can be switched off', async () => {
    const page = await open();
    await page.evaluate(() => /** @type {HTMLElement | null} */ (document.activeElement)?.blur());
    await page.keyboard.press(' ');
    await healthSays(page, 'smooth');
    await page.keyboard.press('ArrowUp');
    await until(() => station.state.intensity === 0.55);
    await page.keyboard.press('ArrowRight');
    await until(() => station.state.key === 'E');
    await page.keyboard.press('3');
    await until(() => station.state.preset === /** @type {any} */ ('sleep'));
    await page.focus('#line-bpm');
    await page.keyboard.press('ArrowUp');
    await until(() => station.state.bpm === 71);
    assert.equal(station.state.intensity, 0.55);
    await page.keyboard.press('?');
    await page.click('#shortcuts-on');
    await page.keyboard.press('Escape');
    const { revision } = station;
    await page.keyboard.press('3');
    await page.waitForTimeout(300);
    assert.equal(station.revision, revision);
    await page.context().close();
  });

  test('a change shows as pending until it is acknowledged; a refused one is taken back, with the reason', async () => {
    const page = await open();
    await play(page);
    station.refuse = { field: 'bpm', message: 'bpm: 71 is not allowed today' };
    await page.focus('#line-bpm');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('#notice')?.textContent?.includes('not allowed today'));
    assert.equal(await page.inputValue('#line-bpm'), '70');
    station.refuse = null;
    station.deaf = true;
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.line[data-pending=bpm]');
    await page.context().close();
  });

  test('a station that wants a token is asked again with it', async () => {
    const page = await open();
    station.token = 'secret';
    await page.focus('#line-bpm');
    await page.keyboard.press('End');
    await page.waitForSelector('#locked[open]');
    assert.deepEqual(await violations(page), []);
    await page.fill('#token', 'secret');
    await page.keyboard.press('Enter');
    await until(() => station.state.bpm === 120);
    await page.context().close();
  });

  test('a private station asks for its token, by the page or in its address, before anybody plays', async () => {
    station.token = 'secret';
    station.isPrivate = true;
    const page = await open();
    await page.waitForSelector('#locked[open]');
    await page.fill('#token', 'wrong');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('#locked[open] #token'))?.value === '');
    await page.fill('#token', 'secret');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('#line-bpm'))?.value === '70');
    await page.waitForSelector('#locked:not([open])', { state: 'attached' });
    await page.context().close();
    const other = await open({ path: '?token=secret' });
    await other.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('#line-bpm'))?.value === '70');
    assert.equal(await other.$('#locked[open]'), null);
    await play(other);
    await other.context().close();
  });

  test('listeners see each other, and what the other changed', async () => {
    const [one, other] = [await open(), await open()];
    await play(one);
    await play(other);
    await one.waitForFunction(() => document.querySelector('#company')?.textContent === 'one other is listening');
    await other.focus('#line-bpm');
    await other.keyboard.press('End');
    await one.waitForFunction(() => document.querySelector('#notice')?.textContent === 'Another listener set the tempo to 120');
    assert.equal(await one.inputValue('#line-bpm'), '120');
    await one.context().close();
    await other.context().close();
  });

  test('a change that waits for its bar is shown when it holds, to its asker and to others, and not before', async () => {
    const [one, other] = [await open(), await open()];
    await play(one);
    await play(other);
    const next = station.bar;
    await until(() => station.bar > next);
    const shown = await one.evaluate(async () => {
      const { aeolian } = /** @type {any} */ (window);
      const ack = await aeolian.control({ bpm: 90, apply: 'bar' });
      await aeolian.control({ space: 0.25 });
      return { promised: ack.state.bpm, bpm: aeolian.state.bpm, space: aeolian.state.space };
    });
    assert.deepEqual(shown, { promised: 90, bpm: 70, space: 0.25 });
    assert.equal(await other.inputValue('#line-bpm'), '70');
    await until(() => station.state.bpm === 90);
    for (const page of [one, other]) {
      await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('#line-bpm')).value === '90');
      await page.waitForFunction(() => document.querySelector('#notice')?.textContent === 'Another listener set the tempo to 90');
    }
    await one.context().close();
    await other.context().close();
  });

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
    const left = Float32Array.from({ length: (wav.length - 44) / 4 }, (_, i) => wav.readInt16LE(44 + i * 4) / 32768);
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

  test('a link brings its state to whoever accepts it', async () => {
    const page = await open({ path: '/?key=D&mode=dorian&bpm=64&intensity=0.2&brightness=0.3&space=0.9' });
    await page.click('#notice button');
    await until(() => station.state.mode === 'dorian' && station.state.key === 'D' && station.state.space === 0.9);
    await page.context().close();
  });

  test('a lost connection is said, tried again, and found again', async () => {
    const page = await open();
    await play(page);
    await station.stop();
    await healthSays(page, 'connection lost');
    station = new MockStation();
    await station.start(Number(new URL(address).port));
    await healthSays(page, 'smooth');
    await page.context().close();
  });

  test('settings are remembered', async () => {
    const page = await open();
    await page.focus('#line-volume');
    await page.keyboard.press('PageDown');
    await page.click('#theme');
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('.fader').length === 5);
    assert.equal(await page.inputValue('#line-volume'), '0.9');
    assert.equal(await page.getAttribute('html', 'data-theme'), 'day');
    await page.context().close();
  });

  for (const width of [360, 768, 3840]) {
    test(`nothing is cut off at ${width} px`, async () => {
      const page = await open({ viewport: { width, height: Math.round(width * 0.6) + 400 } });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px wide`);
      await page.context().close();
    });
  }

  test('a press that is let go beside the moon plays nothing, and lets the audio device go', async () => {
    const page = await open();
    const audioIs = (/** @type {string} */ state) =>
      page.waitForFunction((wanted) => /** @type {any} */ (window).aeolian.output?.context.state === wanted, state, { timeout: 10_000 });
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
    station = new MockStation();
    address = await station.start();
    await page.context().close();
  });

  test('a station that does not speak Opus is heard as PCM', async () => {
    const page = await open();
    await page.waitForFunction(() => /** @type {any} */ (window).aeolian.format === 'opus');
    await play(page);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).aeolian.format), 'pcm');
    await page.context().close();
  });

  test('an app from another origin plays and steers in five lines', async () => {
    const app = `<!doctype html><title>App</title><button>Play</button><script type="module">
      import { Station } from '${address}/client/index.js';
      window.station = new Station('${address}');
      document.querySelector('button').onclick = () => station.play();
    </script>`;
    const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(app));
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(null)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${port}`);
    await page.click('button');
    await page.waitForFunction(() => /** @type {any} */ (window).station.health.phase === 'playing');
    const { revision } = await page.evaluate(() => /** @type {any} */ (window).station.control({ bpm: 80 }));
    assert.equal(revision, station.revision);
    assert.equal(station.state.bpm, 80);
    await page.context().close();
    server.closeAllConnections();
    server.close();
  });

  test('the small player plays in a frame, steers, and passes axe', async () => {
    const page = await open({ path: '/embed?station=main', viewport: { width: 420, height: 200 } });
    await page.click('aeolian-player button');
    await page.waitForFunction(() => document.querySelector('aeolian-player')?.shadowRoot?.querySelector('.health')?.textContent === 'smooth');
    await page.focus('aeolian-player input');
    await page.keyboard.press('End');
    await until(() => station.state.intensity === 1);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
