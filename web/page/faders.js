/** A fader for each part, in the colour that its notes have in the sky. */

import { byId, make } from './dom.js';
import { PARTS } from './music.js';

/** @typedef {import('../client/protocol.js').State} State */
/** @typedef {import('../client/protocol.js').Part} Part */
/** @typedef {import('./choices.js').Steer} Steer */

export class Parts {
  /** @type {Map<Part, { box: HTMLElement, input: HTMLInputElement }>} */
  #faders = new Map();

  /** @param {Steer} steer */
  constructor(steer) {
    for (const { name, label } of PARTS) {
      const input = make('input', {
        type: 'range',
        id: `part-${name}`,
        min: 0,
        max: 100,
        step: 1,
        orient: 'vertical',
      });
      const box = make(
        'div',
        { class: 'fader', 'data-part': name },
        make('div', { class: 'fader-track' }, make('i', { 'aria-hidden': 'true' }), input),
        make('label', { for: `part-${name}` }, label),
      );
      input.addEventListener('input', () => {
        this.#paint(box, input);
        steer(`parts.${name}`, { parts: { [name]: input.valueAsNumber / 100 } }, box);
      });
      this.#faders.set(name, { box, input });
      byId('parts').append(box);
    }
  }

  /** @param {State} state @param {(field: string) => boolean} busy */
  show({ parts }, busy) {
    for (const [name, { box, input }] of this.#faders) {
      if (busy(`parts.${name}`)) continue;
      input.value = String(Math.round((parts[name] ?? 1) * 100));
      this.#paint(box, input);
    }
  }

  /** @param {HTMLElement} box @param {HTMLInputElement} input */
  #paint(box, input) {
    box.style.setProperty('--at', String(input.valueAsNumber / 100));
    input.setAttribute('aria-valuetext', `${input.value} percent`);
  }
}
