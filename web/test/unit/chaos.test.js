import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { ChaosProxy } from '../station/chaos.js';

const NUMBERS = 400;

test('bad weather delays bytes and never turns their order round', async () => {
  const source = createServer((socket) => {
    socket.setNoDelay(true);
    let next = 0;
    const timer = setInterval(() => {
      socket.write(Buffer.of(next >> 8, next & 255));
      next += 1;
    }, 3);
    socket.on('close', () => clearInterval(timer)).on('error', () => {});
  });
  await once(source.listen(0, '127.0.0.1'), 'listening');
  const at = /** @type {import('node:net').AddressInfo} */ (source.address());
  const proxy = new ChaosProxy(`http://127.0.0.1:${at.port}`, {
    jitter_ms: 2,
    delay_ms: 2,
    stall_ms: 20,
    stall_every_ms: 40,
  });
  try {
    const socket = connect(Number(new URL(await proxy.start()).port), '127.0.0.1');
    let bytes = Buffer.alloc(0);
    for await (const more of socket) {
      bytes = Buffer.concat([bytes, more]);
      if (bytes.length >= 2 * NUMBERS) break;
    }
    const heard = Array.from({ length: NUMBERS }, (_, i) => bytes.readUInt16BE(2 * i));
    assert.deepEqual(
      heard,
      Array.from({ length: NUMBERS }, (_, i) => i),
    );
  } finally {
    proxy.stop();
    source.close();
  }
});
