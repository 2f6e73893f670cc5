/**
 * The continuous controls. Each is a line that looks like what it does: waves that come closer, grow,
 * sharpen, drift apart or stray from the path, as its row says, and volume is a crescendo. A range
 * input lies over each.
 */

import { range } from '../client/table.js';
import { byId, make, makeSvg } from './dom.js';
import { said } from './values.js';

/** @typedef {import('../client/table.js').Row} Row */
/** @typedef {import('./choices.js').Steer} Steer */
/** @typedef {import('./choices.js').Busy} Busy */

const WIDTH = 600;
const HEIGHT = 56;
const { PI, sin } = Math;

/** @typedef {(at: number) => number} Wave −1 to 1 over 0 to 1 */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} label
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {(value: number) => string} say
 * @property {Wave[]} waves
 */

/** The waves of each shape that a row may name. @type {Record<string, Wave[]>} */
export const SHAPES = {
  closer: [(at) => 0.55 * sin(2 * PI * (5 * at + 9 * at * at))],
  growing: [(at) => (0.04 + 0.9 * at ** 1.4) * sin(2 * PI * 9 * at)],
  sharper: [
    (at) => {
      const turn = 2 * PI * 8 * at;
      const edge = at ** 1.3;
      return 0.52 * (sin(turn) + edge * (sin(2 * turn) / 2 + sin(3 * turn) / 3 + sin(4 * turn) / 4));
    },
  ],
  apart: [-1, -0.5, 0, 0.5, 1].map(
    (lane) => (at) => lane * 0.8 * at ** 1.2 + 0.14 * sin(2 * PI * (7 * at - lane * 0.2 * at)),
  ),
  astray: [(at) => at * (0.62 * sin(2 * PI * 2.6 * at ** 1.3) + 0.3 * sin(2 * PI * 7.3 * at))],
};
/** The line of a row that names none: a slope. @type {Wave[]} */
const PLAIN = [(at) => 1.6 * at - 0.8];

/** @param {Row} row @returns {Line} */
export function lineOf(row) {
  const { lowest: min, highest: max, step } = range(row);
  const { name, label, slider } = row;
  const waves = SHAPES[slider?.shape ?? ''] ?? PLAIN;
  return { name, label, min, max, step, say: (value) => said(row, value), waves };
}

/** @type {Line} */
const VOLUME = {
  name: 'volume',
  label: 'Your volume',
  min: 0,
  max: 1,
  step: 0.01,
  say: (value) => (value === 0 ? 'off' : `${Math.round(value * 100)} %`),
  waves: [(at) => 0.85 * at, () => 0, (at) => -0.85 * at],
};

/** @param {Wave} wave */
function trace(wave) {
  let path = '';
  for (let x = 0; x <= WIDTH; x += 2) {
    const y = HEIGHT / 2 - wave(x / WIDTH) * (HEIGHT / 2 - 4);
    path += `${x === 0 ? 'M' : 'L'}${x} ${y.toFixed(1)}`;
  }
  return path;
}

class WaveLine {
  /** @param {Line} line @param {(value: number, box: HTMLElement) => void} move */
  constructor(line, move) {
    const { name, label, min, max, step, waves } = line;
    this.line = line;
    const frame = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
    const drawn = ['rest', 'done'].map((part) =>
      makeSvg(
        'svg',
        { ...frame, class: `wave wave-${part}` },
        ...waves.map((wave) => makeSvg('path', { d: trace(wave) })),
      ),
    );
    this.input = make('input', { type: 'range', id: `line-${name}`, min, max, step });
    this.output = make('output', { for: `line-${name}` });
    this.box = make(
      'div',
      { class: 'line', 'data-line': name },
      make('label', { class: 'line-name', for: `line-${name}` }, label),
      this.output,
      make(
        'div',
        { class: 'line-track' },
        ...drawn,
        make('i', { class: 'star', 'aria-hidden': 'true' }),
        this.input,
      ),
    );
    this.input.addEventListener('input', () => {
      this.#paint();
      move(this.input.valueAsNumber, this.box);
    });
  }

  /** @param {number} value */
  show(value) {
    this.input.value = String(value);
    this.#paint(value);
  }

  /** @param {number} [value] */
  #paint(value = this.input.valueAsNumber) {
    const { min, max, say, waves } = this.line;
    const at = (value - min) / (max - min);
    const height = waves[Math.floor(waves.length / 2)](at) * (1 - 8 / HEIGHT);
    this.box.style.setProperty('--at', at.toFixed(4));
    this.box.style.setProperty('--height', height.toFixed(4));
    this.output.textContent = say(value);
    this.input.setAttribute('aria-valuetext', say(value));
  }
}

/** A number of the station, on the page before the one line that is this device's. */
export class ControlLine {
  #line;

  /** @param {Row} row @param {Steer} steer */
  constructor(row, steer) {
    const { name } = row;
    this.name = name;
    this.#line = new WaveLine(lineOf(row), (value, box) => steer(name, { [name]: value }, box));
    byId('lines').append(this.#line.box);
  }

  /** @param {any} value @param {Busy} busy */
  show(value, busy) {
    if (!busy(this.name)) this.#line.show(value);
  }
}

/** The one line that steers this device alone. @param {(level: number) => void} move */
export function volumeLine(move) {
  const line = new WaveLine(VOLUME, move);
  byId('own-lines').append(line.box);
  return line;
}
