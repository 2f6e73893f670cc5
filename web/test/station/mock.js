/**
 * A station for tests, in Node: speaks the wire of DESIGN §6 and the part of §7 that the page uses,
 * with a signal that tells every fault. It can be told to plant a fault, to run its clock off by some
 * ppm, and to break off.
 */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { WebSocketServer } from 'ws';
import { score } from './score.js';
import { chunk, CHUNK_FRAMES, SAMPLE_RATE } from './signal.js';

/** @typedef {import('ws').WebSocket} Socket */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CHUNK_MS = 100;
const BURST_CHUNKS = 4;
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.flac': 'audio/flac',
  '.webmanifest': 'application/manifest+json',
});
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:",
    "media-src 'self' blob: data:; worker-src 'self' blob:; manifest-src 'self'; font-src 'self'",
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};
const LIBRARY_HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

/** What a server of this tree answers to `GET /api/controls`; its tests hold the file to that. */
export const TABLE = /** @type {import('../../client/table.js').Table} */ (
  JSON.parse(await readFile(new URL('../../../docs/vectors/controls.json', import.meta.url), 'utf8'))
);

export class MockStation {
  /**
   * @param {{ ppm?: number, isolated?: boolean, table?: typeof TABLE }} [options]
   *   how far its clock is off; whether pages are isolated; what can be steered
   */
  constructor({ ppm = 0, isolated = true, table = TABLE } = {}) {
    this.isolated = isolated;
    this.period_ms = CHUNK_MS / (1 + ppm / 1e6);
    this.seq = 1000;
    this.table = table;
    /** Whether it answers with its table; otherwise with an error. */
    this.hasTable = true;
    this.tableAsked = 0;
    /** @type {any} the controls by name */
    this.state = Object.fromEntries(table.controls.map((row) => [row.name, row.default]));
    this.revision = 1;
    /** @type {any[]} changes that wait for the next bar */
    this.waiting = [];
    this.level = this.state.intensity;
    this.bar = 0;
    this.barFrame = this.seq * CHUNK_FRAMES;
    /**
     * @type {{
     *   seq: number, frame: number, timestamp: number, samples: Int16Array, score: object | null
     * }[]}
     */
    this.past = [];
    /** @type {Map<Socket, string>} */
    this.listeners = new Map();
    /** @type {{ due_ms: number, frame: number }[]} */
    this.log = [];
    /** @type {number[]} the intensity at the end of each chunk in the log */
    this.levels = [];
    /** @type {any[]} */
    this.reports = [];
    this.plant = '';
    /** @type {{ field: string, message: string } | null} what every change is answered with */
    this.refuse = null;
    /** Takes controls and never answers. */
    this.deaf = false;
    /** @type {string | null} */
    this.token = null;
    /** Whether it takes the token to listen, too. */
    this.isPrivate = false;
    this.http = createServer((request, response) => void this.#serve(request, response));
    /** @param {{ req: import('node:http').IncomingMessage }} asked */
    const verifyClient = ({ req }) =>
      !this.isPrivate || new URL(req.url ?? '/', 'http://mock').searchParams.get('token') === this.token;
    this.sockets = new WebSocketServer({
      server: this.http,
      path: '/ws/stream',
      perMessageDeflate: false,
      verifyClient,
    });
    this.sockets.on('connection', (socket, request) => this.#join(socket, request.url ?? ''));
  }

  /** @param {number} [port] @returns {Promise<string>} its address */
  async start(port = 0) {
    await new Promise((done) => this.http.listen(port, '127.0.0.1', () => done(null)));
    this.origin_ms = performance.now();
    this.released = 0;
    for (let i = 0; i < BURST_CHUNKS; i += 1) this.#make();
    this.timer = setInterval(() => this.#pace(), 5);
    return this.address;
  }

  get address() {
    const at = this.http.address();
    return `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`;
  }

  async stop() {
    clearInterval(this.timer);
    for (const socket of this.listeners.keys()) socket.close(1001, 'going away');
    this.sockets.close();
    this.http.closeAllConnections();
    await new Promise((done) => this.http.close(done));
  }

  /** Breaks every connection, as a crash would. */
  reset() {
    for (const socket of this.listeners.keys()) socket.terminate();
  }

  #pace() {
    const now_ms = performance.now();
    while ((this.origin_ms ?? 0) + (this.released ?? 0) * this.period_ms <= now_ms) {
      this.released = (this.released ?? 0) + 1;
      this.#make();
    }
  }

  #make() {
    const frame = this.seq * CHUNK_FRAMES;
    const samples = chunk(this.level, this.state.intensity);
    this.level = this.state.intensity;
    this.#spoil(samples);
    let bar = null;
    const barFrames = Math.round((SAMPLE_RATE * 240) / this.state.bpm);
    if (frame + CHUNK_FRAMES > this.barFrame) {
      if (this.waiting.length > 0) {
        for (const change of this.waiting.splice(0)) this.#hold(change);
        this.#tell({ type: 'state', ...this.#fullState });
      }
      bar = score(this.bar, this.barFrame, this.state);
      this.bar += 1;
      this.barFrame += barFrames;
    }
    const packet = { seq: this.seq, frame, timestamp: Date.now() / 1000, samples, score: bar };
    this.past.push(packet);
    if (this.past.length > 32) this.past.shift();
    this.levels.push(this.level);
    this.log.push({ due_ms: Date.now(), frame });
    this.seq += 1;
    for (const [socket, format] of this.listeners) this.#send(socket, format, packet);
    if (this.seq % 10 === 0) {
      this.#tell({ type: 'status', buffer_chunks: 2, listeners: this.listeners.size, render_load: 0.01 });
    }
  }

  /** @param {Int16Array} samples */
  #spoil(samples) {
    if (this.plant === 'click') samples[4000] += 1500;
    if (this.plant === 'gap') samples.fill(0, 4000, 4000 + 2 * 440);
    this.plant = '';
  }

  /** @param {Socket} socket @param {string} format @param {MockStation['past'][0]} packet */
  #send(socket, format, { seq, frame, timestamp, samples, score: bar }) {
    if (bar) socket.send(JSON.stringify(bar));
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    if (format === 'json') {
      socket.send(
        JSON.stringify({
          type: 'audio_chunk',
          seq,
          frame,
          timestamp,
          sample_rate: SAMPLE_RATE,
          channels: 2,
          duration_ms: CHUNK_MS,
          num_samples: CHUNK_FRAMES,
          data: bytes.toString('base64'),
        }),
      );
      return;
    }
    const head = Buffer.alloc(16);
    head.writeUInt32LE(seq, 0);
    head.writeBigUInt64LE(BigInt(frame), 4);
    socket.send(Buffer.concat([head, bytes]));
  }

  /** @param {object} message */
  #tell(message) {
    for (const socket of this.listeners.keys()) socket.send(JSON.stringify(message));
  }

  get #fullState() {
    return { ...this.state, revision: this.revision, frame: this.seq * CHUNK_FRAMES };
  }

  /** @param {Socket} socket @param {string} url */
  #join(socket, url) {
    const query = new URL(url, 'http://mock').searchParams;
    const format = query.get('format') ?? 'json';
    if (format === 'opus') {
      socket.terminate();
      return;
    }
    const burst = this.past.slice(-BURST_CHUNKS);
    socket.send(
      JSON.stringify({
        type: 'welcome',
        protocol: 1,
        server: 'mock',
        client_id: String(this.listeners.size),
        station: 'main',
        sample_rate: SAMPLE_RATE,
        channels: 2,
        encoding: 'pcm_s16le',
        chunk_frames: CHUNK_FRAMES,
        state: this.#fullState,
        frame: burst[0]?.frame ?? this.seq * CHUNK_FRAMES,
        message: 'welcome',
      }),
    );
    const barFrames = Math.round((SAMPLE_RATE * 240) / this.state.bpm);
    socket.send(JSON.stringify(score(this.bar - 1, this.barFrame - barFrames, this.state)));
    for (const packet of burst) this.#send(socket, format, { ...packet, score: null });
    this.listeners.set(socket, format);
    socket.on('close', () => this.listeners.delete(socket));
    socket.on('error', () => {});
    socket.on('message', (data) => this.#obey(socket, JSON.parse(String(data))));
  }

  /** @param {Socket} socket @param {any} message */
  #obey(socket, message) {
    if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong', t: message.t }));
    if (message.type === 'report') this.reports.push(message);
    if (message.type !== 'control' || this.deaf) return;
    const { type: _, id, ...change } = message;
    const wrong = this.token
      ? { code: 'unauthorized', field: 'token', message: 'a token is needed' }
      : this.#change(change);
    if (wrong) {
      socket.send(JSON.stringify({ type: 'error', code: 'invalid', id, ...wrong }));
      return;
    }
    const { apply = 'now', ...asked } = change;
    const state = apply === 'now' ? this.#fullState : { ...this.#fullState, ...asked, frame: this.barFrame };
    socket.send(JSON.stringify({ type: 'ack', id, revision: this.revision, frame: state.frame, state }));
  }

  /** @param {any} change @returns {{ field: string, message: string } | null} */
  #change({ apply = 'now', ...change }) {
    if (this.refuse) return this.refuse;
    for (const [field, value] of Object.entries(change)) {
      const row = this.table.controls.find(({ name }) => name === field);
      if (!row) return { field, message: `${field} is no control` };
      const { lowest = -Infinity, highest = Infinity } = row.values;
      if (row.values.kind === 'number' && !(value >= lowest && value <= highest)) {
        return {
          field,
          message: `${field}: ${value} is not allowed; allowed is a number from ${lowest} to ${highest}`,
        };
      }
    }
    if (apply === 'now') this.#hold(change);
    else this.waiting.push(change);
    this.revision += 1;
    this.#tell({ type: 'state', ...this.#fullState });
    return null;
  }

  /** Any change forgets the preset; levels are changed one by one. @param {any} change */
  #hold(change) {
    for (const { name, values } of this.table.controls) {
      if (values.kind === 'presets') this.state[name] = null;
      if (change[name] === undefined) continue;
      this.state[name] = values.kind === 'levels' ? { ...this.state[name], ...change[name] } : change[name];
    }
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #serve(request, response) {
    const { pathname } = new URL(request.url ?? '/', 'http://mock');
    const json = (/** @type {number} */ code, /** @type {object} */ body) => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (pathname === '/api/controls') {
      this.tableAsked += 1;
      if (this.hasTable) json(200, this.table);
      else json(503, { title: 'Unavailable' });
    } else if (pathname === '/api/status') {
      if (this.isPrivate && request.headers.authorization !== `Bearer ${this.token}`) {
        json(401, { title: 'Unauthorized', detail: 'a token is needed' });
        return;
      }
      json(200, { status: 'ok', station: 'main', state: this.#fullState, listeners: this.listeners.size });
    } else if (pathname === '/api/control') {
      if (this.token && request.headers.authorization !== `Bearer ${this.token}`) {
        json(401, { title: 'Unauthorized', detail: 'a token is needed' });
        return;
      }
      let body = '';
      for await (const piece of request) body += piece;
      const wrong = this.#change(JSON.parse(body));
      if (wrong) json(422, { title: 'refused', detail: wrong.message, errors: [wrong] });
      else json(200, { revision: this.revision, frame: this.#fullState.frame, state: this.#fullState });
    } else {
      await this.#file(pathname, response);
    }
  }

  /** @param {string} pathname @param {import('node:http').ServerResponse} response */
  async #file(pathname, response) {
    const named = /** @type {Record<string, string>} */ ({ '/': '/index.html', '/embed': '/embed.html' });
    const path = normalize(named[pathname] ?? pathname);
    const body = await readFile(join(ROOT, path)).catch(() => null);
    if (!body) {
      response.writeHead(404).end('not here');
      return;
    }
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    const headers = {
      ...(this.isolated ? HEADERS : {}),
      ...(path.startsWith('/client/') ? LIBRARY_HEADERS : {}),
    };
    const pressed = /^(image\/png|audio\/)/.test(type);
    const coding = pressed ? {} : { 'content-encoding': 'gzip' };
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', ...coding, ...headers });
    response.end(pressed ? body : gzipSync(body));
  }
}
