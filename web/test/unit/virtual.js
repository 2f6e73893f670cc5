/**
 * A player on virtual time: a station with a clock of its own, a network with a delay for each
 * chunk, and a device that renders block after block as fast as the test machine can.
 */

import { Player } from '../../client/player/player.js';
import { chunk, CHUNK_FRAMES, SAMPLE_RATE } from '../station/signal.js';

const CHUNK_S = CHUNK_FRAMES / SAMPLE_RATE;
const BURST = 4;

/**
 * @typedef {object} Setup
 * @property {number} seconds
 * @property {number} [ppm] how much faster the station's clock runs than the device's
 * @property {number} [outputRate]
 * @property {number} [block] frames that the device takes at once
 * @property {number} [joined_s] how long after a chunk's release the listener joins, below 0.1
 * @property {(n: number, due_s: number) => number} [delay_s] of the n-th chunk
 * @property {(player: Player, now_s: number) => void} [each] called before each block
 * @property {Int16Array} [samples] of every chunk
 */

/**
 * @param {Setup} setup
 * @returns {{ player: Player, left: Float32Array }}
 */
export function listen({
  seconds,
  ppm = 0,
  outputRate = SAMPLE_RATE,
  block = 512,
  joined_s = 0,
  delay_s = () => 0,
  each,
  samples = chunk(0.5, 0.5),
}) {
  const player = new Player(outputRate);
  const left = new Float32Array(Math.ceil((seconds * outputRate) / block) * block);
  const right = new Float32Array(block);
  const period_s = CHUNK_S / (1 + ppm / 1e6);
  let next = 0;
  let free_s = 0;
  for (let at = 0; at < left.length; at += block) {
    const now_s = at / outputRate;
    for (;;) {
      const due_s = Math.max(0, (next - BURST + 1) * period_s - joined_s);
      // Bytes keep their order: a chunk never overtakes the one before it.
      const arrival_s = Math.max(free_s, due_s + (next < BURST ? 0 : delay_s(next, due_s)));
      if (arrival_s > now_s) break;
      free_s = arrival_s;
      player.push({
        frame: next * CHUNK_FRAMES,
        frames: CHUNK_FRAMES,
        rate: SAMPLE_RATE,
        samples,
        joined: next === 0,
        jumped: false,
      });
      next += 1;
    }
    each?.(player, now_s);
    player.render(left.subarray(at, at + block), right);
  }
  return { player, left };
}
