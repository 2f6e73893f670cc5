/** A person with the page open in a real browser, whose ears are a recording. */

import { readFile } from 'node:fs/promises';
import { collectTap, installTap } from './tap-page.js';

/** @typedef {import('playwright-core').Browser} Browser */
/** @typedef {import('playwright-core').Page} Page */

/**
 * @typedef {object} Recording
 * @property {number} rate hertz
 * @property {Float32Array} left
 * @property {Float32Array} right
 * @property {number} start_ms wall clock at which its first frame left the speakers
 * @property {number} clicked_ms wall clock of the last click
 * @property {number} input_ms wall clock of the last movement of a control
 */

const TAP = await readFile(new URL('./tap-worklet.js', import.meta.url), 'utf8');

/** @param {string} base64 */
function floats(base64) {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export class Listener {
  /** @type {string[]} what the page complained about */
  complaints = [];

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  /**
   * @param {Browser} browser @param {string} address
   * @param {{
   *   rate?: number, format?: string, viewport?: { width: number, height: number }, calm?: boolean
   * }} [options] calm: without motion, to leave the processor to the sound
   */
  static async open(
    browser,
    address,
    { rate = 44_100, format = 'pcm', viewport = { width: 390, height: 700 }, calm = true } = {},
  ) {
    const context = await browser.newContext({
      // The tap's worklet comes from a blob, which the page's own policy rightly forbids.
      bypassCSP: true,
      viewport,
      reducedMotion: calm ? 'reduce' : 'no-preference',
    });
    const page = await context.newPage();
    const listener = new Listener(page);
    await page.addInitScript(installTap, { rate, worklet: TAP });
    await page.goto(`${address}/?format=${format}`);
    await page.waitForSelector('#play');
    await page.waitForTimeout(300);
    return listener;
  }

  /** Presses Play. */
  async play() {
    await this.page.click('#play');
  }

  /** @param {number} seconds */
  async listen(seconds) {
    await this.page.waitForTimeout(seconds * 1000);
  }

  /** @returns {Promise<Recording>} everything since the first sound could come */
  async recording() {
    const tap = await this.page.evaluate(collectTap);
    return { ...tap, left: floats(tap.left), right: floats(tap.right) };
  }

  /** The numbers of health. @returns {Promise<import('../../client/health.js').Health>} */
  async health() {
    return this.page.evaluate(() => /** @type {any} */ (window).aeolian.health);
  }

  async leave() {
    await this.page.context().close();
  }
}
