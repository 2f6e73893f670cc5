/** What sounds now: chord, bar, section. It changes when the ear hears it, not when it is told. */

import { byId, make } from './dom.js';
import { capital, plain, pretty } from './music.js';

/** @typedef {import('../client/station.js').Station} Station */
/** @typedef {import('../client/protocol.js').Score} Score */

const LOOK_MS = 60;

export class Now extends EventTarget {
  /** @type {Score[]} bars that are not over, in order */
  #bars = [];
  #shown = NaN;
  #numeral = byId('numeral');
  #tones = byId('tones');
  #where = byId('where');

  /** @param {Station} station */
  constructor(station) {
    super();
    this.station = station;
    setInterval(() => this.#look(), LOOK_MS);
  }

  /** @param {Score} score */
  add(score) {
    this.#bars = this.#bars.filter(({ bar }) => bar !== score.bar);
    this.#bars.push(score);
    this.#bars.sort((a, b) => a.frame - b.frame);
  }

  #look() {
    const heard = this.station.frame;
    while (this.#bars.length > 1 && this.#bars[1].frame <= heard) this.#bars.shift();
    const [bar] = this.#bars;
    if (!bar || bar.frame > heard || Number.isNaN(heard) || bar.frame === this.#shown) return;
    this.#shown = bar.frame;
    this.#show(bar);
  }

  /** @param {Score} bar */
  #show({ chord, key, mode, bar, phrase, section, bpm }) {
    const [, degree, kind] = /^([^ivIV]*[ivIV]*)(.*)$/.exec(chord?.numeral ?? '') ?? ['', '', ''];
    this.#numeral.replaceChildren(degree, ...(kind ? [make('sup', {}, kind)] : []));
    this.#tones.replaceChildren(...(chord?.notes ?? []).map((tone) => make('span', {}, pretty(tone))));
    const name = key && mode ? `${pretty(key)} ${plain(mode)}` : '';
    const where = [capital(section), `phrase ${phrase + 1}, bar ${bar + 1}`, name, `♩ = ${Math.round(bpm)}`];
    this.#where.textContent = where.filter(Boolean).join(' · ');
    this.dispatchEvent(new CustomEvent('bar', { detail: { chord: chord?.numeral ?? '', name, section } }));
  }
}
