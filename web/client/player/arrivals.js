/**
 * How late chunks arrive. Each has a due time on the stream's own clock (its frame); the one that
 * came fastest of late sets the base line, and the others' delays against it go into a histogram
 * that forgets slowly, as in WebRTC's NetEQ.
 *
 * All times are in seconds of the device's audio clock, so the skew between the two clocks shows up
 * as a slow drift of the base line, and nothing else.
 */

const BIN_MS = 10;
const BINS = 256;
/** Each chunk weighs this much less with every one that follows: a memory of about 30 s. */
const FORGET = 0.9967;
/** The base line is the smallest offset of this many chunks: short beside the skew of clocks. */
const BASE_CHUNKS = 150;
/** Chunks after a join that came in a burst and say nothing about the network. */
const BURST_CHUNKS = 6;
const QUANTILE = 0.95;
/** How fast the worst delay that was survived is forgotten: 1 ms a second. */
const PEAK_FALL_MS = 0.1;

export class Arrivals {
  /** Chunks since the base line was last found anew. */
  count = 0;
  /** Seconds: arrival time minus stream time of the fastest chunk. */
  base_s = Infinity;
  /** The longest delay of late that the buffer survived. */
  peak_ms = 0;

  constructor() {
    this.weights = new Float64Array(BINS);
    this.offsets = new Float64Array(BASE_CHUNKS);
    this.total = 0;
  }

  /** A new connection or a jump of the stream's clock: the base line is found anew. */
  reset() {
    this.count = 0;
    this.base_s = Infinity;
  }

  /**
   * @param {number} stream_s the chunk's first frame, in seconds of the stream's clock
   * @param {number} now_s
   * @param {boolean} survived false for what came after an underrun: that is the target's business
   */
  add(stream_s, now_s, survived) {
    const offset = now_s - stream_s;
    this.offsets[this.count % BASE_CHUNKS] = offset;
    this.count += 1;
    let base = Infinity;
    const known = Math.min(this.count, BASE_CHUNKS);
    for (let i = 0; i < known; i += 1) base = Math.min(base, this.offsets[i]);
    this.base_s = base;
    if (survived && this.live) this.#remember((offset - base) * 1000);
  }

  /** @param {number} delay_ms */
  #remember(delay_ms) {
    const { weights } = this;
    for (let i = 0; i < BINS; i += 1) weights[i] *= FORGET;
    weights[Math.min(BINS - 1, Math.floor(delay_ms / BIN_MS))] += 1;
    this.total = this.total * FORGET + 1;
    this.peak_ms = Math.max(delay_ms, this.peak_ms - PEAK_FALL_MS);
  }

  /** Whether the join burst is over, and the base line is that of live chunks. */
  get live() {
    return this.count > BURST_CHUNKS;
  }

  /** The delay that 95 % of the chunks stayed under; 0 while nothing is known. */
  get late_ms() {
    let left = this.total * (1 - QUANTILE);
    for (let i = BINS - 1; i >= 0; i -= 1) {
      left -= this.weights[i];
      if (left < 0) return (i + 1) * BIN_MS;
    }
    return 0;
  }

  /**
   * The stream time of the chunk that would be arriving now, had it come as fast as the fastest.
   * @param {number} now_s
   */
  edge_s(now_s) {
    return now_s - this.base_s;
  }
}
