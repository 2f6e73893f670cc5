/**
 * Controls that are one of a few: the keys on their circle of fifths around the moon, the modes from
 * bright to dark, the moods.
 */

import { byId, make } from './dom.js';
import { capital, CIRCLE, MODES, pitchClass, PRESETS, pretty, spoken } from './music.js';

/** @typedef {import('../client/protocol.js').Change} Change */
/** @typedef {import('../client/protocol.js').State} State */
/** @typedef {(field: string, change: Change, element: HTMLElement) => void} Steer */

/**
 * @param {string} group @param {string} value @param {string} text @param {string} label
 * @param {() => void} choose
 */
function radio(group, value, text, label, choose) {
  const input = make('input', { type: 'radio', name: group, value, 'aria-label': label });
  input.addEventListener('change', choose);
  return make('label', { class: `choice ${group}` }, input, make('span', { 'aria-hidden': 'true' }, text));
}

/** @param {HTMLElement} box @param {string | null} value */
function check(box, value) {
  for (const input of box.querySelectorAll('input')) input.checked = input.value === value;
}

export class Keys {
  #box = byId('keys');

  /** @param {Steer} steer */
  constructor(steer) {
    CIRCLE.forEach((name, i) => {
      const choice = radio('key', name, pretty(name), spoken(name), () =>
        steer('key', { key: name }, this.#box),
      );
      const angle = (i / CIRCLE.length) * 2 * Math.PI;
      choice.style.setProperty('--x', Math.sin(angle).toFixed(4));
      choice.style.setProperty('--y', (-Math.cos(angle)).toFixed(4));
      this.#box.append(choice);
    });
  }

  /** @param {State} state */
  show({ key }) {
    check(this.#box, CIRCLE.find((name) => pitchClass(name) === pitchClass(key)) ?? null);
  }

  /** The next key on the circle. @param {number} steps @param {State} state */
  step(steps, { key }) {
    const at = CIRCLE.findIndex((name) => pitchClass(name) === pitchClass(key));
    return CIRCLE[(at + steps + CIRCLE.length) % CIRCLE.length];
  }
}

export class Modes {
  #box = byId('modes');

  /** @param {Steer} steer */
  constructor(steer) {
    for (const { name, label } of MODES) {
      this.#box.append(radio('mode', name, label, label, () => steer('mode', { mode: name }, this.#box)));
    }
  }

  /** @param {State} state */
  show({ mode }) {
    check(this.#box, mode);
  }
}

export class Moods {
  #box = byId('presets');

  /** @param {Steer} steer */
  constructor(steer) {
    for (const preset of PRESETS) {
      const button = make(
        'button',
        { type: 'button', class: 'mood', value: preset, 'aria-pressed': 'false' },
        capital(preset),
      );
      button.addEventListener('click', () => steer('preset', { preset }, this.#box));
      this.#box.append(button);
    }
  }

  /** @param {State} state */
  show({ preset }) {
    for (const button of this.#box.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.value === preset));
    }
  }
}
