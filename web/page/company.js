/** Other listeners: how many there are, and what they change. */

import { byId } from './dom.js';
import { capital, modeLabel, pretty } from './music.js';

/** @typedef {import('../client/protocol.js').State} State */

/** @type {[keyof State, (state: State) => string][]} */
const TOLD = [
  ['preset', ({ preset }) => (preset ? `chose ${capital(preset)}` : '')],
  ['key', ({ key }) => `turned to ${pretty(key)}`],
  ['mode', ({ mode }) => `chose ${modeLabel(mode).toLowerCase()}`],
  ['bpm', ({ bpm }) => `set the tempo to ${Math.round(bpm)}`],
  ['intensity', () => 'moved the intensity'],
  ['brightness', () => 'moved the brightness'],
  ['space', () => 'moved the space'],
  ['wander', () => 'moved how far it wanders'],
  ['parts', () => 'moved a part'],
];

/** @param {number} listeners */
export function showCompany(listeners) {
  const company = byId('company');
  company.hidden = listeners < 2;
  company.textContent = listeners === 2 ? 'one other is listening' : `${listeners - 1} others are listening`;
}

/**
 * What somebody else did to the station, in words.
 * @param {State} before @param {State} after
 */
export function describeOthers(before, after) {
  for (const [field, say] of TOLD) {
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) continue;
    const words = say(after);
    if (words) return `Another listener ${words}`;
  }
  return '';
}
