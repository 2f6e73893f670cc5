/** Steering from the page: what is asked, refused, allowed only with a token, and done by others. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { open, play, station, until, violations } from './visit.js';

describe('steering from the page', () => {
  test('a change shows as pending until it is acknowledged; a refused one is taken back, with the reason', async () => {
    const page = await open();
    await play(page);
    station.refuse = { field: 'bpm', message: 'bpm: 71 is not allowed today' };
    await page.focus('#line-bpm');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() =>
      document.querySelector('#notice')?.textContent?.includes('not allowed today'),
    );
    assert.equal(await page.inputValue('#line-bpm'), '70');
    station.refuse = null;
    station.deaf = true;
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.line[data-pending=bpm]');
    await page.context().close();
  });

  test('a station that wants a token is asked again with it', async () => {
    const page = await open();
    station.token = 'secret';
    await page.focus('#line-bpm');
    await page.keyboard.press('End');
    await page.waitForSelector('#locked[open]');
    assert.deepEqual(await violations(page), []);
    await page.fill('#token', 'secret');
    await page.keyboard.press('Enter');
    await until(() => station.state.bpm === 120);
    await page.context().close();
  });

  test('a private station asks for its token, by the page or in its address, before anybody plays', async () => {
    station.token = 'secret';
    station.isPrivate = true;
    const page = await open();
    await page.waitForSelector('#locked[open]');
    await page.fill('#token', 'wrong');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => /** @type {HTMLInputElement} */ (document.querySelector('#locked[open] #token'))?.value === '',
    );
    await page.fill('#token', 'secret');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => /** @type {HTMLInputElement} */ (document.querySelector('#line-bpm'))?.value === '70',
    );
    await page.waitForSelector('#locked:not([open])', { state: 'attached' });
    await page.context().close();
    const other = await open({ path: '?token=secret' });
    await other.waitForFunction(
      () => /** @type {HTMLInputElement} */ (document.querySelector('#line-bpm'))?.value === '70',
    );
    assert.equal(await other.$('#locked[open]'), null);
    await play(other);
    await other.context().close();
  });

  test('listeners see each other, and what the other changed', async () => {
    const [one, other] = [await open(), await open()];
    await play(one);
    await play(other);
    await one.waitForFunction(
      () => document.querySelector('#company')?.textContent === 'one other is listening',
    );
    await other.focus('#line-bpm');
    await other.keyboard.press('End');
    await one.waitForFunction(
      () => document.querySelector('#notice')?.textContent === 'Another listener set the tempo to 120',
    );
    assert.equal(await one.inputValue('#line-bpm'), '120');
    await one.context().close();
    await other.context().close();
  });

  test('a change that waits for its bar is shown when it holds, to its asker and to others, and not before', async () => {
    const [one, other] = [await open(), await open()];
    await play(one);
    await play(other);
    const next = station.bar;
    await until(() => station.bar > next);
    const shown = await one.evaluate(async () => {
      const { aeolian } = /** @type {any} */ (window);
      const ack = await aeolian.control({ bpm: 90, apply: 'bar' });
      await aeolian.control({ space: 0.25 });
      return { promised: ack.state.bpm, bpm: aeolian.state.bpm, space: aeolian.state.space };
    });
    assert.deepEqual(shown, { promised: 90, bpm: 70, space: 0.25 });
    assert.equal(await other.inputValue('#line-bpm'), '70');
    await until(() => station.state.bpm === 90);
    for (const page of [one, other]) {
      await page.waitForFunction(
        () => /** @type {HTMLInputElement} */ (document.querySelector('#line-bpm')).value === '90',
      );
      await page.waitForFunction(
        () => document.querySelector('#notice')?.textContent === 'Another listener set the tempo to 90',
      );
    }
    await one.context().close();
    await other.context().close();
  });

  test('a link brings its state to whoever accepts it', async () => {
    const page = await open({ path: '/?key=D&mode=dorian&bpm=64&intensity=0.2&brightness=0.3&space=0.9' });
    await page.click('#notice button');
    await until(
      () => station.state.mode === 'dorian' && station.state.key === 'D' && station.state.space === 0.9,
    );
    await page.context().close();
  });
});
