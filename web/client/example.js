/** The smallest app around a station: play, one control, the chord. */

import { Station } from './index.js';

const station = new Station(new URL('../', import.meta.url));
const [play, bpm, chord] = ['play', 'bpm', 'chord'].map(
  (id) => /** @type {HTMLElement} */ (document.getElementById(id)),
);

play.onclick = () => station.play();
bpm.oninput = () => station.control({ bpm: Number(/** @type {HTMLInputElement} */ (bpm).value) });
station.addEventListener('score', (event) => {
  chord.textContent = /** @type {CustomEvent} */ (event).detail.chord?.numeral ?? '';
});
