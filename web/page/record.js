/** The record button: what is heard, to a WAV file. */

import { byId, make } from './dom.js';

/** @typedef {import('../client/station.js').Station} Station */
/** @typedef {import('../client/recording.js').Recording} Recording */

const LOOK_MS = 500;

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export class RecordButton {
  #button = byId('record', HTMLButtonElement);
  #length = byId('record-length');
  /** @type {Recording | null} */
  #recording = null;

  /** @param {Station} station @param {(words: string) => void} say */
  constructor(station, say) {
    this.station = station;
    this.say = say;
    this.#button.addEventListener('click', () => this.toggle());
    setInterval(() => {
      this.#length.textContent = this.#recording ? clock(this.#recording.seconds) : '';
    }, LOOK_MS);
  }

  toggle() {
    if (this.#recording) {
      this.#save(this.#recording);
      this.#recording = null;
    } else {
      this.#recording = this.station.record();
      this.say(this.#recording ? 'Recording what you hear' : 'Press Play first, then record');
    }
    this.#button.setAttribute('aria-pressed', String(this.#recording !== null));
  }

  /** @param {Recording} recording */
  #save(recording) {
    const { seconds } = recording;
    const url = URL.createObjectURL(recording.stop());
    const day = new Date().toISOString().slice(0, 16).replace('T', ' ').replace(':', '.');
    make('a', { href: url, download: `Aeolian ${this.station.name} ${day}.wav` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.say(`Saved ${clock(seconds)} as a WAV file`);
  }
}
