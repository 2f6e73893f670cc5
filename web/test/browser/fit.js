/**
 * Real playback is disturbed by whatever else the machine does in the same second. A measurement
 * that fails is taken again, at most twice, and says so; a fault of ours fails every time.
 */

const TRIES = 3;

/** @param {() => Promise<void>} measure @returns {() => Promise<void>} */
export const onFitMachine = (measure) => async () => {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await measure();
    } catch (error) {
      if (left === 1) throw error;
      console.log(`measured again: ${/** @type {Error} */ (error).message}`);
    }
  }
};
