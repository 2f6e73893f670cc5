/**
 * The way from the socket to the player: a ring of chunk slots in shared memory where the page is
 * cross-origin isolated, a queue behind a message port elsewhere. Neither ever blocks.
 */

/**
 * @typedef {object} Chunk
 * @property {number} frame of the first sample, counted at `rate` from the station's birth
 * @property {number} frames
 * @property {number} rate hertz
 * @property {Int16Array} samples interleaved stereo, at least 2 × frames
 * @property {boolean} joined whether it is the first one of a connection
 * @property {boolean} jumped whether the station's clock has jumped before it
 */

/** 6.4 s of chunks: more than the server keeps for a slow listener. */
const SLOTS = 64;
/** 100 ms at 48 kHz, the largest chunk of any format. */
export const SLOT_FRAMES_MAX = 4800;
const SLOT_HEAD_BYTES = 24;
const SLOT_BYTES = SLOT_HEAD_BYTES + SLOT_FRAMES_MAX * 4;
const HEAD_BYTES = 16;
const WRITTEN = 0;
const READ = 1;

/** One writer, one reader, on different threads. */
export class SharedMailbox {
  /** @returns {SharedArrayBuffer} */
  static allocate() {
    return new SharedArrayBuffer(HEAD_BYTES + SLOTS * SLOT_BYTES);
  }

  /** @param {SharedArrayBuffer} memory */
  constructor(memory) {
    this.head = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.slots = Array.from({ length: SLOTS }, (_, i) => {
      const at = HEAD_BYTES + i * SLOT_BYTES;
      return {
        frame: new Float64Array(memory, at, 1),
        meta: new Int32Array(memory, at + 8, 4),
        samples: new Int16Array(memory, at + SLOT_HEAD_BYTES, SLOT_FRAMES_MAX * 2),
      };
    });
    /** @type {Chunk} reused by `take` */
    this.taken = {
      frame: 0,
      frames: 0,
      rate: 0,
      samples: this.slots[0].samples,
      joined: false,
      jumped: false,
    };
  }

  /**
   * Writer's thread. False when the reader has stopped reading: the chunk is dropped.
   * @param {Chunk} chunk
   */
  push(chunk) {
    const written = Atomics.load(this.head, WRITTEN);
    if (written - Atomics.load(this.head, READ) >= SLOTS) return false;
    const slot = this.slots[written % SLOTS];
    slot.frame[0] = chunk.frame;
    slot.meta[0] = chunk.frames;
    slot.meta[1] = chunk.rate;
    slot.meta[2] = chunk.joined ? 1 : 0;
    slot.meta[3] = chunk.jumped ? 1 : 0;
    slot.samples.set(chunk.samples.subarray(0, chunk.frames * 2));
    Atomics.store(this.head, WRITTEN, written + 1);
    return true;
  }

  /**
   * Reader's thread. What it returns holds until `release`.
   * @returns {Chunk | null}
   */
  peek() {
    const read = Atomics.load(this.head, READ);
    if (Atomics.load(this.head, WRITTEN) === read) return null;
    const slot = this.slots[read % SLOTS];
    this.taken.frame = slot.frame[0];
    this.taken.frames = slot.meta[0];
    this.taken.rate = slot.meta[1];
    this.taken.joined = slot.meta[2] === 1;
    this.taken.jumped = slot.meta[3] === 1;
    this.taken.samples = slot.samples;
    return this.taken;
  }

  /** Reader's thread: gives back what `peek` returned. */
  release() {
    Atomics.add(this.head, READ, 1);
  }
}

/** The reader's end of a message port whose messages are chunks. */
export class PortMailbox {
  /** @param {MessagePort} port */
  constructor(port) {
    /** @type {Chunk[]} */
    this.queue = [];
    port.onmessage = ({ data }) => {
      if (this.queue.length < SLOTS) this.queue.push(data);
    };
  }

  /** @returns {Chunk | null} */
  peek() {
    return this.queue[0] ?? null;
  }

  release() {
    this.queue.shift();
  }
}

/** @typedef {SharedMailbox | PortMailbox} Mailbox */

/** @param {SharedArrayBuffer | MessagePort} source @returns {Mailbox} */
export const openMailbox = (source) =>
  source instanceof MessagePort ? new PortMailbox(source) : new SharedMailbox(source);
