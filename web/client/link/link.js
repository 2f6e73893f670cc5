/**
 * The connection to a station: opens the socket, keeps it open, and sorts what comes into chunks for
 * the player and messages for the page. Runs in a worker where it can, on the page where it must.
 */

import { SLOT_FRAMES_MAX } from '../player/mailbox.js';
import { decodeBase64, decodePacket, decodePcm, SAMPLE_RATE } from '../protocol.js';
import { backoff_ms } from './backoff.js';
import { Opus, OPUS_RATE } from './opus.js';

/** @typedef {import('../player/mailbox.js').Chunk} Chunk */
/** @typedef {'connecting' | 'open' | 'waiting' | 'closed'} LinkPhase */

/**
 * @typedef {object} LinkState
 * @property {'link'} type
 * @property {LinkPhase} phase
 * @property {number} [retry_ms] while waiting: how long
 * @property {number} [code] why the last connection closed
 * @property {string} [reason]
 */

/**
 * @typedef {object} Outlet where a link delivers
 * @property {(chunk: Chunk) => void} chunk
 * @property {(message: any) => void} message parsed messages of the server, {@link LinkState}, and
 *   `busy` when this thread is late
 */

/** A live stream says something ten times a second: after this long without, it is dead. */
const SILENT_MS = 6000;
const CONNECT_MS = 8000;
const PING_MS = 5000;
const CHECK_MS = 100;
/** A thread that comes so late to its own timer comes as late to what the network brings. */
const BUSY_MS = 100;
/** Not allowed: trying again would be refused again. */
const REFUSED = 1008;

export class Link {
  /** @type {WebSocket | null} */
  socket = null;
  /** @type {LinkPhase} */
  phase = 'closed';
  attempt = 0;
  joined = true;
  /** @type {Opus | null} */
  opus = null;
  heard_ms = 0;
  pinged_ms = 0;
  checked_ms = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  retry;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  watch;

  /** @param {Outlet} outlet */
  constructor(outlet) {
    this.outlet = outlet;
    this.url = '';
  }

  /** @param {string} url of the stream, ws: or wss: */
  open(url) {
    this.close();
    this.url = url;
    this.attempt = 0;
    this.checked_ms = performance.now();
    this.watch = setInterval(() => this.#check(), CHECK_MS);
    this.#connect();
  }

  close() {
    clearTimeout(this.retry);
    clearInterval(this.watch);
    this.#drop();
    if (this.phase !== 'closed') this.#enter({ phase: 'closed' });
  }

  /** Tries at once, instead of when the back-off says: the network came back, or a person asks. */
  hurry() {
    if (this.phase !== 'waiting') return;
    clearTimeout(this.retry);
    this.#connect();
  }

  /** Joins anew at the live edge. */
  rejoin() {
    if (this.phase === 'closed') return;
    clearTimeout(this.retry);
    this.attempt = 0;
    this.#connect();
  }

  /** @param {object} message @returns {boolean} whether it could be sent */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** @param {Omit<LinkState, 'type'>} state */
  #enter(state) {
    this.phase = state.phase;
    this.outlet.message({ type: 'link', ...state });
  }

  #drop() {
    const { socket } = this;
    this.socket = null;
    this.opus?.close();
    this.opus = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #connect() {
    this.#drop();
    this.#enter({ phase: 'connecting' });
    this.heard_ms = performance.now();
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.joined = true;
      this.#enter({ phase: 'open' });
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.socket = socket;
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    this.#drop();
    if (code === REFUSED) {
      clearInterval(this.watch);
      this.#enter({ phase: 'closed', code, reason });
      return;
    }
    const retry_ms = backoff_ms(this.attempt, Math.random());
    this.attempt += 1;
    this.retry = setTimeout(() => this.#connect(), retry_ms);
    this.#enter({ phase: 'waiting', retry_ms, code, reason });
  }

  #check() {
    const now_ms = performance.now();
    if (now_ms - this.checked_ms - CHECK_MS > BUSY_MS) this.outlet.message({ type: 'busy' });
    this.checked_ms = now_ms;
    if (!this.socket) return;
    const patience_ms = this.phase === 'open' ? SILENT_MS : CONNECT_MS;
    if (now_ms - this.heard_ms > patience_ms) {
      this.#lost(1006, 'nothing came for a while');
    } else if (this.phase === 'open' && now_ms - this.pinged_ms > PING_MS) {
      this.pinged_ms = now_ms;
      this.send({ type: 'ping', t: now_ms });
    }
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    this.heard_ms = performance.now();
    if (typeof data !== 'string') {
      const { frame, jumped, payload } = decodePacket(data);
      if (this.opus) this.opus.decode(frame, payload, jumped);
      else this.#deliver(frame, SAMPLE_RATE, decodePcm(payload), jumped);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'audio_chunk') {
      this.#deliver(message.frame, SAMPLE_RATE, decodeBase64(message.data), message.discontinuity === true);
    } else if (message.type === 'pong') {
      this.outlet.message({ type: 'pong', trip_ms: this.heard_ms - message.t });
    } else {
      if (message.type === 'welcome' && message.opus) this.#startOpus(message.opus.pre_skip);
      this.outlet.message(message);
    }
  }

  /** @param {number} preSkip */
  #startOpus(preSkip) {
    this.opus = new Opus(preSkip, {
      deliver: (frame, samples, jumped) => this.#deliver(frame, OPUS_RATE, samples, jumped),
      fail: () => this.outlet.message({ type: 'undecodable' }),
    });
  }

  /** @param {number} frame @param {number} rate @param {Int16Array} samples @param {boolean} jumped */
  #deliver(frame, rate, samples, jumped) {
    this.attempt = 0;
    for (let at = 0; at < samples.length / 2; at += SLOT_FRAMES_MAX) {
      const part = samples.subarray(at * 2, (at + SLOT_FRAMES_MAX) * 2);
      const { joined } = this;
      this.outlet.chunk({ frame: frame + at, frames: part.length / 2, rate, samples: part, joined, jumped });
      this.joined = false;
    }
  }
}
