/** docs/vectors hold every message as it is on the wire; the server's tests decode the same files. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ControlQueue } from '../../client/control.js';
import { decodeBase64, decodePacket, decodePcm } from '../../client/protocol.js';

/** @param {string} name @returns {Promise<any[]>} */
const read = async (name) =>
  JSON.parse(await readFile(new URL(`../../../docs/vectors/${name}.json`, import.meta.url), 'utf8'));

/** @param {Int16Array} samples */
const digest = (samples) => ({
  count: samples.length,
  first: [...samples.subarray(0, 8)],
  last: [...samples.subarray(-8)],
  sum: samples.reduce((sum, sample) => sum + sample, 0),
  sum_of_squares: samples.reduce((sum, sample) => sum + sample * sample, 0),
});

test('every audio vector decodes to its samples', async () => {
  const vectors = await read('audio');
  let decoded = 0;
  for (const { name, format, text, binary_base64: binary, expect } of vectors) {
    if (format === 'json') {
      const message = JSON.parse(text);
      assert.equal(message.frame, expect.frame, name);
      assert.deepEqual(digest(decodeBase64(message.data)), expect.samples, name);
    } else if (format === 'pcm') {
      const bytes = Uint8Array.from(Buffer.from(binary, 'base64'));
      const { frame, jumped, payload } = decodePacket(bytes.buffer);
      assert.equal(frame, expect.frame, name);
      assert.equal(jumped, expect.discontinuity, name);
      assert.deepEqual(digest(decodePcm(payload)), expect.samples, name);
    } else continue;
    decoded += 1;
  }
  assert.ok(decoded >= 2);
});

/**
 * An Opus packet of several frames of one length, as section 3.2.5 of RFC 6716 has it.
 * @param {Uint8Array} packet
 */
function readOpus([toc, count, ...frames]) {
  assert.equal(toc & 3, 3, 'any number of frames');
  assert.equal(count & 0xc0, 0, 'of one length, without padding');
  assert.equal(toc >> 3, 31, 'MDCT, full band, 20 ms');
  assert.equal(frames.length % (count & 63), 0, 'each is whole');
  return { channels: toc & 4 ? 2 : 1, frames: count & 63, frame_ms: 20 };
}

test('every Opus vector is framed as it says', async () => {
  const vectors = await read('opus');
  assert.ok(vectors.length >= 2);
  for (const { binary_base64: binary, expect } of vectors) {
    const { seq, frame: first, discontinuity } = expect;
    const { pre_skip: _, ...opus } = expect.opus;
    const bytes = Uint8Array.from(Buffer.from(binary, 'base64'));
    const { frame, jumped, payload } = decodePacket(bytes.buffer);
    assert.deepEqual({ frame, jumped }, { frame: first, jumped: discontinuity }, `packet ${seq}`);
    assert.deepEqual(readOpus(payload), opus, `packet ${seq}`);
  }
});

test('every message of the server reads as its vector says', async () => {
  for (const { text, expect } of await read('server')) assert.deepEqual(JSON.parse(text), expect);
});

test('what the client sends for a control is what the vectors send', async () => {
  for (const { text, expect } of await read('client')) {
    if (expect.type !== 'control') continue;
    const { type: _, id, ...change } = JSON.parse(text);

    /** @type {any[]} */
    const sent = [];
    const queue = new ControlQueue((message) => sent.push(message));
    const answer = queue.push(change);
    assert.deepEqual(sent, [{ type: 'control', ...change, id: 1 }], String(id));
    queue.acknowledge({ id: 1, revision: 2, frame: 3, state: /** @type {any} */ ({}) });
    assert.equal((await answer).revision, 2);
  }
});
