/** Links that carry the station and its state, and what to do when one is opened. */

import { modeLabel, pretty } from './music.js';

/** @typedef {import('../client/protocol.js').State} State */
/** @typedef {import('../client/protocol.js').Change} Change */

const LEVELS = /** @type {const} */ (['intensity', 'brightness', 'space', 'wander']);

/** @param {string} page address @param {string} station @param {State | null} state */
export function shareLink(page, station, state) {
  const url = new URL(page);
  url.search = url.hash = '';
  if (station !== 'main') url.searchParams.set('station', station);
  if (!state) return url.href;
  url.searchParams.set('key', state.key);
  url.searchParams.set('mode', state.mode);
  url.searchParams.set('bpm', String(Math.round(state.bpm * 10) / 10));
  for (const level of LEVELS) {
    const value = state[level];
    if (value !== undefined) url.searchParams.set(level, String(Math.round(value * 100) / 100));
  }
  return url.href;
}

/** @param {URLSearchParams} query @returns {Change | null} the state that a link carries */
export function sharedState(query) {
  /** @type {Change} */
  const change = {};
  const [key, mode] = [query.get('key'), query.get('mode')];
  if (key) change.key = key;
  if (mode) change.mode = mode;
  for (const field of /** @type {const} */ (['bpm', ...LEVELS])) {
    const value = Number(query.get(field) ?? NaN);
    if (!Number.isNaN(value)) change[field] = value;
  }
  return Object.keys(change).length > 0 ? change : null;
}

/** @param {Change} change in a few words */
export function describeChange({ key, mode, bpm }) {
  const name = [key && pretty(String(key)), mode && modeLabel(mode).toLowerCase()].filter(Boolean).join(' ');
  return [name, bpm && `${bpm} bpm`].filter(Boolean).join(', ') || 'its own mood';
}

/** @param {string} link @returns {Promise<string>} what to tell the listener */
export async function offerLink(link) {
  const phone = matchMedia('(pointer: coarse)').matches;
  if (phone && navigator.share) {
    await navigator.share({ title: 'Aeolian', url: link }).catch(() => {});
    return '';
  }
  try {
    await navigator.clipboard.writeText(link);
    return 'The link is in your clipboard';
  } catch {
    return link;
  }
}
