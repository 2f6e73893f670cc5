/** Other listeners: how many there are, and what they change. */

import { byId } from './dom.js';
import { told } from './values.js';

/** @typedef {import('../client/protocol.js').State} State */
/** @typedef {import('../client/table.js').Row} Row */

/** @param {number} listeners */
export function showCompany(listeners) {
  const company = byId('company');
  company.hidden = listeners < 2;
  company.textContent = listeners === 2 ? 'one other is listening' : `${listeners - 1} others are listening`;
}

/**
 * What somebody else did to the station, in words: of several changes the first, a preset before what
 * it sets.
 * @param {Row[]} rows @param {State} before @param {State} after
 */
export function describeOthers(rows, before, after) {
  const isPresets = (/** @type {Row} */ { values }) => values.kind === 'presets';
  for (const row of [...rows.filter(isPresets), ...rows.filter((it) => !isPresets(it))]) {
    const { name, moved } = row;
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
    const isForgotten = after[name] === null;
    if (!isForgotten) return `Another listener ${moved.replace('{}', () => told(row, after[name]))}`;
  }
  return '';
}
