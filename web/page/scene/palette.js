/** The scene's colours, read from the style sheet, so that it alone knows day from night. */

/**
 * @typedef {object} Palette
 * @property {string} skyTop @property {string} skyLow @property {string} haze
 * @property {string} seaFar @property {string} seaNear @property {string} foam
 * @property {string} star @property {string} disc @property {string} discDark
 * @property {Record<string, string>} tones of each part
 */

/** @returns {Palette} */
export function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const get = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    skyTop: get('sky-top'),
    skyLow: get('sky-low'),
    haze: get('haze'),
    seaFar: get('sea-far'),
    seaNear: get('sea-near'),
    foam: get('foam'),
    star: get('star'),
    disc: get('disc'),
    discDark: get('disc-dark'),
    tones: {
      pad: get('pad'),
      melody: get('melody'),
      bass: get('bass'),
      percussion: get('percussion'),
      texture: get('texture'),
    },
  };
}
