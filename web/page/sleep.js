/** The sleep timer: the music fades over the last minutes, and then the station is left. */

import { byId, make } from './dom.js';
import { fillDialog } from './dialog.js';

/** @typedef {import('../client/station.js').Station} Station */

const CHOICES_MIN = [10, 20, 30, 45, 60, 90];
/** The fade takes the last quarter, at most this long. */
const FADE_MAX_S = 300;
const LOOK_MS = 1000;

export class Sleep {
  #dialog = byId('sleep', HTMLDialogElement);
  #left = byId('sleep-left');
  #end_ms = NaN;
  #fading = false;

  /**
   * @param {Station} station
   * @param {(words: string) => void} say
   */
  constructor(station, say) {
    this.station = station;
    this.say = say;
    const choices = CHOICES_MIN.map((minutes) => {
      const button = make('button', { type: 'button', class: 'mood', value: minutes }, `${minutes} min`);
      button.addEventListener('click', () => this.start(minutes));
      return button;
    });
    const off = make('button', { type: 'button', class: 'mood' }, 'Off');
    off.addEventListener('click', () => this.stop());
    fillDialog(
      this.#dialog,
      'Sleep timer',
      make('p', {}, 'The music fades slowly, and then it is quiet.'),
      make('div', { class: 'moods' }, ...choices, off),
    );
    byId('open-sleep').addEventListener('click', () => this.open());
    setInterval(() => this.#look(), LOOK_MS);
  }

  open() {
    this.#dialog.showModal();
  }

  /** Whether it runs. */
  get on() {
    return !Number.isNaN(this.#end_ms);
  }

  /** @param {number} minutes */
  start(minutes) {
    this.#dialog.close();
    this.#raise();
    this.#end_ms = Date.now() + minutes * 60_000;
    this.fade_s = Math.min(FADE_MAX_S, minutes * 15);
    this.say(`The music ends in ${minutes} minutes`);
    this.#look();
  }

  stop() {
    this.#dialog.close();
    if (this.on) this.say('The sleep timer is off');
    this.#raise();
    this.#end_ms = NaN;
    this.#look();
  }

  #raise() {
    if (this.#fading) this.station.fade(1, 2);
    this.#fading = false;
  }

  #look() {
    const left_s = (this.#end_ms - Date.now()) / 1000;
    this.#left.textContent = this.on ? `${Math.max(0, Math.ceil(left_s / 60))} min` : '';
    if (!this.on) return;
    if (!this.#fading && left_s <= (this.fade_s ?? 0)) {
      this.#fading = true;
      this.station.fade(0, Math.max(1, left_s));
    }
    if (left_s <= 0) {
      this.#end_ms = NaN;
      this.#fading = false;
      this.#left.textContent = '';
      void this.station.pause();
    }
  }
}
