/** The Opus vectors of docs/vectors, through the client's decoder in a real browser. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { MockStation } from '../station/mock.js';
import { launch } from './chromium.js';

const SAMPLE_RATE = 44_100;
const OPUS_RATE = 48_000;
/** After a reset a codec needs some time until a tone is steady. */
const SETTLED_S = 0.05;

const station = new MockStation();
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await station.stop();
});

test('the Opus vectors decode to their tones, each sample at its frame', async () => {
  const text = await readFile(new URL('../../../docs/vectors/opus.json', import.meta.url), 'utf8');
  const vectors = JSON.parse(text);
  const page = await browser.newPage();
  await page.goto(await station.start());
  const parts = await page.evaluate(async (/** @type {any[]} */ packets) => {
    const [{ Opus }, { decodePacket }] = await Promise.all(
      ['/client/link/opus.js', '/client/protocol.js'].map((module) => import(module)),
    );
    /** @type {{ frame: number, samples: number[], jumped: boolean }[]} */
    const heard = [];
    const opus = new Opus(packets[0].expect.opus.pre_skip, {
      deliver: (
        /** @type {number} */ frame,
        /** @type {Int16Array} */ samples,
        /** @type {boolean} */ jumped,
      ) => {
        heard.push({ frame, samples: [...samples], jumped });
      },
      fail: (/** @type {Error} */ error) => {
        throw error;
      },
    });
    for (const { binary_base64: binary } of packets) {
      const bytes = Uint8Array.from(atob(binary), (c) => c.charCodeAt(0));
      const { frame, jumped, payload } = decodePacket(bytes.buffer);
      opus.decode(frame, payload, jumped);
    }
    await opus.decoder.flush();
    return heard;
  }, vectors);
  const { frame: birth, tones } = vectors[0].expect;
  assert.deepEqual(
    parts.map(({ jumped }) => jumped),
    parts.map((_, i) => i === 0),
    'it begins once',
  );
  const start = (birth / SAMPLE_RATE) * OPUS_RATE;
  assert.equal(parts[0].frame, start);
  for (const [side, hz] of [tones.left_hz, tones.right_hz].entries()) {
    let [error, power] = [0, 0];
    for (const { frame, samples } of parts) {
      for (let n = 0; n < samples.length / 2; n += 1) {
        const at_s = (frame + n - start) / OPUS_RATE;
        if (at_s < SETTLED_S) continue;
        const meant = tones.amplitude * Math.sin(2 * Math.PI * hz * at_s);
        error += (samples[2 * n + side] / 32767 - meant) ** 2;
        power += meant ** 2;
      }
    }
    const error_db = 10 * Math.log10(error / power);
    assert.ok(power > 0 && error_db < -25, `${hz} Hz: ${error_db.toFixed(1)} dB`);
  }
});
