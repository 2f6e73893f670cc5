/**
 * The desk: every control of the station, shown as the station has it. A change is sent at once,
 * marked until the station has acknowledged it, and taken back where it was refused.
 */

import { isLater } from '../client/protocol.js';
import { Keys, Modes, Moods } from './choices.js';
import { Lines } from './lines.js';
import { Parts } from './parts.js';

/** @typedef {import('../client/station.js').Station} Station */
/** @typedef {import('../client/protocol.js').Change} Change */
/** @typedef {import('../client/protocol.js').State} State */

/** How long after the last movement of a control the station's word counts again. */
const HOLD_MS = 400;
/** A state that comes this soon after a change made here is taken for its answer. */
const MINE_MS = 2000;

export class Desk {
  /** @type {Map<string, number>} field → when it was last moved here, by performance.now() */
  #moved = new Map();
  /** @type {State | null} */
  #state = null;

  /**
   * @param {Station} station
   * @param {object} tell
   * @param {(error: Error & { code?: string }, again: () => void) => void} tell.refused
   * @param {(before: State, after: State) => void} tell.others somebody else changed something
   */
  constructor(station, { refused, others }) {
    this.station = station;
    this.refused = refused;
    const steer = this.steer.bind(this);
    this.keys = new Keys(steer);
    this.modes = new Modes(steer);
    this.moods = new Moods(steer);
    this.lines = new Lines(steer);
    this.parts = new Parts(steer);
    station.addEventListener('state', (event) => {
      const { detail } = /** @type {CustomEvent<State>} */ (event);
      const before = this.#state;
      this.show(detail);
      const mine = performance.now() - Math.max(0, ...this.#moved.values()) < MINE_MS;
      if (before && !mine && isLater(detail, before)) others(before, detail);
    });
  }

  get state() {
    return this.#state;
  }

  /** @param {State} state */
  show(state) {
    this.#state = state;
    const now_ms = performance.now();
    const busy = (/** @type {string} */ field) => now_ms - (this.#moved.get(field) ?? -Infinity) < HOLD_MS;
    if (!busy('key')) this.keys.show(state);
    if (!busy('mode')) this.modes.show(state);
    this.moods.show(state);
    this.lines.show(state, busy);
    this.parts.show(state, busy);
  }

  /**
   * @param {string} field @param {Change} change
   * @param {HTMLElement} element what is marked until the answer
   */
  steer(field, change, element) {
    this.#moved.set(field, performance.now());
    element.dataset.pending = field;
    this.station.control(change).then(
      () => this.#settle(element),
      (error) => {
        this.#moved.delete(field);
        this.#settle(element);
        if (this.#state) this.show(this.#state);
        this.refused(error, () => this.steer(field, change, element));
      },
    );
    setTimeout(() => this.#state && this.show(this.#state), HOLD_MS + 50);
  }

  /** @param {HTMLElement} element */
  #settle(element) {
    delete element.dataset.pending;
    element.dataset.settled = '';
    setTimeout(() => delete element.dataset.settled, 900);
  }
}
