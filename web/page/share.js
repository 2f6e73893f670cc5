/** Links that carry the station and its state, and what to do when one is opened. */

import { rounded, told } from './values.js';

/** @typedef {import('../client/protocol.js').State} State */
/** @typedef {import('../client/protocol.js').Change} Change */
/** @typedef {import('../client/table.js').Row} Row */

/** What a link has room for: controls whose value is one word or one number. @param {Row[]} rows */
const carried = (rows) => rows.filter(({ values }) => ['number', 'tonic', 'choice'].includes(values.kind));

/** @param {string} page address @param {string} station @param {Row[]} rows @param {State | null} state */
export function shareLink(page, station, rows, state) {
  const url = new URL(page);
  url.search = url.hash = '';
  if (station !== 'main') url.searchParams.set('station', station);
  if (!state) return url.href;
  for (const row of carried(rows)) {
    const value = state[row.name];
    if (value === undefined) continue;
    url.searchParams.set(row.name, String(row.values.kind === 'number' ? rounded(row, value) : value));
  }
  return url.href;
}

/** @param {URLSearchParams} query @param {Row[]} rows @returns {Change | null} the state that a link carries */
export function sharedState(query, rows) {
  /** @type {Change} */
  const change = {};
  for (const { name, values } of carried(rows)) {
    const text = query.get(name);
    const value = values.kind === 'number' ? Number(text) : text;
    if (text && !Number.isNaN(value)) change[name] = value;
  }
  return Object.keys(change).length > 0 ? change : null;
}

/** A change in a few words: its names, and what numbers have a unit. @param {Change} change @param {Row[]} rows */
export function describeChange(change, rows) {
  const given = carried(rows).filter(({ name }) => change[name] !== undefined);
  const names = given.filter(({ values }) => values.kind !== 'number');
  const measured = given.filter(({ values }) => values.unit);
  const words = [
    names.map((row) => told(row, change[row.name])).join(' '),
    ...measured.map(({ name, values }) => `${change[name]} ${values.unit}`),
  ];
  return words.filter(Boolean).join(', ') || 'its own mood';
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
