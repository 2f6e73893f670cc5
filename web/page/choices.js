/**
 * Controls that are one of a few: tonics on their circle of fifths around the moon, names in a row,
 * moods.
 */

import { byId, make } from './dom.js';
import { spoken } from './music.js';
import { placeOf } from './values.js';

/** @typedef {import('../client/protocol.js').Change} Change */
/** @typedef {import('../client/table.js').Row} Row */
/** @typedef {(field: string, change: Change, element: HTMLElement) => void} Steer */
/** @typedef {(field: string) => boolean} Busy whether a field is being moved here */

/**
 * @param {Row} row @param {string} look @param {string} value @param {string} text @param {string} label
 * @param {() => void} choose
 */
function radio({ name }, look, value, text, label, choose) {
  const input = make('input', { type: 'radio', name, value, 'aria-label': label });
  input.addEventListener('change', choose);
  return make('label', { class: `choice ${look}` }, input, make('span', { 'aria-hidden': 'true' }, text));
}

/** @param {HTMLElement} box @param {number} place which is chosen */
function check(box, place) {
  box.querySelectorAll('input').forEach((input, i) => {
    input.checked = i === place;
  });
}

/** @param {Row} row */
const named = ({ label, values }) => (values.order ? `${label}, ${values.order}` : label);

export class Circle {
  #box;

  /** @param {Row} row @param {Steer} steer */
  constructor(row, steer) {
    this.row = row;
    const { name: field, values } = row;
    this.#box = make('div', { class: 'circle', role: 'radiogroup', 'aria-label': named(row) });
    values.choices?.forEach(({ name, label }, i, { length }) => {
      const choose = () => steer(field, { [field]: name }, this.#box);
      const choice = radio(row, 'on-circle', name, label, spoken(name), choose);
      const angle = (i / length) * 2 * Math.PI;
      choice.style.setProperty('--x', Math.sin(angle).toFixed(4));
      choice.style.setProperty('--y', (-Math.cos(angle)).toFixed(4));
      this.#box.append(choice);
    });
    byId('circles').append(this.#box);
  }

  /** @param {any} value @param {Busy} busy */
  show(value, busy) {
    if (!busy(this.row.name)) check(this.#box, placeOf(this.row, value));
  }
}

export class Choices {
  #box;

  /** @param {Row} row @param {Steer} steer */
  constructor(row, steer) {
    this.row = row;
    const { name: field, values } = row;
    this.#box = make('div', { class: 'choices', role: 'radiogroup', 'aria-label': named(row) });
    for (const { name, label } of values.choices ?? []) {
      const choose = () => steer(field, { [field]: name }, this.#box);
      this.#box.append(radio(row, 'in-row', name, label, label, choose));
    }
    byId('choices').append(this.#box);
  }

  /** @param {any} value @param {Busy} busy */
  show(value, busy) {
    if (!busy(this.row.name)) check(this.#box, placeOf(this.row, value));
  }
}

export class Moods {
  #box;

  /** @param {Row} row @param {Steer} steer */
  constructor(row, steer) {
    const { name: field, values } = row;
    this.#box = make('div', { class: 'moods', role: 'group', 'aria-label': named(row) });
    for (const { name, label } of values.choices ?? []) {
      const look = { type: 'button', class: 'mood', value: name, 'aria-pressed': 'false' };
      const button = make('button', look, label);
      button.addEventListener('click', () => steer(field, { [field]: name }, this.#box));
      this.#box.append(button);
    }
    byId('moods').append(this.#box);
  }

  /** @param {any} value */
  show(value) {
    for (const button of this.#box.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.value === value));
    }
  }
}
