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

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
  async #call(path, init = {}) {
    const url = new URL(path, this.base);
    url.searchParams.set('station', this.station);
    const headers = new Headers(init.headers);
    if (this.token) headers.set('authorization', `Bearer ${this.token}`);
    const response = await fetch(url, { ...init, headers });
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

  /** `POST /api/control` @param {Change} change @returns {Promise<Omit<Ack, 'id'>>} */
  control(change) {
    const headers = { 'content-type': 'application/json' };
    return this.#call('api/control', { method: 'POST', headers, body: JSON.stringify(change) });
  }
}
