/**
 * The desk: every control of the station, made as its row in the station's table says, and shown as the
 * station has it. A change is sent at once, marked until the station has acknowledged it, and taken back
 * where it was refused.
 */

import { isLater } from '../client/protocol.js';
import { Choices, Circle, Moods } from './choices.js';
import { byId } from './dom.js';
import { Faders } from './faders.js';
import { ControlLine } from './lines.js';
import { next } from './values.js';

/** @typedef {import('../client/station.js').Station} Station */
/** @typedef {import('../client/table.js').Row} Row */
/** @typedef {import('../client/protocol.js').Change} Change */
/** @typedef {import('../client/protocol.js').State} State */

/** How long after the last movement of a control the station's word counts again. */
const HOLD_MS = 400;
/** A state that comes this soon after a change made here is taken for its answer. */
const MINE_MS = 2000;

/** What is made of a row, by the kind of its values. */
const KINDS = { number: ControlLine, tonic: Circle, choice: Choices, levels: Faders, presets: Moods };

export class Desk {
  /** What can be steered; nothing until the station has said it. @type {Row[]} */
  rows = [];
  /** @type {Map<string, { show: (value: any, busy: import('./choices.js').Busy) => void }>} by name */
  #controls = new Map();
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

  /** Puts a control on the desk for each row, once. @param {Row[]} rows */
  furnish(rows) {
    if (this.rows.length > 0) return;
    this.rows = rows;
    const steer = this.steer.bind(this);
    for (const row of rows) this.#controls.set(row.name, new KINDS[row.values.kind](row, steer));
    if (this.#state) this.show(this.#state);
  }

  /** @param {State} state */
  show(state) {
    this.#state = state;
    const now_ms = performance.now();
    const busy = (/** @type {string} */ field) => now_ms - (this.#moved.get(field) ?? -Infinity) < HOLD_MS;
    for (const [name, control] of this.#controls) {
      if (state[name] !== undefined) control.show(state[name], busy);
    }
  }

  /** Moves a control so many steps. @param {Row} row @param {number} steps */
  step(row, steps) {
    const { name } = row;
    if (this.#state) this.set({ [name]: next(row, this.#state[name], steps) }, name);
  }

  /** Steers without a control of its own being touched. @param {Change} change @param {string} field */
  set(change, field) {
    this.steer(field, change, byId('desk'));
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
