import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedMailbox } from '../../client/player/mailbox.js';

/** @param {number} frame */
const letter = (frame) => ({
  frame,
  frames: 2,
  rate: 48_000,
  samples: Int16Array.of(1, 2, 3, frame % 100),
  joined: frame === 0,
  jumped: frame % 7 === 0,
});

test('what goes in comes out, in order', () => {
  const memory = SharedMailbox.allocate();
  const [writer, reader] = [new SharedMailbox(memory), new SharedMailbox(memory)];
  for (let round = 0; round < 300; round += 1) {
    assert.ok(writer.push(letter(round)));
    const chunk = reader.peek();
    assert.equal(chunk?.frame, round);
    assert.equal(chunk?.samples[3], round % 100);
    assert.equal(chunk?.joined, round === 0);
    assert.equal(chunk?.jumped, round % 7 === 0);
    assert.equal(chunk?.rate, 48_000);
    reader.release();
  }
  assert.equal(reader.peek(), null);
});

test('a full box refuses, and keeps what it has', () => {
  const memory = SharedMailbox.allocate();
  const [writer, reader] = [new SharedMailbox(memory), new SharedMailbox(memory)];
  let taken = 0;
  while (writer.push(letter(taken))) taken += 1;
  assert.equal(taken, 64);
  assert.equal(reader.peek()?.frame, 0);
});

test('another thread reads every chunk once while it is written', async () => {
  const memory = SharedMailbox.allocate();
  const source = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.url).then(({ SharedMailbox }) => {
      const box = new SharedMailbox(workerData.memory);
      for (let next = 0; next < 20000;) {
        const chunk = box.peek();
        if (!chunk) continue;
        if (chunk.frame !== next || chunk.samples[3] !== next % 100) {
          parentPort.postMessage('broken at ' + next);
          return;
        }
        box.release();
        next += 1;
      }
      parentPort.postMessage('all');
    });`;
  const url = new URL('../../client/player/mailbox.js', import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { memory, url } });
  const answer = new Promise((done) => worker.once('message', done));
  const writer = new SharedMailbox(memory);
  for (let next = 0; next < 20_000;) {
    if (writer.push(letter(next))) next += 1;
    else await new Promise((go) => setImmediate(go));
  }
  assert.equal(await answer, 'all');
  await worker.terminate();
});
