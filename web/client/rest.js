/** The part of the station's REST interface that a listener needs. */

import { Refused } from './control.js';

/** @typedef {import('./protocol.js').Ack} Ack */
/** @typedef {import('./protocol.js').Change} Change */

export class Rest {
  /**
   * @param {URL} base
   * @param {string} station
   */
  constructor(base, station) {
    this.base = base;
    this.station = station;
    /** @type {string | null} */
    this.token = null;
  }

  /** A call to the station, with the token. @param {string} path @param {RequestInit} [init] */
  #call(path, init = {}) {
    const url = new URL(path, this.base);
    url.searchParams.set('station', this.station);
    const headers = new Headers(init.headers);
    if (this.token) headers.set('authorization', `Bearer ${this.token}`);
    return this.#answer(url, { ...init, headers });
  }

  /** @param {URL} url @param {RequestInit} [init] @returns {Promise<any>} */
  async #answer(url, init) {
    const response = await fetch(url, init);
    const body = await response.json().catch(() => null);
    if (response.ok && body) return body;
    const first = body?.errors?.[0];
    throw new Refused({
      code: String(response.status),
      message: body?.detail ?? body?.title ?? `the station answered ${response.status}`,
      field: first?.field,
    });
  }

  /** `GET /api/status` */
  status() {
    return this.#call('api/status');
  }

  /**
   * `GET /api/controls`. Asked without station and token: it needs neither, and a page may have begun
   * to load it as it stands.
   * @returns {Promise<import('./table.js').Table>}
   */
  table() {
    return this.#answer(new URL('api/controls', this.base));
  }

  /** `POST /api/control` @param {Change} change @returns {Promise<Omit<Ack, 'id'>>} */
  control(change) {
    const headers = { 'content-type': 'application/json' };
    return this.#call('api/control', { method: 'POST', headers, body: JSON.stringify(change) });
  }
}
