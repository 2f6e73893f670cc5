import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timeline } from '../../client/player/timeline.js';

/** A chunk whose samples tell their frame. @param {number} frame @param {number} frames */
const telling = (frame, frames, salt = 0) =>
  Int16Array.from({ length: frames * 2 }, (_, i) => ((frame + (i >> 1)) * 31 + salt) % 30_000);

/** @param {Timeline} timeline @param {number} position */
const at = (timeline, position) => Math.round(timeline.left[position & timeline.mask] * 32768);

test('chunks in any overlapping cut of the same stream lie there once, without a seam', () => {
  const cuts = fc.array(fc.record({ back: fc.nat(300), frames: fc.integer({ min: 1, max: 400 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(cuts, (pieces) => {
      const timeline = new Timeline();
      const start = timeline.end;
      timeline.push(1000, telling(1000, 400), 400, start, 100);
      for (const { back, frames } of pieces) {
        const frame = Math.max(1000, timeline.endFrame - back);
        assert.equal(timeline.push(frame, telling(frame, frames), frames, start, 100), false);
      }
      for (let position = start; position < timeline.end; position += 1) {
        assert.equal(at(timeline, position), ((1000 + position - start) * 31) % 30_000);
      }
      assert.equal(timeline.frameAt(start), 1000);
      assert.equal(timeline.endFrame, 1000 + timeline.end - start);
    }),
  );
});

test('a chunk that does not follow is blended in, and positions know their frames on both sides', () => {
  const timeline = new Timeline();
  const start = timeline.end;
  timeline.push(0, telling(0, 400), 400, start, 100);
  assert.equal(timeline.push(9000, telling(9000, 400, 7), 400, start, 100), true);
  assert.equal(timeline.end - start, 700);
  assert.equal(timeline.frameAt(start + 299), 299);
  assert.equal(timeline.frameAt(start + 300), 9000);
  assert.equal(timeline.endFrame, 9400);
  assert.equal(timeline.positionOf(9400), timeline.end);
});

test('other music under the same frames is a seam, not a repetition', () => {
  const timeline = new Timeline();
  timeline.push(0, telling(0, 400), 400, timeline.end, 100);
  assert.equal(timeline.push(200, telling(200, 400, 999), 400, timeline.end - 400, 100), true);
});

test('a seam never touches what is already being played', () => {
  const timeline = new Timeline();
  timeline.push(0, telling(0, 400), 400, timeline.end, 100);
  const playhead = timeline.end - 10;
  const before = at(timeline, playhead - 1);
  timeline.push(9000, telling(9000, 400), 400, playhead, 100);
  assert.equal(at(timeline, playhead - 1), before);
  assert.equal(timeline.frameAt(playhead - 1), 389);
});
