/**
 * Starts a link in a worker; on the page itself where a worker cannot be had, as for an app that
 * imports this library from another origin.
 */

import { host } from './host.js';

/** @typedef {import('./host.js').Order} Order */
/** @typedef {{ obey: (order: Order, transfer?: Transferable[]) => void, end: () => void }} LinkHandle */

/** @param {(message: any) => void} hear @returns {LinkHandle} */
export function openLink(hear) {
  try {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => hear(data);
    return {
      obey: (order, transfer = []) => worker.postMessage(order, transfer),
      end: () => worker.terminate(),
    };
  } catch {
    const obey = host(hear);
    return { obey, end: () => obey({ order: 'close' }) };
  }
}
