/** Each control of the table on the page, by its row alone. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TABLE } from '../station/mock.js';
import { address, complaints, healthSays, open, play, start, station } from './visit.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../../client/table.js').Row} Row */

/** A control that no page has a word for. @type {Row} */
const UNHEARD_OF = {
  name: 'shimmer',
  label: 'Shimmer',
  about: 'How much it shimmers.',
  values: { kind: 'number', lowest: -6, highest: 6, step: 0.5, decimals: 1, unit: 'dB' },
  default: 0,
  holds: 'at_once',
  in_presets: false,
  moved: 'set the shimmer to {}',
  slider: { shape: 'shimmering', says: [], says_lowest: null, in_player: true },
  shortcut: { up: ['k'], down: ['j'], step: 1, says: 'Shimmer' },
};

/**
 * How a row is found on the page by its label and moved by keyboard, to which value, and how it is read.
 * @param {Page} page @param {Row} row
 */
function found(page, { label, values }) {
  const { kind, order, highest, choices: [first] = [] } = values;
  const named = { name: order ? `${label}, ${order}` : label, exact: true };
  if (kind === 'number') {
    const line = page.getByRole('slider', named);
    return {
      value: highest,
      move: () => line.press('End'),
      read: async () => Number(await line.inputValue()),
    };
  }
  const group = page.getByRole(kind === 'levels' || kind === 'presets' ? 'group' : 'radiogroup', named);
  const [fader, choice] = [
    group.getByRole('slider', { name: first.label, exact: true }),
    group.locator(`[value="${first.name}"]`),
  ];
  if (kind === 'levels') {
    const level = (/** @type {number} */ gain) => ({ [first.name]: gain });
    return {
      value: level(0),
      move: () => fader.press('Home'),
      read: async () => level(Number(await fader.inputValue()) / 100),
    };
  }
  const chosen = ':checked, [aria-pressed=true]';
  return {
    value: first.name,
    move: () => choice.press(' '),
    read: () =>
      group.evaluate((it, wanted) => it.querySelector(wanted)?.getAttribute('value') ?? null, chosen),
  };
}

/** What a state has of what was asked for; of levels those that were asked for. @param {any} held @param {any} asked */
const part = (held, asked) =>
  asked && typeof asked === 'object'
    ? Object.fromEntries(Object.keys(asked).map((name) => [name, held[name]]))
    : held;

/** @param {() => any} read @param {unknown} wanted @param {string} what */
async function becomes(read, wanted, what) {
  let value = await read();
  for (let i = 0; i < 60 && JSON.stringify(value) !== JSON.stringify(wanted); i += 1) {
    await new Promise((go) => setTimeout(go, 50));
    value = await read();
  }
  assert.deepEqual(value, wanted, what);
}

/** Steers as another program does. @param {object} change */
async function steer(change) {
  const { status } = await fetch(`${address}/api/control`, { method: 'POST', body: JSON.stringify(change) });
  assert.equal(status, 200);
}

/** Moves a control on the page, and has another listener move it back. @param {Page} page @param {Row} row */
async function thereAndBack(page, row) {
  const { name, values } = row;
  const { value, move, read } = found(page, row);
  const held = () => part(station.state[name], value);
  assert.notDeepEqual(held(), value, name);
  await becomes(read, held(), `${name} is shown`);
  await move();
  await becomes(held, value, `${name} is moved`);
  await becomes(read, value, `${name} shows what came of it`);
  const anyChange = Object.fromEntries(TABLE.controls.slice(0, 1).map((it) => [it.name, it.default]));
  await steer(values.kind === 'presets' ? anyChange : { [name]: row.default });
  await becomes(read, part(row.default, value), `${name} is moved by another`);
}

describe('controls on the page', () => {
  test('every control of the table is there by its label, moves the station, and shows what it has', async () => {
    const page = await open();
    await play(page);
    for (const row of TABLE.controls) await thereAndBack(page, row);
    await page.context().close();
  });

  test('a new row is a line, a shortcut, a word to others and a link, and the small player has it', async () => {
    await station.stop();
    await start({ table: { ...TABLE, controls: [...TABLE.controls, UNHEARD_OF] } });
    const page = await open({ path: '/?shimmer=2.5' });
    await page.click('#notice button');
    await becomes(() => station.state.shimmer, 2.5, 'the link brings it');
    await page.keyboard.press('j');
    await becomes(() => station.state.shimmer, 1.5, 'the key moves it');
    await becomes(() => page.textContent('[data-line=shimmer] output'), '1.5 dB', 'it is said');
    await play(page);
    await page.waitForTimeout(2000);
    await steer({ shimmer: 3 });
    await becomes(
      () => page.textContent('#notice'),
      'Another listener set the shimmer to 3',
      'others are told',
    );
    await steer({ shimmer: 0 });
    await thereAndBack(page, UNHEARD_OF);
    await page.context().close();
    const small = await open({ path: '/embed' });
    await small.locator('aeolian-player').getByLabel('Shimmer').press('End');
    await becomes(() => station.state.shimmer, 6, 'the small player moves it');
    await small.context().close();
  });

  test('a page that is not told what can be steered plays, and takes the controls when it is', async () => {
    station.hasTable = false;
    const page = await open({ furnished: false });
    await page.click('#play');
    await healthSays(page, 'smooth');
    assert.equal(await page.locator('.fader').count(), 0);
    station.hasTable = true;
    station.reset();
    await page.waitForSelector('.fader');
    await thereAndBack(page, TABLE.controls[0]);
    complaints.length = 0;
    await page.context().close();
  });

  test('the table is asked for once, as the page loads', async () => {
    const page = await open();
    await play(page);
    await page.waitForTimeout(4000);
    assert.equal(station.tableAsked, 1);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
