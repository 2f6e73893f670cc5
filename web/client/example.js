/** The smallest app around a station: play, a slider for each control that is a number, the chord. */

import { Station } from './index.js';

const station = new Station(new URL('../', import.meta.url));
const [play, chord] = ['play', 'chord'].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));

play.onclick = () => station.play();
station.addEventListener('score', (event) => {
  chord.textContent = /** @type {CustomEvent} */ (event).detail.chord?.numeral ?? '';
});

const { controls } = await station.table();
for (const { name, label, values } of controls.filter((row) => row.values.kind === 'number')) {
  const input = Object.assign(document.createElement('input'), {
    type: 'range',
    min: values.lowest,
    max: values.highest,
    step: values.step,
    oninput: () => station.control({ [name]: input.valueAsNumber }),
  });
  const line = document.createElement('label');
  line.append(label, input);
  document.body.append(line);
}
