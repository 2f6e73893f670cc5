import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, decodePacket, decodePcm, isLater } from '../../client/protocol.js';
import { backoff_ms } from '../../client/link/backoff.js';
import { ControlQueue, merge } from '../../client/control.js';

const stereo = fc
  .array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 200 })
  .map((values) => Int16Array.from(values.slice(0, values.length & ~1)));

test('samples come through both encodings as they are', () => {
  fc.assert(
    fc.property(stereo, fc.nat(), (samples, frame) => {
      const bytes = Buffer.from(samples.buffer);
      assert.deepEqual(decodeBase64(bytes.toString('base64')), samples);
      const packet = Buffer.alloc(16 + bytes.length);
      packet.writeBigUInt64LE(BigInt(frame), 4);
      bytes.copy(packet, 16);
      packet.writeUInt16LE(frame % 4, 12);
      const exact = /** @type {ArrayBuffer} */ (
        packet.buffer.slice(packet.byteOffset, packet.byteOffset + packet.length)
      );
      const { payload, ...rest } = decodePacket(exact);
      assert.deepEqual(rest, { frame, jumped: frame % 2 === 1 });
      assert.deepEqual(decodePcm(payload), samples);
    }),
  );
});

test('a packet shorter than its header is refused', () => {
  assert.throws(() => decodePacket(new ArrayBuffer(15)), /15 bytes/);
});

test('the first try to reconnect comes within 200 ms, and no wait is longer than 15 s', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      assert.ok(backoff_ms(0, random) <= 200);
      assert.ok(backoff_ms(attempt, random) > 0 && backoff_ms(attempt, random) <= 15_000);
    }),
  );
});

test('merged changes ask for the last value of each control and of each part', () => {
  const both = merge({ bpm: 60, parts: { pad: 0, bass: 1 } }, { bpm: 80, key: 'C', parts: { bass: 0.5 } });
  assert.deepEqual(both, { bpm: 80, key: 'C', parts: { pad: 0, bass: 0.5 } });
});

test('a later frame of the same revision is a later state, and a lower revision never is', () => {
  const state = (/** @type {number} */ revision, /** @type {number} */ frame) =>
    /** @type {any} */ ({ revision, frame });
  assert.ok(isLater(state(2, 900), state(2, 300)));
  assert.ok(isLater(state(3, 300), state(2, 900)));
  assert.ok(!isLater(state(2, 300), state(2, 300)));
  assert.ok(!isLater(state(2, 300), state(2, 900)));
  assert.ok(!isLater(state(1, 900), state(2, 300)));
});

test('a change is known to wait until it is acknowledged', () => {
  const queue = new ControlQueue(() => {});
  void queue.push({ key: 'F#', apply: 'phrase' });
  assert.ok(queue.waits(1));
  assert.ok(!queue.waits(2));
  queue.acknowledge({ id: 1, revision: 2, frame: 3, state: /** @type {any} */ ({}) });
  assert.ok(!queue.waits(1));
});

test('changes in quick succession are merged where they hold from the same time, and sent in order', async () => {
  /** @type {any[]} */
  const sent = [];
  const queue = new ControlQueue(({ id, type, ...change }) => {
    sent.push(change);
    queue.acknowledge({ id, revision: id, frame: 0, state: /** @type {any} */ ({}) });
  });
  const answers = [
    queue.push({ bpm: 60 }),
    queue.push({ bpm: 70 }),
    queue.push({ key: 'F#', apply: 'bar' }),
    queue.push({ intensity: 0.5, apply: 'now' }),
    queue.push({ brightness: 0.5 }),
  ];
  assert.deepEqual(
    (await Promise.all(answers)).map((ack) => ack.id),
    [1, 2, 3, 4, 4],
  );
  assert.deepEqual(sent, [
    { bpm: 60 },
    { bpm: 70 },
    { key: 'F#', apply: 'bar' },
    { intensity: 0.5, apply: 'now', brightness: 0.5 },
  ]);
});
