/**
 * The jitter buffer's store: a ring of stereo samples, addressed by *position*, a count of frames
 * that only grows. Stretches of the stream that do not follow each other (after a skip, a lost
 * connection, another station) lie end to end, blended at the seam, and each position still knows
 * its frame in the stream.
 *
 * Used by one thread, the one that plays. Allocates nothing after the constructor.
 */

/** Frames the ring holds: 5.9 s at 44.1 kHz, above the largest target plus the largest backlog. */
export const CAPACITY_FRAMES = 1 << 18;

const SEGMENTS = 16;
const S16_TO_FLOAT = 1 / 32768;
/** Samples that must agree before an overlap counts as the same music. */
const PROOF_FRAMES = 16;

export class Timeline {
  /** The position after the last sample. Starts above zero, so that taps may reach back. */
  end = CAPACITY_FRAMES;
  /** How many stretches there have been; the last SEGMENTS of them are known. */
  segments = 0;

  constructor() {
    this.left = new Float32Array(CAPACITY_FRAMES);
    this.right = new Float32Array(CAPACITY_FRAMES);
    this.mask = CAPACITY_FRAMES - 1;
    this.segmentPosition = new Float64Array(SEGMENTS);
    this.segmentFrame = new Float64Array(SEGMENTS);
  }

  reset() {
    this.end = CAPACITY_FRAMES;
    this.segments = 0;
    this.left.fill(0);
    this.right.fill(0);
  }

  get empty() {
    return this.segments === 0;
  }

  /** The stream frame that would follow without a seam. */
  get endFrame() {
    return this.frameAt(this.end);
  }

  /**
   * The stream frame at a position; NaN while nothing has come.
   * @param {number} position may be fractional
   */
  frameAt(position) {
    for (let i = this.segments - 1; i > Math.max(0, this.segments - SEGMENTS); i -= 1) {
      const slot = i % SEGMENTS;
      if (this.segmentPosition[slot] <= position) {
        return this.segmentFrame[slot] + position - this.segmentPosition[slot];
      }
    }
    if (this.segments === 0) return NaN;
    const oldest = Math.max(0, this.segments - SEGMENTS) % SEGMENTS;
    return this.segmentFrame[oldest] + position - this.segmentPosition[oldest];
  }

  /**
   * Where a frame of the newest stretch lies, whether or not it has come yet.
   * @param {number} frame
   */
  positionOf(frame) {
    const newest = (this.segments - 1) % SEGMENTS;
    return this.segmentPosition[newest] + frame - this.segmentFrame[newest];
  }

  /**
   * Takes a chunk. One that follows is appended; one that overlaps what is here with the same
   * samples adds what is new; anything else is joined by an equal-power crossfade.
   * @param {number} frame the stream frame of its first sample
   * @param {Int16Array} samples interleaved stereo
   * @param {number} frames
   * @param {number} playhead the position that is being played
   * @param {number} blendFrames the longest crossfade at a seam
   * @returns {boolean} whether there is a seam
   */
  push(frame, samples, frames, playhead, blendFrames) {
    if (this.empty) {
      this.#begin(this.end, frame);
      this.#append(samples, 0, frames);
      return true;
    }
    const known = this.endFrame - frame;
    if (known === 0 || this.#agrees(samples, frames, known)) {
      this.#append(samples, Math.min(frames, known), frames);
      return false;
    }
    const free = Math.floor(this.end - playhead);
    const blend = Math.max(0, Math.min(blendFrames, free, frames));
    this.#begin(this.end - blend, frame);
    this.#blend(samples, blend);
    this.#append(samples, blend, frames);
    return true;
  }

  /**
   * Whether the first `known` frames of a chunk are the last ones here.
   * @param {Int16Array} samples @param {number} frames @param {number} known
   */
  #agrees(samples, frames, known) {
    if (known < 0 || known > CAPACITY_FRAMES / 2) return false;
    const last = Math.min(frames, known);
    const shift = this.end - known;
    for (let i = Math.max(0, last - PROOF_FRAMES); i < last; i += 1) {
      if (this.left[(shift + i) & this.mask] !== samples[2 * i] * S16_TO_FLOAT) return false;
      if (this.right[(shift + i) & this.mask] !== samples[2 * i + 1] * S16_TO_FLOAT) return false;
    }
    return true;
  }

  /** @param {number} position @param {number} frame */
  #begin(position, frame) {
    this.segmentPosition[this.segments % SEGMENTS] = position;
    this.segmentFrame[this.segments % SEGMENTS] = frame;
    this.segments += 1;
  }

  /** @param {Int16Array} samples @param {number} from @param {number} to */
  #append(samples, from, to) {
    const { left, right, mask } = this;
    const end = this.end;
    for (let i = from; i < to; i += 1) {
      const at = (end + i - from) & mask;
      left[at] = samples[2 * i] * S16_TO_FLOAT;
      right[at] = samples[2 * i + 1] * S16_TO_FLOAT;
    }
    this.end = end + Math.max(0, to - from);
  }

  /** @param {Int16Array} samples @param {number} frames the last ones here, and the first there */
  #blend(samples, frames) {
    const { left, right, mask } = this;
    for (let i = 0; i < frames; i += 1) {
      const at = (this.end - frames + i) & mask;
      const angle = ((i + 0.5) / frames) * (Math.PI / 2);
      const [old, fresh] = [Math.cos(angle), Math.sin(angle) * S16_TO_FLOAT];
      left[at] = left[at] * old + samples[2 * i] * fresh;
      right[at] = right[at] * old + samples[2 * i + 1] * fresh;
    }
  }
}
