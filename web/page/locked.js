/** Where the station asks for a token before it lets anybody steer. */

import { byId, make } from './dom.js';
import { fillDialog } from './dialog.js';

/** @typedef {import('../client/station.js').Station} Station */

export class Locked {
  #dialog = byId('locked', HTMLDialogElement);
  #again = () => {};

  /** @param {Station} station */
  constructor(station) {
    const input = make('input', { type: 'password', id: 'token', autocomplete: 'current-password', required: true });
    const submit = make('button', { type: 'submit', class: 'mood' }, 'Unlock');
    const name = make('input', { type: 'text', name: 'username', value: 'aeolian', autocomplete: 'username', hidden: true });
    const form = make('form', { method: 'dialog', class: 'token' }, name, make('label', { for: 'token' }, 'Control token'), input, submit);
    form.addEventListener('submit', () => {
      station.token = input.value;
      this.#again();
    });
    fillDialog(this.#dialog, 'The controls are locked',
      make('p', {}, 'Everybody may listen here. Steering needs the token that the station was started with.'), form);
  }

  /** @param {() => void} again what was to be done */
  ask(again) {
    this.#again = again;
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}
