/** What a listener has set up on this device, remembered here and nowhere else. */

/**
 * @typedef {object} Settings
 * @property {number} volume 0 to 1
 * @property {boolean} shortcuts whether single keys steer
 */

const STORE = 'aeolian';

/** @type {Settings} */
const DEFAULTS = { volume: 1, shortcuts: true };

/** @returns {Settings} */
export function readSettings() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(STORE) ?? '{}') };
  } catch {
    return { ...DEFAULTS };
  }
}

/** @param {Partial<Settings>} change */
export function keepSettings(change) {
  try {
    localStorage.setItem(STORE, JSON.stringify({ ...readSettings(), ...change }));
  } catch {
    // A browser that stores nothing still plays.
  }
}
