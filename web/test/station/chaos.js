/** A TCP proxy that behaves like a bad network: delay, jitter, stalls, an outage, resets. */

import { connect, createServer } from 'node:net';

/** @typedef {import('node:net').Socket} Socket */

/**
 * @typedef {object} Weather
 * @property {number} [delay_ms] each way
 * @property {number} [jitter_ms] up to this much more or less, at random
 * @property {number} [stall_ms] how long it stalls, and
 * @property {number} [stall_every_ms] how often
 */

export class ChaosProxy {
  /** @type {Set<Socket>} */
  #sockets = new Set();
  #outage_ms = 0;

  /** @param {string} target address of a station @param {Weather} [weather] */
  constructor(target, weather = {}) {
    this.target = new URL(target);
    this.weather = weather;
    this.server = createServer((socket) => this.#join(socket));
  }

  /** @returns {Promise<string>} its address */
  async start() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', () => done(null)));
    const at = this.server.address();
    return `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`;
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
  }

  /** Nothing gets through from now on, for so long; then all of it. @param {number} length_ms */
  outage(length_ms) {
    this.#outage_ms = performance.now() + length_ms;
  }

  /** Every connection is reset. */
  reset() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** @param {Socket} near */
  #join(near) {
    const far = connect(Number(this.target.port), this.target.hostname);
    this.#pipe(near, far);
    this.#pipe(far, near);
  }

  /** @param {Socket} from @param {Socket} to */
  #pipe(from, to) {
    this.#sockets.add(from);
    from.setNoDelay(true);
    /** @type {Buffer[]} */
    const held = [];
    // Timers that are due in the same millisecond fire in any order; bytes keep theirs.
    const release = () => {
      const bytes = held.shift();
      if (bytes && to.writable) to.write(bytes);
    };
    let last_ms = 0;
    from.on('data', (bytes) => {
      held.push(bytes);
      last_ms = Math.max(last_ms, this.#due_ms(performance.now()));
      setTimeout(release, last_ms - performance.now());
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  /** When what comes now may go on. @param {number} now_ms */
  #due_ms(now_ms) {
    const { delay_ms = 0, jitter_ms = 0, stall_ms = 0, stall_every_ms = 0 } = this.weather;
    const arrives_ms = now_ms + delay_ms + jitter_ms * (2 * Math.random() - 1);
    const into_ms = stall_every_ms ? arrives_ms % stall_every_ms : stall_ms;
    return Math.max(arrives_ms + Math.max(0, stall_ms - into_ms), this.#outage_ms);
  }
}
