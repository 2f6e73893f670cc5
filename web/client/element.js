/**
 * `<aeolian-player src="https://music.example" station="main">`: a small player for any page. Importing
 * this module defines it. `controls` names the numbers that it has sliders for; by default the station
 * says which.
 */

import { Station } from './station.js';
import { range } from './table.js';

/** @typedef {import('./health.js').Health} Health */
/** @typedef {import('./protocol.js').Score} Score */
/** @typedef {import('./protocol.js').State} State */
/** @typedef {import('./table.js').Row} Row */

/** Editors and the formatter know by this name that a text is CSS. */
const css = String.raw;

const STYLE = css`
  :host {
    --ink: #f0edfa;
    --soft: #b9b8dc;
    --night: #0a0e24;
    --dusk: #2a2758;
    --moon: #f6e3b0;
    display: block;
    min-width: 15rem;
    color: var(--ink);
    font:
      1rem/1.3 'Iowan Old Style',
      'Palatino Linotype',
      Palatino,
      Georgia,
      serif;
  }
  :host([theme='day']) {
    --ink: #1b2044;
    --soft: #43497a;
    --night: #dfe6f2;
    --dusk: #fbe6d6;
    --moon: #93430f;
  }
  section {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0.2rem 1.1rem;
    align-items: center;
    padding: 1rem 1.2rem;
    border-radius: 1.2rem;
    background: linear-gradient(var(--night), var(--dusk));
  }
  button {
    grid-row: span 3;
    width: 4.2rem;
    height: 4.2rem;
    border: 0;
    border-radius: 50%;
    cursor: pointer;
    padding: 0;
    background: radial-gradient(circle at 40% 35%, #fffaea, #ead8a8);
    box-shadow: 0 0 1.4rem rgb(246 236 208 / 0.35);
  }
  svg {
    width: 55%;
    fill: #3a2f55;
    stroke: #3a2f55;
    stroke-width: 2.5;
    stroke-linejoin: round;
    stroke-linecap: round;
  }
  .pause,
  [aria-pressed='true'] .play {
    display: none;
  }
  [aria-pressed='true'] .pause {
    display: inline;
  }
  :focus-visible {
    outline: 2px solid var(--moon);
    outline-offset: 3px;
  }
  p {
    margin: 0;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .chord {
    font-size: 1.25rem;
  }
  .chord i {
    color: var(--moon);
  }
  .health {
    color: var(--soft);
    font-size: 0.9rem;
  }
  .controls {
    grid-column: 2;
    display: grid;
    gap: 0.2rem;
    min-height: 1.5rem;
  }
  label {
    display: flex;
    align-items: center;
    gap: 0.6rem;
    color: var(--soft);
    font-size: 0.9rem;
  }
  input {
    flex: 1;
    min-width: 0;
    accent-color: var(--moon);
    min-height: 1.5rem;
  }
`;

const BODY = `<section aria-label="Aeolian">
  <button type="button" aria-pressed="false" aria-label="Play">
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <path class="play" d="M18 12.500v23l19-11.500Z"/><path class="pause" d="M17 13v22M31 13v22"/>
    </svg>
  </button>
  <p class="chord">Aeolian</p><p class="health">silent</p>
  <div class="controls"></div>
</section>`;

export class AeolianPlayer extends HTMLElement {
  /** @type {Station | null} */
  station = null;
  #root = this.attachShadow({ mode: 'open' });
  /** @type {Map<string, HTMLInputElement>} the slider of each control */
  #sliders = new Map();

  connectedCallback() {
    if (this.station) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.innerHTML = BODY;
    const station = new Station(this.getAttribute('src') ?? location.href, {
      station: this.getAttribute('station') ?? 'main',
    });
    this.station = station;
    const find = (/** @type {string} */ selector) => /** @type {any} */ (this.#root.querySelector(selector));
    const button = find('button');
    button.addEventListener('click', () => void (station.wanted ? station.pause() : station.play()));
    // A station whose table cannot be read is heard all the same.
    station.table().then(
      ({ controls }) => this.#addSliders(controls),
      () => {},
    );
    this.#on('health', (/** @type {Health} */ { phase, words }) => {
      const on = phase !== 'idle' && phase !== 'refused';
      button.setAttribute('aria-pressed', String(on));
      button.setAttribute('aria-label', on ? 'Pause' : 'Play');
      if (find('.health').textContent !== words) find('.health').textContent = words;
    });
    this.#on('state', (/** @type {State} */ state) => {
      for (const [name, slider] of this.#sliders) slider.value = String(state[name]);
    });
    this.#on('score', (/** @type {Score} */ { frame, chord }) => {
      const wait_s = (frame - station.frame) / 44_100;
      setTimeout(() => chord && this.#showChord(chord), Math.max(0, wait_s * 1000 || 0));
    });
  }

  disconnectedCallback() {
    void this.station?.pause();
  }

  /** @param {Row[]} controls */
  #addSliders(controls) {
    const { station } = this;
    const wanted = this.getAttribute('controls')?.split(/\s+/);
    const box = this.#root.querySelector('.controls');
    const health = this.#root.querySelector('.health');
    for (const row of controls) {
      const { name, label, slider } = row;
      if (row.values.kind !== 'number' || !(wanted?.includes(name) ?? slider?.in_player)) continue;
      const { lowest: min, highest: max, step } = range(row);
      const input = Object.assign(document.createElement('input'), { type: 'range', min, max, step });
      input.value = station?.state?.[name] ?? row.default;
      input.addEventListener('input', () => {
        station?.control({ [name]: input.valueAsNumber }).catch((error) => {
          if (health) health.textContent = error.message;
        });
      });
      const line = document.createElement('label');
      line.append(`${label} `, input);
      box?.append(line);
      this.#sliders.set(name, input);
    }
  }

  /** @param {string} name @param {(detail: any) => void} act */
  #on(name, act) {
    this.station?.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {NonNullable<Score['chord']>} chord */
  #showChord({ numeral, notes }) {
    const line = this.#root.querySelector('.chord');
    const name = document.createElement('i');
    name.textContent = numeral;
    line?.replaceChildren(name, ` ${notes.join(' · ')}`);
  }
}

customElements.define('aeolian-player', AeolianPlayer);
