/** The station in other people's pages. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { address, browser, complaints, open, station, until, violations } from './visit.js';

describe("in other people's pages", () => {
  test('an app from another origin plays and steers in five lines', async () => {
    const app = `<!doctype html><title>App</title><button>Play</button><script type="module">
      import { Station } from '${address}/client/index.js';
      window.station = new Station('${address}');
      document.querySelector('button').onclick = () => station.play();
    </script>`;
    const server = createServer((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(app),
    );
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(null)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${port}`);
    await page.click('button');
    await page.waitForFunction(() => /** @type {any} */ (window).station.health.phase === 'playing');
    const { revision } = await page.evaluate(() => /** @type {any} */ (window).station.control({ bpm: 80 }));
    assert.equal(revision, station.revision);
    assert.equal(station.state.bpm, 80);
    await page.context().close();
    server.closeAllConnections();
    server.close();
  });

  test('the small player plays in a frame, steers, and passes axe', async () => {
    const page = await open({ path: '/embed?station=main', viewport: { width: 420, height: 200 } });
    await page.click('aeolian-player button');
    await page.waitForFunction(
      () =>
        document.querySelector('aeolian-player')?.shadowRoot?.querySelector('.health')?.textContent ===
        'smooth',
    );
    await page.focus('aeolian-player input');
    await page.keyboard.press('End');
    await until(() => station.state.intensity === 1);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
