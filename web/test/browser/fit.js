/**
 * Real playback can only be judged on a machine that has time for it. A measurement that fails while
 * the machine has twice as much to do as it can is taken again, at most twice; on a machine with time
 * the first failure counts.
 */

import { availableParallelism, loadavg } from 'node:os';

const TRIES = 3;
const BUSY = 2;

/** @param {() => Promise<void>} measure @returns {() => Promise<void>} */
export const onFitMachine = (measure) => async () => {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await measure();
    } catch (error) {
      const load = loadavg()[0] / availableParallelism();
      if (left === 1 || load < BUSY) throw error;
      console.log(`measured again: the machine has ${load.toFixed(1)} times its work to do (${/** @type {Error} */ (error).message.split('\n')[0]})`);
    }
  }
};
