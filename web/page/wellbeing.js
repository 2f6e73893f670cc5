/** The line of health: plain words, and the numbers one click away. */

import { byId, make } from './dom.js';

/** @typedef {import('../client/station.js').Station} Station */
/** @typedef {import('../client/health.js').Health} Health */

const SHOWN_MS = 200;
/** What a screen reader is told of: not the numbers that move within a phase. */
const SAID = /** @type {Partial<Record<Health['phase'], string>>} */ ({
  reconnecting: 'Connection lost, trying again',
  playing: 'Playing',
  blocked: 'The browser waits for a tap',
});

/** @param {number} value @param {string} unit @param {number} [digits] */
const number = (value, unit, digits = 0) =>
  Number.isFinite(value) ? `${value.toFixed(digits)} ${unit}` : '–';

/** @param {Health} health @returns {[string, string][]} */
const rows = (health) => [
  ['Latency, station to ear', number(health.latency_ms, 'ms')],
  ['of it in the device', number(health.output_ms, 'ms')],
  ['Buffer', number(health.buffer_ms, 'ms')],
  ['Delay aimed for', number(health.target_ms, 'ms')],
  ['Late arrivals (95 %)', number(health.late_ms, 'ms')],
  ['Round trip', number(health.trip_ms, 'ms', 1)],
  ['Playout rate', `${((health.rate - 1) * 100).toFixed(3)} %`],
  ['Underruns', String(health.underruns)],
  ['Skips', String(health.skips)],
  ['Engine', health.engine === 'script' ? 'script processor' : (health.engine ?? '–')],
  ['Format', health.format],
];

export class Wellbeing {
  #words = byId('health');
  #button = byId('health-open', HTMLButtonElement);
  #numbers = byId('numbers');
  #announce = byId('announce');
  #shown_ms = -Infinity;
  #phase = '';

  /** @param {Station} station */
  constructor(station) {
    this.#button.addEventListener('click', () => {
      this.#numbers.hidden = !this.#numbers.hidden;
      this.#button.setAttribute('aria-expanded', String(!this.#numbers.hidden));
      this.#fill(station.health);
    });
  }

  /** @param {Health} health */
  show(health) {
    const now_ms = performance.now();
    const turned = health.phase !== this.#phase;
    if (!turned && now_ms - this.#shown_ms < SHOWN_MS) return;
    this.#shown_ms = now_ms;
    if (this.#words.textContent !== health.words) this.#words.textContent = health.words;
    this.#button.dataset.phase = health.phase;
    this.#button.dataset.uneasy = String(health.phase === 'playing' && health.words !== 'smooth');
    if (turned && this.#phase) this.#announce.textContent = SAID[health.phase] ?? '';
    this.#phase = health.phase;
    if (!this.#numbers.hidden) this.#fill(health);
  }

  /** @param {Health} health */
  #fill(health) {
    this.#numbers.replaceChildren(
      ...rows(health).flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]),
    );
  }
}
