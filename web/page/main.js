/** The page: a station, the scene, the desk, and what joins them. */

import { Refused, Station } from '../client/index.js';
import { describeOthers, showCompany } from './company.js';
import { Desk } from './desk.js';
import { byId } from './dom.js';
import { volumeLine } from './lines.js';
import { LockScreen } from './lockscreen.js';
import { Locked } from './locked.js';
import { Moon } from './moon.js';
import { Notice } from './notice.js';
import { Now } from './now.js';
import { RecordButton } from './record.js';
import { Scene } from './scene/scene.js';
import { keepSettings, readSettings } from './settings.js';
import { describeChange, offerLink, sharedState, shareLink } from './share.js';
import { Shortcuts } from './shortcuts.js';
import { Sleep } from './sleep.js';
import { steering } from './steering.js';
import { Wellbeing } from './wellbeing.js';

/** @typedef {import('../client/station.js').Events} Events */

const query = new URLSearchParams(location.search);
const format = /** @type {const} */ (['opus', 'pcm', 'json']).find((name) => name === query.get('format'));
const token = query.get('token') ?? undefined;
const station = new Station(location.href, { station: query.get('station') ?? 'main', format, token });
/** For whoever opens the console. */
Object.assign(window, { aeolian: station });

const notice = new Notice();
const say = (/** @type {string} */ words) => notice.show(words);
const locked = new Locked(station);
const moon = new Moon();
const scene = new Scene(station, moon);
const now = new Now(station);
const wellbeing = new Wellbeing(station);
const sleep = new Sleep(station, say);
const recorder = new RecordButton(station, say);
const lockScreen = new LockScreen(station, () => sleep.on);
const desk = new Desk(station, {
  refused: (error, again) =>
    ['401', '403', 'unauthorized', 'forbidden'].includes(error.code ?? '')
      ? locked.ask('steer', again)
      : say(error.message),
  others: (before, after) => {
    const words = describeOthers(desk.rows, before, after);
    if (words) say(words);
  },
});

/**
 * @template {keyof Events} Name
 * @param {Name} name @param {(detail: Events[Name]) => void} act
 */
function on(name, act) {
  station.addEventListener(name, (event) => act(/** @type {CustomEvent<Events[Name]>} */ (event).detail));
}

const toggle = () => (station.wanted ? station.pause() : station.play());
byId('play').addEventListener('click', () => void toggle());
// A mouse's button counts as a gesture when it goes down, a tenth of a second before the click.
byId('play').addEventListener(
  'pointerdown',
  ({ pointerType }) => pointerType === 'mouse' && station.prepare(),
);

on('health', (health) => {
  moon.show(health);
  wellbeing.show(health);
  lockScreen.show(health);
  if (health.phase === 'idle') showCompany(0);
});
on('score', (score) => {
  scene.roll.add(score);
  now.add(score);
});
on('status', ({ listeners }) => showCompany(listeners));
now.addEventListener('bar', (event) => lockScreen.title(/** @type {CustomEvent} */ (event).detail));

const volume = volumeLine((level) => {
  station.volume = level;
  keepSettings({ volume: level });
});
function setVolume(/** @type {number} */ level) {
  station.volume = level;
  volume.show(level);
}
setVolume(readSettings().volume);

function turnTheme() {
  dispatchEvent(new Event('aeolian-theme'));
  scene.recolour();
}
byId('theme').addEventListener('click', turnTheme);

async function share() {
  const words = await offerLink(shareLink(location.href, station.name, desk.rows, desk.state));
  if (words) say(words);
}
byId('share').addEventListener('click', () => void share());

const shortcuts = new Shortcuts();
/** Takes the keys that steer besides the page's own, once the station has said what can be steered. */
const listShortcuts = () =>
  shortcuts.set([
    { keys: [' '], shown: 'Space', says: 'Play and pause', act: () => void toggle() },
    ...steering(desk),
    {
      keys: ['0'],
      shown: '0',
      says: 'Volume off and on',
      act: () => setVolume(station.volume > 0 ? 0 : readSettings().volume || 1),
    },
    { keys: ['n'], shown: 'n', says: 'The numbers', act: () => byId('health-open').click() },
    { keys: ['s'], shown: 's', says: 'Sleep timer', act: () => sleep.open() },
    { keys: ['r'], shown: 'r', says: 'Record what you hear', act: () => recorder.toggle() },
    { keys: ['l'], shown: 'l', says: 'Copy a link', act: () => void share() },
    { keys: ['t'], shown: 't', says: 'Day or night', act: turnTheme },
  ]);

listShortcuts();

moon.show(station.health);
/** Makes what steers, as the station says. Until then, and where it does not, the page plays all the same. */
async function furnish() {
  const { controls } = await station.table();
  if (desk.rows.length > 0) return;
  desk.furnish(controls);
  listShortcuts();
}
on('welcome', () => void furnish().catch(() => {}));

/** Shows the station as it is, and what the link brings; asks for a token where nobody listens without. */
async function arrive() {
  const furnished = furnish();
  furnished.catch(() => {});
  try {
    const { state } = await station.status();
    if (!desk.state) desk.show(state);
    await furnished;
  } catch (error) {
    if (error instanceof Refused && ['401', '403'].includes(error.code ?? '')) {
      locked.ask('listen', () => void arrive());
    }
    return;
  }
  const carried = sharedState(query, desk.rows);
  if (!carried) return;
  notice.show(`This link carries ${describeChange(carried, desk.rows)}.`, {
    label: 'Bring it',
    act: () => desk.set(carried, 'share'),
  });
}
void arrive();

if (navigator.serviceWorker) {
  navigator.serviceWorker.register(new URL('../sw.js', import.meta.url)).catch(() => {});
}
