/**
 * Sends changes of controls, and keeps the promise of an answer to each. Changes that come faster
 * than the station allows (20 messages a second, 40 at once) are merged, the last value of each control
 * winning, where they are to hold from the same time.
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

/** @param {unknown} value whether it has members that are asked for one by one */
const isLevels = (value) => typeof value === 'object' && value !== null;

/**
 * @param {Change} first @param {Change} then
 * @returns {Change} what both together ask for
 */
export function merge(first, then) {
  const both = { ...first, ...then };
  for (const [name, value] of Object.entries(first)) {
    const last = then[name];
    if (isLevels(value) && isLevels(last)) both[name] = Object.assign({}, value, last);
  }
  return both;
}

/** @param {Change} change @returns {'now' | 'bar' | 'phrase'} from when on it is to hold */
const holdsFrom = (change) => change.apply ?? 'now';

export class ControlQueue {
  /** @type {Map<string | number, Pending>} */
  sent = new Map();
  /** What is to be sent, in order. @type {{ change: Change, pending: Pending }[]} */
  waiting = [];
  sent_ms = -Infinity;
  count = 0;

  /** @param {(message: Change & { type: 'control', id: number }) => void} send */
  constructor(send) {
    this.send = send;
  }

  /** @param {Change} change @returns {Promise<Ack>} */
  push(change) {
    const last = this.waiting.at(-1);
    if (last && holdsFrom(last.change) === holdsFrom(change)) {
      last.change = merge(last.change, change);
      return last.pending.answer;
    }
    const made = pending();
    this.waiting.push({ change, pending: made });
    if (!last) this.#flush();
    return made.answer;
  }

  /** Sends the first that waits, once it may, and then the others. */
  #flush() {
    const wait_ms = this.sent_ms + BETWEEN_MS - performance.now();
    if (wait_ms > 0) {
      setTimeout(() => this.#flush(), wait_ms);
      return;
    }
    const first = this.waiting.shift();
    if (!first) return;
    const { change, pending: made } = first;
    this.sent_ms = performance.now();
    this.count += 1;
    const id = this.count;
    made.waits = holdsFrom(change) !== 'now';
    this.sent.set(id, made);
    const late = new Error('the station did not answer');
    const timer = setTimeout(() => this.refuse(id, late), ANSWER_MS);
    made.answer.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
    this.send({ type: 'control', ...change, id });
    if (this.waiting.length > 0) this.#flush();
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
