/** Keys that steer, and the card that lists them. */

import { byId, make } from './dom.js';
import { fillDialog } from './dialog.js';
import { keepSettings, readSettings } from './settings.js';

/**
 * @typedef {object} Shortcut
 * @property {string[]} keys as `KeyboardEvent.key` names them
 * @property {string} shown
 * @property {string} says
 * @property {(event: KeyboardEvent) => void} act
 */

export class Shortcuts {
  #dialog = byId('help', HTMLDialogElement);
  #on = readSettings().shortcuts;
  #list = make('dl', { class: 'shortcuts' });
  /** @type {Shortcut[]} */
  #all = [];

  constructor() {
    const toggle = make('input', { type: 'checkbox', id: 'shortcuts-on', checked: this.#on });
    toggle.addEventListener('change', () => {
      this.#on = toggle.checked;
      keepSettings({ shortcuts: toggle.checked });
    });
    fillDialog(
      this.#dialog,
      'Keyboard',
      this.#list,
      make('p', {}, make('label', { class: 'check' }, toggle, ' Single keys steer the station')),
    );
    byId('open-help').addEventListener('click', () => this.open());
    addEventListener('keydown', (event) => this.#press(event));
  }

  /** What the keys do from now on. @param {Shortcut[]} shortcuts */
  set(shortcuts) {
    this.#all = [...shortcuts, { keys: ['?'], shown: '?', says: 'This card', act: () => this.open() }];
    const rows = this.#all.flatMap(({ shown, says }) => [
      make('dt', {}, ...shown.split(' ').map((key) => make('kbd', {}, key))),
      make('dd', {}, says),
    ]);
    this.#list.replaceChildren(...rows);
  }

  open() {
    this.#dialog.showModal();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#on || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector('dialog[open]')) return;
    const found = this.#all.find(({ keys }) => keys.includes(event.key));
    if (!found || this.#taken(event)) return;
    event.preventDefault();
    found.act(event);
  }

  /** Whether the focused element needs this key itself. @param {KeyboardEvent} event */
  #taken({ key, target }) {
    if (!(target instanceof HTMLElement)) return false;
    if (target instanceof HTMLButtonElement) return key === ' ' || key === 'Enter';
    if (!(target instanceof HTMLInputElement)) return false;
    if (target.type !== 'range' && target.type !== 'radio') return true;
    return (
      key.startsWith('Arrow') || key === 'Home' || key === 'End' || (key === ' ' && target.type === 'radio')
    );
  }
}
