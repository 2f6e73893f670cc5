/** The page: a station, the scene, the desk, and what joins them. */

import { Station } from '../client/index.js';
import { Desk } from './desk.js';
import { byId } from './dom.js';
import { Moon } from './moon.js';
import { Notice } from './notice.js';
import { Now } from './now.js';
import { Scene } from './scene/scene.js';
import { Wellbeing } from './wellbeing.js';

const query = new URLSearchParams(location.search);
const station = new Station(location.href, { station: query.get('station') ?? 'main' });
const notice = new Notice();
const moon = new Moon();
const scene = new Scene(station, moon);
const now = new Now(station);
const wellbeing = new Wellbeing(station, (words) => notice.show(words));
const desk = new Desk(station, (error) => notice.show(error.message));

const toggle = () => (station.wanted ? station.pause() : station.play());
byId('play').addEventListener('click', () => void toggle());

station.addEventListener('health', (event) => {
  const { detail } = /** @type {CustomEvent<import('../client/health.js').Health>} */ (event);
  moon.show(detail);
  wellbeing.show(detail);
  document.documentElement.dataset.phase = detail.phase;
});
station.addEventListener('score', (event) => {
  const { detail } = /** @type {CustomEvent<import('../client/protocol.js').Score>} */ (event);
  scene.roll.add(detail);
  now.add(detail);
});

moon.show(station.health);
station.status().then(({ state }) => desk.state ?? desk.show(state), () => {});
