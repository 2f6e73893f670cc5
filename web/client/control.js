/**
 * Sends changes of controls, and keeps the promise of an answer to each. Changes that come faster
 * than the station allows (20 messages a second, 40 at once) are merged, the last value of each control winning.
 */

/** @typedef {import('./protocol.js').Change} Change */
/** @typedef {import('./protocol.js').Ack} Ack */
/** @typedef {import('./protocol.js').WireError} WireError */

/** A change that the station did not take. */
export class Refused extends Error {
  /** @param {{ message: string, code?: string, field?: string }} error */
  constructor({ message, code, field }) {
    super(message);
    this.name = 'Refused';
    this.code = code ?? 'refused';
    this.field = field ?? null;
  }
}

/**
 * @typedef {object} Pending
 * @property {boolean} waits whether the change is to wait for its bar or phrase
 * @property {Promise<Ack>} answer
 * @property {(ack: Ack) => void} resolve
 * @property {(error: Error) => void} reject
 */

const BETWEEN_MS = 60;
const ANSWER_MS = 5000;

/** @returns {Pending} */
function pending() {
  /** @type {any} */
  const made = { waits: false };
  made.answer = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/**
 * @param {Change} first @param {Change} then
 * @returns {Change} what both together ask for
 */
export function merge(first, then) {
  const both = { ...first, ...then };
  if (first.parts && then.parts) both.parts = { ...first.parts, ...then.parts };
  return both;
}

export class ControlQueue {
  /** @type {Map<string | number, Pending>} */
  sent = new Map();
  /** @type {{ change: Change, pending: Pending } | null} */
  next = null;
  sent_ms = -Infinity;
  count = 0;

  /** @param {(message: Change & { type: 'control', id: number }) => void} send */
  constructor(send) {
    this.send = send;
  }

  /** @param {Change} change @returns {Promise<Ack>} */
  push(change) {
    if (this.next) {
      this.next.change = merge(this.next.change, change);
      return this.next.pending.answer;
    }
    const now_ms = performance.now();
    const wait_ms = this.sent_ms + BETWEEN_MS - now_ms;
    const made = pending();
    this.next = { change, pending: made };
    if (wait_ms > 0) setTimeout(() => this.#flush(), wait_ms);
    else this.#flush();
    return made.answer;
  }

  #flush() {
    if (!this.next) return;
    const { change, pending: made } = this.next;
    this.next = null;
    this.sent_ms = performance.now();
    this.count += 1;
    const id = this.count;
    made.waits = (change.apply ?? 'now') !== 'now';
    this.sent.set(id, made);
    const late = new Error('the station did not answer');
    const timer = setTimeout(() => this.refuse(id, late), ANSWER_MS);
    made.answer.then(() => clearTimeout(timer), () => clearTimeout(timer));
    this.send({ type: 'control', ...change, id });
  }

  /** Whether what was sent so is to wait for its bar or phrase. @param {string | number} id */
  waits(id) {
    return this.sent.get(id)?.waits ?? false;
  }

  /** @param {Ack} ack */
  acknowledge(ack) {
    this.sent.get(ack.id)?.resolve(ack);
    this.sent.delete(ack.id);
  }

  /** @param {string | number} id @param {Error} error @returns {boolean} whether it was waited for */
  refuse(id, error) {
    const waiting = this.sent.get(id);
    this.sent.delete(id);
    waiting?.reject(error);
    return waiting !== undefined;
  }
}
