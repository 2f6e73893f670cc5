/** The page as people meet it: by mouse, by keyboard, by screen reader, on a phone. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  address,
  browser,
  complaints,
  DESKTOP,
  healthSays,
  open,
  PHONE,
  play,
  station,
  until,
  violations,
} from './visit.js';

const WEIGHT_BYTES_MAX = 150_000;

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

  for (const [name, viewport] of /** @type {const} */ ([
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ])) {
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
      'open-sleep',
      'record',
      'share',
      'theme',
      'open-help',
      'key',
      'play',
      'health-open',
      'focus',
      'meditation',
      'sleep',
      'bright',
      'drift',
      'night',
      'line-bpm',
      'line-intensity',
      'line-brightness',
      'line-space',
      'line-wander',
      'line-volume',
      'parts-pad',
      'parts-melody',
      'parts-bass',
      'parts-percussion',
      'parts-texture',
      'mode',
    ]);
    await page.context().close();
  });

  test('every control steers the station by keyboard alone', async () => {
    const page = await open();
    await page.focus('#play');
    await page.keyboard.press('Enter');
    await healthSays(page, 'smooth');
    for (const [field, value] of /** @type {const} */ ([
      ['bpm', 71],
      ['intensity', 0.51],
      ['brightness', 0.51],
      ['space', 0.51],
      ['wander', 0.01],
    ])) {
      await page.focus(`#line-${field}`);
      await page.keyboard.press('ArrowRight');
      await until(() => station.state[field] === value);
    }
    for (const part of /** @type {const} */ (['pad', 'melody', 'bass', 'percussion', 'texture'])) {
      await page.focus(`#parts-${part}`);
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
    await until(() => station.state.preset === 'drift');
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
    await until(() => station.state.preset === 'sleep');
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
});
