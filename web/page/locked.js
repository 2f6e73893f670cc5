/** Where the station asks for a token before it lets anybody listen or steer. */

import { byId, make } from './dom.js';
import { fillDialog } from './dialog.js';

/** @typedef {import('../client/station.js').Station} Station */

/** What is locked: its title, why, and what the token is called. */
const LOCKS = {
  listen: [
    'This station is private',
    'Listening needs the token that the station was started with.',
    'Token',
  ],
  steer: [
    'The controls are locked',
    'Steering needs the token that the station was started with.',
    'Control token',
  ],
};

export class Locked {
  #dialog = byId('locked', HTMLDialogElement);
  #station;

  /** @param {Station} station */
  constructor(station) {
    this.#station = station;
  }

  /** @param {keyof typeof LOCKS} lock @param {() => void} again what was to be done */
  ask(lock, again) {
    if (this.#dialog.open) return;
    const [title, why, label] = LOCKS[lock];
    const input = make('input', {
      type: 'password',
      id: 'token',
      autocomplete: 'current-password',
      required: true,
    });
    const submit = make('button', { type: 'submit', class: 'mood' }, 'Unlock');
    const name = make('input', {
      type: 'text',
      name: 'username',
      value: 'aeolian',
      autocomplete: 'username',
      hidden: true,
    });
    const form = make(
      'form',
      { method: 'dialog', class: 'token' },
      name,
      make('label', { for: 'token' }, label),
      input,
      submit,
    );
    form.addEventListener('submit', () => {
      this.#station.token = input.value;
      again();
    });
    fillDialog(this.#dialog, title, make('p', {}, why), form);
    this.#dialog.showModal();
  }
}
