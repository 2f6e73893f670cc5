/** Visits to a mock station: a station of its own for each test of a file, and its pages in one Chromium. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach } from 'node:test';
import { MockStation } from '../station/mock.js';
import { launch } from './chromium.js';

/** @typedef {import('playwright-core').Page} Page */

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1440, height: 900 };

/** @type {import('playwright-core').Browser} */
export let browser;
/** @type {MockStation} */
export let station;
/** @type {string} */
export let address;
/** @type {string[]} what any page complained about */
export let complaints;

before(async () => {
  browser = await launch();
});
after(() => browser.close());
beforeEach(async () => {
  complaints = [];
  await start();
});
afterEach(() => station.stop());

/**
 * Starts a new station, in the place of one that was stopped.
 * @param {ConstructorParameters<typeof MockStation>[0] & { port?: number }} [options]
 */
export async function start({ port, ...options } = {}) {
  station = new MockStation(options);
  address = await station.start(port);
}

/**
 * @param {Partial<import('playwright-core').BrowserContextOptions> & { path?: string, furnished?: boolean }} [options]
 *   furnished: whether to wait until it can steer
 */
export async function open({ path = '', furnished = true, ...options } = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address + path);
  if (furnished) await page.waitForSelector('.fader, aeolian-player');
  return page;
}

/** @param {Page} page @param {string} words */
export const healthSays = (page, words) =>
  page.waitForFunction((wanted) => document.querySelector('#health')?.textContent?.includes(wanted), words, {
    timeout: 10_000,
  });

/** @param {Page} page */
export async function play(page) {
  await page.click('#play');
  await healthSays(page, 'smooth');
}

/** @param {() => boolean} condition */
export async function until(condition) {
  for (let i = 0; i < 100 && !condition(); i += 1) await new Promise((go) => setTimeout(go, 50));
  assert.ok(condition(), String(condition));
}

/** What axe finds wrong with a page, once its colours have arrived. @param {Page} page */
export async function violations(page) {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const ending = document.getAnimations().filter((animation) => {
      const end = animation.effect?.getComputedTiming().endTime;
      return animation.playState === 'running' && typeof end === 'number' && end < 5_000;
    });
    await Promise.allSettled(ending.map((animation) => animation.finished));
  });
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() =>
    /** @type {any} */ (window).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return found.map(
    (/** @type {any} */ { id, nodes }) =>
      `${id}: ${nodes.map((/** @type {any} */ node) => node.target).join(', ')}`,
  );
}
