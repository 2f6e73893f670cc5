/**
 * A link and the writer's end of the player's mailbox, driven by orders: the same in a worker and on
 * the page.
 */

import { SharedMailbox } from '../player/mailbox.js';
import { Link } from './link.js';

/**
 * @typedef {{ order: 'mailbox', to: SharedArrayBuffer | MessagePort }
 *   | { order: 'open', url: string }
 *   | { order: 'send', message: object }
 *   | { order: 'close' | 'hurry' | 'rejoin' }} Order
 */

/** @typedef {import('../player/mailbox.js').Chunk} Chunk */

/** @param {MessagePort} port @returns {(chunk: Chunk) => void} */
function postTo(port) {
  return (chunk) => {
    const samples = chunk.samples.slice();
    port.postMessage({ ...chunk, samples }, [samples.buffer]);
  };
}

/**
 * @param {(message: any) => void} tell the page
 * @returns {(order: Order) => void}
 */
export function host(tell) {
  /** @type {(chunk: Chunk) => void} */
  let deliver = () => {};
  const link = new Link({ chunk: (chunk) => deliver(chunk), message: tell });
  return (order) => {
    switch (order.order) {
      case 'mailbox': {
        const { to } = order;
        if (to instanceof MessagePort) {
          deliver = postTo(to);
        } else {
          const shared = new SharedMailbox(to);
          deliver = (chunk) => shared.push(chunk);
        }
        break;
      }
      case 'open':
        link.open(order.url);
        break;
      case 'send':
        link.send(order.message);
        break;
      default:
        link[order.order]();
    }
  };
}
