/**
 * A station, as an app uses it: play it, steer it, hear how it is.
 *
 *     const station = new Station('https://music.example');
 *     await station.play();                 // in a click
 *     await station.control({ bpm: 80 });
 *     station.addEventListener('score', ({ detail }) => console.log(detail.chord));
 */

import { Blame } from './blame.js';
import { ControlQueue, Refused } from './control.js';
import { UNEASY_MS, words } from './health.js';
import { openLink } from './link/open.js';
import { canDecodeOpus } from './link/opus.js';
import { Output } from './output.js';
import { isLater, PROTOCOL } from './protocol.js';
import { Recording } from './recording.js';
import { Rest } from './rest.js';

/** @typedef {import('./protocol.js').Change} Change */
/** @typedef {import('./protocol.js').Ack} Ack */
/** @typedef {import('./protocol.js').Format} Format */
/** @typedef {import('./protocol.js').State} State */
/** @typedef {import('./protocol.js').Score} Score */
/** @typedef {import('./protocol.js').Status} Status */
/** @typedef {import('./protocol.js').Welcome} Welcome */
/** @typedef {import('./table.js').Table} Table */
/** @typedef {import('./health.js').Health} Health */
/** @typedef {import('./link/link.js').LinkState} LinkState */
/** @typedef {import('./player/driver.js').TimedReport} TimedReport */

/**
 * @typedef {object} Events what a station tells, each as the `detail` of a CustomEvent
 * @property {State} state the controls: on joining, on each change by anybody, and when one that waited holds
 * @property {Score} score a bar, before it is heard
 * @property {Status} status once a second
 * @property {Welcome} welcome on each connection
 * @property {Health} health ten times a second while it plays, and on each change of phase
 */

const REPORT_MS = 5000;
const STOP_MS = 120;
/** The audio device is let go again where nobody plays within this. */
const PREPARED_MS = 2000;

export class Station extends EventTarget {
  /** @type {State | null} */
  state = null;
  /** @type {Output | null} */
  output = null;
  wanted = false;
  /** @type {LinkState} */
  link = { type: 'link', phase: 'closed' };
  trip_ms = NaN;
  #blame = new Blame();
  #volume = 1;
  #reported_ms = 0;
  #everPlayed = false;
  /** @type {Promise<Table> | null} */
  #table = null;
  /** Whether the format was left to this client, and the station has not agreed to it yet. */
  #trying = false;

  /**
   * @param {string | URL} [url] where the server is; by default where this page came from
   * @param {{ station?: string, format?: Format, token?: string }} [options] format is by default
   *   `opus` where the browser can decode it and the station can send it, `pcm` elsewhere
   */
  constructor(url = location.href, { station = 'main', format, token } = {}) {
    super();
    this.name = station;
    /** @type {Format} */
    this.format = format ?? 'pcm';
    if (!format) void this.#preferOpus();
    this.base = new URL('./', new URL(url, location.href));
    this.rest = new Rest(this.base, station);
    this.token = token ?? null;
    this.handle = openLink((message) => this.#hear(message));
    this.controls = new ControlQueue((message) => this.#sendControl(message));
    addEventListener('online', () => this.handle.obey({ order: 'hurry' }));
  }

  async #preferOpus() {
    if (!(await canDecodeOpus()) || this.wanted) return;
    this.format = 'opus';
    this.#trying = true;
  }

  /** The station answers and yet refuses the format, or what it sends cannot be decoded. */
  #settleForPcm() {
    this.#trying = false;
    this.format = 'pcm';
    if (this.wanted) this.handle.obey({ order: 'open', url: this.url });
  }

  /** A token, where the station asks for one to listen or to steer. */
  get token() {
    return this.rest.token;
  }

  set token(token) {
    this.rest.token = token;
  }

  /** The stream's address. */
  get url() {
    const url = new URL('ws/stream', this.base);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('station', this.name);
    url.searchParams.set('format', this.format);
    if (this.token) url.searchParams.set('token', this.token);
    return url.href;
  }

  /**
   * Opens the way to the speakers for a `play` that is likely to follow at once, as when the button
   * has been pressed and not yet let go. In a gesture that the browser counts as one.
   */
  prepare() {
    if (this.output) return;
    this.output = this.#openOutput();
    setTimeout(() => this.wanted || this.output?.context.suspend(), PREPARED_MS);
  }

  /**
   * Starts, or goes on after `pause`, at the live edge. The first call must be in a gesture.
   * Resolves when the player is in place; `health` tells when it sounds.
   */
  async play() {
    if (this.wanted) return;
    this.wanted = true;
    this.#everPlayed = false;
    const output = (this.output ??= this.#openOutput());
    output.context.resume().catch(() => {});
    output.fade(1, 0);
    this.#blame.restart();
    this.handle.obey({ order: 'open', url: this.url });
    await output.ready;
  }

  /** Fades out, leaves the station, and lets the audio device sleep. */
  async pause() {
    if (!this.wanted) return;
    this.wanted = false;
    this.output?.stop();
    await new Promise((done) => setTimeout(done, STOP_MS));
    if (this.wanted) return;
    this.handle.obey({ order: 'close' });
    await this.output?.context.suspend();
    this.#tellHealth();
  }

  /**
   * Changes any of the controls, for every listener. Changes in quick succession are merged.
   * @param {Change} change
   * @returns {Promise<Ack>} with the frame from which it holds
   */
  control(change) {
    return this.controls.push(change);
  }

  /** What can be steered. Asked for once, and anew after a failure. @returns {Promise<Table>} */
  table() {
    this.#table ??= this.rest.table().catch((error) => {
      this.#table = null;
      throw error;
    });
    return this.#table;
  }

  /** The controls, without listening. @returns {Promise<any>} */
  status() {
    return this.rest.status();
  }

  /** 0 to 1. */
  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.output?.setVolume(this.#volume);
  }

  /**
   * Moves the fader evenly, beside the volume, as for falling asleep. `play` puts it up again.
   * @param {number} gain 0 to 1
   * @param {number} seconds
   */
  fade(gain, seconds) {
    this.output?.fade(gain, seconds);
  }

  /** Starts to record what is heard. Only while it plays. @returns {Recording | null} */
  record() {
    return this.output && this.wanted ? new Recording(this.output) : null;
  }

  /** Joins anew at the live edge. */
  rejoin() {
    this.handle.obey({ order: 'rejoin' });
  }

  /** Tries to connect now, if it is waiting to try again. */
  hurry() {
    this.handle.obey({ order: 'hurry' });
  }

  /** The stream frame that is leaving the speakers now; NaN before the first. */
  get frame() {
    return this.output?.frame ?? NaN;
  }

  /** @returns {Health} */
  get health() {
    const { output } = this;
    const report = output?.report;
    const output_ms = output?.latency_ms ?? 0;
    const trip_ms = this.trip_ms;
    const delay_ms = report?.delay_ms ?? NaN;
    const health = {
      phase: this.#phase(),
      words: '',
      buffer_ms: this.wanted ? (report?.buffer_ms ?? 0) : 0,
      target_ms: report?.target_ms ?? 0,
      latency_ms: delay_ms + output_ms + (Number.isNaN(trip_ms) ? 0 : trip_ms / 2),
      output_ms,
      trip_ms,
      late_ms: report?.late_ms ?? 0,
      rate: report?.rate ?? 1,
      underruns: report?.underruns ?? 0,
      skips: report?.skips ?? 0,
      culprit: this.#blame.culprit,
      torn: this.#blame.torn(performance.now() / 1000),
      engine: output?.engine ?? null,
      format: this.format,
    };
    health.words = words(health, this.link.reason);
    return health;
  }

  /** @returns {Health['phase']} */
  #phase() {
    if (!this.wanted) return 'idle';
    if (this.link.phase === 'closed' && this.link.code) return 'refused';
    if (this.output && this.output.context.state !== 'running') return 'blocked';
    const phase = this.output?.report?.phase;
    if (this.link.phase !== 'open') return this.#everPlayed ? 'reconnecting' : 'connecting';
    return phase === 'playing' ? 'playing' : 'buffering';
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name @param {Events[Name]} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #tellHealth() {
    this.#tell('health', this.health);
  }

  #openOutput() {
    const output = new Output((report, last) => {
      if (report.phase === 'playing') this.#everPlayed = true;
      this.#judge(report, last);
      this.#reportToServer();
      this.#tellHealth();
    });
    const session = /** @type {any} */ (navigator).audioSession;
    if (session) session.type = 'playback';
    output.setVolume(this.#volume);
    output.context.onstatechange = () => this.#tellHealth();
    const nudge = () => {
      if (this.wanted && output.context.state !== 'running') output.context.resume().catch(() => {});
    };
    for (const gesture of ['pointerup', 'keydown', 'touchend']) addEventListener(gesture, nudge);
    const { inlet } = output;
    this.handle.obey({ order: 'mailbox', to: inlet }, inlet instanceof MessagePort ? [inlet] : []);
    return output;
  }

  /** @param {TimedReport} report @param {TimedReport | null} last */
  #judge({ underruns, target_ms }, last) {
    const now_s = performance.now() / 1000;
    this.#blame.compare(now_s, this.output?.context.currentTime ?? 0);
    const grown = target_ms >= UNEASY_MS && (last?.target_ms ?? 0) < UNEASY_MS;
    if (grown || underruns > (last?.underruns ?? 0)) this.#blame.suffered(now_s);
  }

  #reportToServer() {
    const now_ms = performance.now();
    if (now_ms - this.#reported_ms < REPORT_MS || this.link.phase !== 'open') return;
    this.#reported_ms = now_ms;
    const { buffer_ms, underruns, rate } = this.health;
    const message = { type: 'report', buffer_ms: Math.round(buffer_ms), underruns, rate };
    this.handle.obey({ order: 'send', message });
  }

  /** @param {any} message */
  #sendControl(message) {
    if (this.link.phase === 'open' && !this.token) {
      this.handle.obey({ order: 'send', message });
      return;
    }
    const { id, type: _, ...change } = message;
    this.rest.control(change).then(
      (ack) => this.#acknowledged({ ...ack, id }),
      (error) => this.controls.refuse(id, error),
    );
  }

  /** @param {Ack} ack */
  #acknowledged(ack) {
    // What waits for its bar or phrase is told to everybody when it holds; who is not connected is not told.
    const isTold = this.controls.waits(ack.id) && this.link.phase === 'open';
    if (!isTold) this.#takeState(ack.state);
    this.controls.acknowledge(ack);
  }

  /** @param {State} state */
  #takeState(state) {
    if (this.state && isLater(this.state, state) && this.link.phase === 'open') return;
    this.state = state;
    this.#tell('state', state);
  }

  /** @param {any} message of the link */
  #hear(message) {
    switch (message.type) {
      case 'link':
        this.link = message;
        if (this.#trying && message.phase === 'waiting') {
          // A station that answers has no Opus. A page of another origin may not read the answer, so
          // it cannot tell that from a station that is away, and takes what every station has.
          const settle = () => this.#trying && this.#settleForPcm();
          this.rest.status().then(settle, () => this.base.origin !== location.origin && settle());
        }
        this.#tellHealth();
        break;
      case 'busy':
        this.#blame.busy(performance.now() / 1000);
        break;
      case 'undecodable':
        if (this.format === 'opus') this.#settleForPcm();
        break;
      case 'welcome':
        this.#welcome(message);
        break;
      case 'state':
        this.#takeState(message);
        break;
      case 'ack':
        this.#acknowledged(message);
        break;
      case 'error':
        this.controls.refuse(message.id, new Refused(message));
        break;
      case 'pong':
        this.trip_ms = Math.min(
          message.trip_ms,
          (this.trip_ms || message.trip_ms) * 0.9 + message.trip_ms * 0.1,
        );
        break;
      case 'score':
      case 'status':
        this.#tell(message.type, message);
        break;
      default:
    }
  }

  /** @param {Welcome} welcome */
  #welcome(welcome) {
    if (welcome.protocol !== PROTOCOL) {
      const reason = `it speaks version ${welcome.protocol} of the protocol, this page version ${PROTOCOL}`;
      this.handle.obey({ order: 'close' });
      this.link = { type: 'link', phase: 'closed', code: 1008, reason };
      this.#tellHealth();
      return;
    }
    this.#trying = false;
    this.state = null;
    this.#takeState(welcome.state);
    this.#tell('welcome', welcome);
  }
}
