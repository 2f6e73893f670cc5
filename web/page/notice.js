/** One line at the bottom that says what just happened, and may offer one thing to do about it. */

import { byId, make } from './dom.js';

const SHOWN_MS = 5000;

export class Notice {
  #box = byId('notice');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} words @param {{ label: string, act: () => void }} [offer] */
  show(words, offer) {
    clearTimeout(this.#timer);
    this.#box.replaceChildren(words);
    if (offer) {
      const button = make('button', { type: 'button' }, offer.label);
      button.addEventListener('click', () => {
        this.hide();
        offer.act();
      });
      this.#box.append(' ', button);
    }
    this.#box.dataset.shown = '';
    this.#timer = setTimeout(() => this.hide(), offer ? SHOWN_MS * 3 : SHOWN_MS);
  }

  hide() {
    delete this.#box.dataset.shown;
  }
}
