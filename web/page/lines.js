/**
 * The continuous controls. Each is a line that looks like what it does: tempo's waves come closer,
 * intensity's grow, brightness's sharpen, space's drift apart, wander's stray from the path, and
 * volume is a crescendo. A range input lies over each.
 */

import { byId, make, makeSvg } from './dom.js';

/** @typedef {import('../client/protocol.js').State} State */
/** @typedef {import('./choices.js').Steer} Steer */
/** @typedef {'bpm' | 'intensity' | 'brightness' | 'space' | 'wander'} LineName */

const WIDTH = 600;
const HEIGHT = 56;
const { PI, sin } = Math;

/** @param {string[]} steps @param {number} at 0 to 1 */
const word = (steps, at) => steps[Math.min(steps.length - 1, Math.floor(at * steps.length))];

/**
 * @typedef {object} Line
 * @property {LineName | 'volume'} name
 * @property {string} label
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {(value: number) => string} say
 * @property {((at: number) => number)[]} shapes each −1 to 1 over 0 to 1
 */

/** @type {(Line & { name: LineName })[]} */
export const LINES = [
  {
    name: 'bpm',
    label: 'Tempo',
    min: 60,
    max: 120,
    step: 1,
    say: (value) => `${Number(value.toFixed(1))} bpm`,
    shapes: [(at) => 0.55 * sin(2 * PI * (5 * at + 9 * at * at))],
  },
  {
    name: 'intensity',
    label: 'Intensity',
    min: 0,
    max: 1,
    step: 0.01,
    say: (value) => word(['still', 'hushed', 'gentle', 'flowing', 'swelling', 'full'], value),
    shapes: [(at) => (0.04 + 0.9 * at ** 1.4) * sin(2 * PI * 9 * at)],
  },
  {
    name: 'brightness',
    label: 'Brightness',
    min: 0,
    max: 1,
    step: 0.01,
    say: (value) => word(['dark', 'veiled', 'soft', 'clear', 'bright', 'brilliant'], value),
    shapes: [
      (at) => {
        const turn = 2 * PI * 8 * at;
        const edge = at ** 1.3;
        return 0.52 * (sin(turn) + edge * (sin(2 * turn) / 2 + sin(3 * turn) / 3 + sin(4 * turn) / 4));
      },
    ],
  },
  {
    name: 'space',
    label: 'Space',
    min: 0,
    max: 1,
    step: 0.01,
    say: (value) => word(['near', 'a room', 'a hall', 'a valley', 'a bay', 'the open sea'], value),
    shapes: [-1, -0.5, 0, 0.5, 1].map(
      (lane) => (at) => lane * 0.8 * at ** 1.2 + 0.14 * sin(2 * PI * (7 * at - lane * 0.2 * at)),
    ),
  },
  {
    name: 'wander',
    label: 'Wander',
    min: 0,
    max: 1,
    step: 0.01,
    say: (value) =>
      value === 0 ? 'at home' : word(['close by', 'now and then', 'often', 'far', 'always away'], value),
    shapes: [(at) => at * (0.62 * sin(2 * PI * 2.6 * at ** 1.3) + 0.3 * sin(2 * PI * 7.3 * at))],
  },
];

/** @type {Line} */
const VOLUME = {
  name: 'volume',
  label: 'Your volume',
  min: 0,
  max: 1,
  step: 0.01,
  say: (value) => (value === 0 ? 'off' : `${Math.round(value * 100)} %`),
  shapes: [(at) => 0.85 * at, () => 0, (at) => -0.85 * at],
};

/** @param {(at: number) => number} shape */
function trace(shape) {
  let path = '';
  for (let x = 0; x <= WIDTH; x += 2) {
    const y = HEIGHT / 2 - shape(x / WIDTH) * (HEIGHT / 2 - 4);
    path += `${x === 0 ? 'M' : 'L'}${x} ${y.toFixed(1)}`;
  }
  return path;
}

class WaveLine {
  /** @param {Line} line @param {(value: number, box: HTMLElement) => void} move */
  constructor(line, move) {
    const { name, label, min, max, step, shapes } = line;
    this.line = line;
    const frame = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
    const waves = ['rest', 'done'].map((part) =>
      makeSvg(
        'svg',
        { ...frame, class: `wave wave-${part}` },
        ...shapes.map((shape) => makeSvg('path', { d: trace(shape) })),
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
        waves[0],
        waves[1],
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
    const { min, max, say, shapes } = this.line;
    const at = (value - min) / (max - min);
    const height = shapes[Math.floor(shapes.length / 2)](at) * (1 - 8 / HEIGHT);
    this.box.style.setProperty('--at', at.toFixed(4));
    this.box.style.setProperty('--height', height.toFixed(4));
    this.output.textContent = say(value);
    this.input.setAttribute('aria-valuetext', say(value));
  }
}

export class Lines {
  /** @type {Map<LineName, WaveLine>} */
  #lines = new Map();

  /** @param {Steer} steer */
  constructor(steer) {
    for (const line of LINES) {
      const { name } = line;
      const made = new WaveLine(line, (value, box) => steer(name, { [name]: value }, box));
      this.#lines.set(name, made);
      byId('lines').append(made.box);
    }
  }

  /** @param {State} state @param {(field: string) => boolean} busy whether a field is being moved here */
  show(state, busy) {
    for (const [name, line] of this.#lines) {
      const value = state[name];
      line.box.hidden = value === undefined;
      if (value !== undefined && !busy(name)) line.show(value);
    }
  }
}

/** The one line that steers this device alone. @param {(level: number) => void} move */
export function volumeLine(move) {
  const line = new WaveLine(VOLUME, move);
  byId('lines').append(line.box);
  return line;
}
