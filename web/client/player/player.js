/**
 * The player: chunks in, sound out. Holds the jitter buffer, steers it, resamples, and fades where
 * there would be a hole. It knows no browser: the audio worklet, the fallback and the tests on
 * virtual time all drive this same code, and its only clock is the count of frames it has rendered.
 *
 * Used by the audio thread alone. Allocates two small objects twenty times a second.
 */

import { SAMPLE_RATE } from '../protocol.js';
import { Arrivals } from './arrivals.js';
import { steer, steering } from './controller.js';
import { REACH_FRAMES, Sinc } from './sinc.js';
import { CAPACITY_FRAMES, Timeline } from './timeline.js';

/** @typedef {import('./mailbox.js').Chunk} Chunk */

/**
 * @typedef {object} Report what the player is doing
 * @property {'waiting' | 'playing' | 'starved' | 'stopped'} phase
 * @property {number} frame the stream frame, at 44.1 kHz, that the next output frame plays; NaN before any
 * @property {number} delay_ms between the live edge and the playhead; NaN while nothing plays
 * @property {number} buffer_ms what is left to play
 * @property {number} target_ms
 * @property {number} late_ms 95th percentile of arrival delay
 * @property {number} rate
 * @property {number} underruns
 * @property {number} skips
 */

const FADE_S = 0.03;
const SEAM_S = 0.05;
const SKIP_S = 0.2;
/** How much too late is late enough to skip. */
const SKIP_MS = 1000;
const STEER_S = 0.05;
/** After a hole, a backlog that is still coming in is let in before the playhead is chosen. */
const SETTLE_S = 0.03;

/** Unplayed frames beyond which the ring would overwrite what is being read. */
const BACKLOG_FRAMES_MAX = CAPACITY_FRAMES - 16_384;

export class Player {
  rendered = 0;
  underruns = 0;
  skips = 0;
  /** @type {Report['phase']} */
  phase = 'waiting';
  position = 0;
  gain = 0;
  stopping = false;
  dipping = false;
  lastPush_s = 0;
  steered_s = 0;
  underrunsSteered = 0;
  /** The playhead that a skip is leaving, and how many frames of the crossfade are done. */
  oldPosition = 0;
  skipDone = 0;

  sourceRate = SAMPLE_RATE;

  /** @param {number} outputRate hertz of the device */
  constructor(outputRate) {
    this.outputRate = outputRate;
    this.ratio = this.sourceRate / outputRate;
    this.sinc = new Sinc(this.ratio);
    this.timeline = new Timeline();
    this.arrivals = new Arrivals();
    this.steering = steering();
    this.fadeStep = 1 / (FADE_S * outputRate);
    this.skipFrames = Math.round(SKIP_S * outputRate);
    this.oldLeft = new Float32Array(8192);
    this.oldRight = new Float32Array(8192);
    this.reset();
  }

  /** Forgets all that was buffered: what comes next is a new beginning. */
  reset() {
    this.timeline.reset();
    this.arrivals.reset();
    this.phase = 'waiting';
    this.position = this.timeline.end;
    this.gain = 0;
    this.stopping = false;
    this.dipping = false;
    this.skipDone = this.skipFrames;
  }

  /** Fades out, and then stays silent until the first chunk of a new connection. */
  stop() {
    this.stopping = true;
    if (this.gain === 0) this.phase = 'stopped';
  }

  /** Seconds of the device's audio clock since the first render. */
  get now_s() {
    return this.rendered / this.outputRate;
  }

  /** @param {Chunk} chunk */
  push(chunk) {
    if (this.phase === 'stopped') {
      if (!chunk.joined) return;
      this.reset();
    }
    if (chunk.rate !== this.sourceRate) this.#tune(chunk.rate);
    if (chunk.joined || chunk.jumped) this.arrivals.reset();
    if (this.timeline.end + chunk.frames - this.position > BACKLOG_FRAMES_MAX) this.#leap();
    const playhead = this.position + REACH_FRAMES;
    const blend = Math.round(SEAM_S * this.sourceRate);
    const seam = this.timeline.push(chunk.frame, chunk.samples, chunk.frames, playhead, blend);
    if (seam && !chunk.joined) this.arrivals.reset();
    this.arrivals.add(chunk.frame / this.sourceRate, this.now_s, this.phase !== 'starved');
    this.lastPush_s = this.now_s;
  }

  /** The station speaks at another rate from now on: a new beginning. @param {number} sourceRate */
  #tune(sourceRate) {
    this.sourceRate = sourceRate;
    this.ratio = sourceRate / this.outputRate;
    this.sinc = new Sinc(this.ratio);
    this.reset();
  }

  /** The device slept and the stream did not: most of what came meanwhile is let go. */
  #leap() {
    this.position = this.timeline.end - (this.steering.target_ms / 1000) * this.sourceRate;
    this.gain = 0;
    this.skips += 1;
  }

  /** Frames that can be read after the playhead. */
  get #readable() {
    return this.timeline.end - REACH_FRAMES - this.position;
  }

  get buffer_ms() {
    return Math.max(0, (this.#readable / this.sourceRate) * 1000);
  }

  get #edge() {
    return this.timeline.positionOf(this.arrivals.edge_s(this.now_s) * this.sourceRate);
  }

  /** How far the playhead is, or would be, behind the live edge. */
  get #behind_ms() {
    return ((this.#edge - this.position) / this.sourceRate) * 1000;
  }

  get delay_ms() {
    return this.phase === 'playing' ? this.#behind_ms : NaN;
  }

  /**
   * Fills one block. Both arrays have the same length, at most 8192.
   * @param {Float32Array} left @param {Float32Array} right
   */
  render(left, right) {
    const count = left.length;
    this.#steer();
    if (this.phase === 'waiting' || this.phase === 'starved') this.#tryStart();
    if (this.phase === 'playing') this.#play(left, right);
    else {
      left.fill(0);
      right.fill(0);
    }
    this.rendered += count;
  }

  #steer() {
    const elapsed_s = this.now_s - this.steered_s;
    if (elapsed_s < STEER_S) return;
    this.steered_s = this.now_s;
    const underruns = this.underruns - this.underrunsSteered;
    this.underrunsSteered = this.underruns;
    const { delay_ms, arrivals } = this;
    const { late_ms, peak_ms, live } = arrivals;
    this.steering = steer(this.steering, { delay_ms, late_ms, peak_ms, live, underruns, elapsed_s });
    if (delay_ms - this.steering.target_ms > SKIP_MS) this.#skip(delay_ms);
  }

  /**
   * What counts is not what is there but what is spent before the next chunk comes: a burst of 400 ms
   * may be followed at once or 100 ms later. So the music begins when its delay is the target, and
   * an underrun's longer target holds from the next beginning on.
   */
  #tryStart() {
    if (this.timeline.empty || this.stopping) return;
    const { target_ms } = this.steering;
    const { buffer_ms } = this;
    const spare_ms = this.#behind_ms - target_ms;
    if (spare_ms < 0 || buffer_ms < target_ms / 2) return;
    const backlog = buffer_ms < target_ms || spare_ms > target_ms / 2;
    if (backlog && this.now_s - this.lastPush_s < SETTLE_S) return;
    this.phase = 'playing';
    const ahead_ms = Math.min(spare_ms, buffer_ms - target_ms / 2);
    this.position += Math.floor((ahead_ms / 1000) * this.sourceRate);
  }

  /** @param {number} delay_ms */
  #skip(delay_ms) {
    const { target_ms } = this.steering;
    const ahead_ms = Math.min(delay_ms - target_ms, this.buffer_ms - target_ms / 2);
    if (ahead_ms < SKIP_MS / 2 || this.skipDone < this.skipFrames) return;
    this.oldPosition = this.position;
    this.skipDone = 0;
    this.position += Math.floor((ahead_ms / 1000) * this.sourceRate);
    this.skips += 1;
  }

  /** @param {Float32Array} left @param {Float32Array} right */
  #play(left, right) {
    const step = this.ratio * this.steering.rate;
    const remaining = Math.max(0, Math.floor(this.#readable / step));
    const count = Math.min(left.length, remaining);
    this.sinc.render(this.timeline, this.position, step, left, right, count);
    if (this.skipDone < this.skipFrames) this.#crossfade(left, right, count, step);
    this.position += count * step;
    this.#fade(left, right, remaining, count);
    left.fill(0, count);
    right.fill(0, count);
    if (count < left.length) {
      this.phase = 'starved';
      this.gain = 0;
      this.dipping = false;
    } else if (this.stopping && this.gain === 0) {
      this.phase = 'stopped';
    }
  }

  /**
   * Mixes in the music that a skip is leaving, with equal power.
   * @param {Float32Array} left @param {Float32Array} right @param {number} count @param {number} step
   */
  #crossfade(left, right, count, step) {
    const { oldLeft, oldRight } = this;
    this.sinc.render(this.timeline, this.oldPosition, step, oldLeft, oldRight, count);
    this.oldPosition += count * step;
    for (let i = 0; i < count; i += 1) {
      const angle = Math.min(1, (this.skipDone + i) / this.skipFrames) * (Math.PI / 2);
      const [old, fresh] = [Math.cos(angle), Math.sin(angle)];
      left[i] = left[i] * fresh + oldLeft[i] * old;
      right[i] = right[i] * fresh + oldRight[i] * old;
    }
    this.skipDone += count;
  }

  /**
   * The gain rises at the speed of a fade, and never stands above what is left to play: so it falls
   * to zero over the last real samples, and comes back from wherever it is when more arrive.
   * @param {Float32Array} left @param {Float32Array} right
   * @param {number} remaining output frames that could be played from the block's start
   * @param {number} count
   */
  #fade(left, right, remaining, count) {
    const rise = this.stopping ? -this.fadeStep : this.fadeStep;
    let gain = this.gain;
    for (let i = 0; i < count; i += 1) {
      gain = Math.max(0, Math.min(1, gain + rise, (remaining - 1 - i) * this.fadeStep));
      if (gain < 1) {
        const smooth = gain * gain * (3 - 2 * gain);
        left[i] *= smooth;
        right[i] *= smooth;
      }
    }
    const falls = gain < this.gain && !this.stopping;
    if (falls && !this.dipping) this.underruns += 1;
    this.dipping = falls || (this.dipping && gain < 1);
    this.gain = gain;
  }

  /** @returns {Report} */
  report() {
    return {
      phase: this.phase,
      frame: (this.timeline.frameAt(this.position) / this.sourceRate) * SAMPLE_RATE,
      delay_ms: this.delay_ms,
      buffer_ms: this.buffer_ms,
      target_ms: this.steering.target_ms,
      late_ms: this.arrivals.late_ms,
      rate: this.steering.rate,
      underruns: this.underruns,
      skips: this.skips,
    };
  }
}
