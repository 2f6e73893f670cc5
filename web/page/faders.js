/** A fader for each level of a control that has several, in the colour that its notes have in the sky. */

import { byId, make } from './dom.js';

/** @typedef {import('../client/table.js').Row} Row */
/** @typedef {import('./choices.js').Steer} Steer */
/** @typedef {import('./choices.js').Busy} Busy */

export class Faders {
  /** @type {Map<string, { box: HTMLElement, input: HTMLInputElement }>} */
  #faders = new Map();

  /** @param {Row} row @param {Steer} steer */
  constructor(row, steer) {
    this.row = row;
    const { name: field, values } = row;
    const group = make('div', { class: 'faders', role: 'group', 'aria-label': row.label });
    for (const { name, label } of values.choices ?? []) {
      const id = `${field}-${name}`;
      const input = make('input', { type: 'range', id, min: 0, max: 100, step: 1, orient: 'vertical' });
      const box = make(
        'div',
        { class: 'fader', 'data-part': name },
        make('div', { class: 'fader-track' }, make('i', { 'aria-hidden': 'true' }), input),
        make('label', { for: id }, label),
      );
      input.addEventListener('input', () => {
        this.#paint(box, input);
        steer(`${field}.${name}`, { [field]: { [name]: input.valueAsNumber / 100 } }, box);
      });
      this.#faders.set(name, { box, input });
      group.append(box);
    }
    byId('faders').append(group);
  }

  /** @param {any} levels @param {Busy} busy */
  show(levels, busy) {
    for (const [name, { box, input }] of this.#faders) {
      if (busy(`${this.row.name}.${name}`)) continue;
      input.value = String(Math.round((levels[name] ?? 1) * 100));
      this.#paint(box, input);
    }
  }

  /** @param {HTMLElement} box @param {HTMLInputElement} input */
  #paint(box, input) {
    box.style.setProperty('--at', String(input.valueAsNumber / 100));
    input.setAttribute('aria-valuetext', `${input.value} percent`);
  }
}
