/** Values of a control, as its row has them: rounded, in words, and the next one. */

import { range } from '../client/table.js';
import { pretty } from './music.js';

/** @typedef {import('../client/table.js').Row} Row */
/** @typedef {import('../client/table.js').Choice} Choice */

/** @param {Row} row @param {number} value to as many decimals as are shown and shared */
export const rounded = (row, value) => Number(value.toFixed(range(row).decimals));

/** Where a name stands in its list; −1 where it does not. @param {Row} row @param {string} value */
export const placeOf = ({ values }, value) =>
  (values.choices ?? []).findIndex(({ name, also }) => name === value || also === value);

/** What a slider says of its value. @param {Row} row @param {number} value */
export function said(row, value) {
  const { says = [], says_lowest } = row.slider ?? {};
  const { lowest, highest, unit } = range(row);
  if (says_lowest && value === lowest) return says_lowest;
  if (says.length === 0) return `${rounded(row, value)} ${unit}`.trim();
  const at = (value - lowest) / (highest - lowest);
  return says[Math.min(says.length - 1, Math.floor(at * says.length))];
}

/** A value within a sentence; nothing where there is none. @param {Row} row @param {any} value */
export function told(row, value) {
  const { kind, choices = [] } = row.values;
  if (kind === 'number') {
    const { step } = range(row);
    return String(rounded(row, Math.round(value / step) * step));
  }
  if (kind === 'tonic') return pretty(String(value));
  const label = choices[placeOf(row, value)]?.label ?? value ?? '';
  return kind === 'choice' ? label.toLowerCase() : label;
}

/**
 * The value that is so many steps on: a number stays within its range, a list begins again.
 * @param {Row} row @param {any} value @param {number} steps of the row's shortcut
 */
export function next(row, value, steps) {
  const { choices } = row.values;
  if (choices) {
    const at = placeOf(row, value) + steps;
    return choices[((at % choices.length) + choices.length) % choices.length].name;
  }
  const { lowest, highest } = range(row);
  return Math.min(highest, Math.max(lowest, rounded(row, value + steps)));
}
