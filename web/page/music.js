/** Words of music as people read them. */

/** @typedef {import('../client/protocol.js').Part} Part */

/** The circle of fifths, from the top, clockwise. Each tonic as the wire takes it. */
export const CIRCLE = ['C', 'G', 'D', 'A', 'E', 'B', 'F#', 'Db', 'Ab', 'Eb', 'Bb', 'F'];

const SEMITONES = /** @type {Record<string, number>} */ ({ C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 });

/** Modes from bright to dark. */
export const MODES = [
  { name: 'lydian', label: 'Lydian' },
  { name: 'major', label: 'Major' },
  { name: 'mixolydian', label: 'Mixolydian' },
  { name: 'dorian', label: 'Dorian' },
  { name: 'minor', label: 'Minor' },
  { name: 'harmonic_minor', label: 'Harmonic minor' },
  { name: 'phrygian', label: 'Phrygian' },
  { name: 'locrian', label: 'Locrian' },
];

export const PRESETS = ['focus', 'meditation', 'sleep', 'bright', 'drift', 'night'];

/** @type {{ name: Part, label: string }[]} */
export const PARTS = [
  { name: 'pad', label: 'Pad' },
  { name: 'melody', label: 'Melody' },
  { name: 'bass', label: 'Bass' },
  { name: 'percussion', label: 'Drum' },
  { name: 'texture', label: 'Wind' },
];

/** @param {string} name such as `F#` or `Bb` @returns {number} 0 = C to 11 = B */
export function pitchClass(name) {
  const steps = [...name.slice(1)].reduce((sum, sign) => sum + (sign === '#' ? 1 : -1), 0);
  return ((((SEMITONES[name[0]] ?? 0) + steps) % 12) + 12) % 12;
}

/** @param {string} name @returns {string} with real sharps and flats */
export const pretty = (name) => name.replace('#', '♯').replace(/(?<=[A-G])b/, '♭');

/** @param {string} name @returns {string} as a screen reader should say it */
export const spoken = (name) => name.replace('#', ' sharp').replace(/(?<=[A-G])b/, ' flat');

/** @param {string} mode */
export const modeLabel = (mode) => MODES.find(({ name }) => name === mode)?.label ?? mode;

/** @param {string} word */
export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
