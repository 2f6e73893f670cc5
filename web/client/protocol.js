/**
 * The wire, `/ws/stream`, as docs/protocol.md describes it: the messages' shapes, and how audio is
 * taken out of them.
 */

/**
 * @typedef {string | number | null | Record<string, number>} Value of a control. Which a control takes
 *   `GET /api/controls` says: a station is steered by whatever its table lists.
 */

/** @typedef {Record<string, any> & { revision: number, frame?: number }} State what holds from `frame` on: all controls by name */

/**
 * @typedef {{ [control: string]: Value | undefined, apply?: 'now' | 'bar' | 'phrase' }} Change any subset
 *   of the controls by name, and from when it is to hold
 */

/**
 * @typedef {object} Note
 * @property {string} part who plays it
 * @property {number} pitch MIDI note number
 * @property {number} frame where it begins
 * @property {number} frames how long it is held
 * @property {number} velocity 1 to 127
 */

/**
 * @typedef {object} Score what sounds in the bar that starts at `frame`
 * @property {number} frame
 * @property {number} phrase counted from the station's birth
 * @property {number} bar counted from the station's birth
 * @property {number} beats
 * @property {number} bpm
 * @property {string | null} key
 * @property {string | null} mode
 * @property {{ numeral: string, notes: string[] } | null} chord
 * @property {string} section
 * @property {Note[]} notes
 */

/**
 * @typedef {object} Welcome
 * @property {number} protocol
 * @property {string} server
 * @property {string} client_id
 * @property {string} station
 * @property {number} sample_rate
 * @property {number} channels
 * @property {string} encoding
 * @property {number} chunk_frames
 * @property {State} state
 * @property {number} frame
 * @property {string} message
 * @property {{ sample_rate: number, frame_ms: number, pre_skip: number }} [opus]
 */

/**
 * @typedef {object} WireError
 * @property {string} code
 * @property {string} message
 * @property {string} [field]
 * @property {string | number} [id]
 */

/** @typedef {{ id: string | number, revision: number, frame: number, state: State }} Ack */
/** @typedef {{ buffer_chunks: number, listeners: number, render_load: number }} Status */

/** @typedef {'json' | 'pcm' | 'opus'} Format */

/** The stream's clock, whatever the format: frames in a second. */
export const SAMPLE_RATE = 44_100;
/** The version of the wire that this client speaks. */
export const PROTOCOL = 1;
const HEADER_BYTES = 16;

/** Of a binary packet's flags: the chunk does not follow the one before. */
const DISCONTINUITY = 1;

/**
 * Whether one state was told after another: each change has its revision, and one that waited for its
 * bar or phrase brings another frame when it holds, not another revision.
 * @param {State} state @param {State} than
 */
export function isLater(state, than) {
  if (state.revision !== than.revision) return state.revision > than.revision;
  return (state.frame ?? 0) > (than.frame ?? 0);
}

/**
 * A binary packet: u32 seq, u64 frame, u16 flags, u16 reserved, then the payload, all little-endian.
 * @param {ArrayBuffer} packet
 * @returns {{ frame: number, jumped: boolean, payload: Uint8Array<ArrayBuffer> }}
 */
export function decodePacket(packet) {
  if (packet.byteLength < HEADER_BYTES) {
    throw new Error(`an audio packet has ${packet.byteLength} bytes, its header alone ${HEADER_BYTES}`);
  }
  const head = new DataView(packet);
  const frame = Number(head.getBigUint64(4, true));
  const jumped = (head.getUint16(12, true) & DISCONTINUITY) !== 0;
  return { frame, jumped, payload: new Uint8Array(packet, HEADER_BYTES) };
}

/** The samples of a `pcm` payload. @param {Uint8Array<ArrayBuffer>} payload */
export function decodePcm({ buffer, byteOffset, byteLength }) {
  return new Int16Array(buffer, byteOffset, (byteLength >> 2) * 2);
}

/**
 * The samples of an `audio_chunk` message.
 * @param {string} data base64 of interleaved little-endian s16
 * @returns {Int16Array}
 */
export function decodeBase64(data) {
  const text = atob(data);
  const bytes = new Uint8Array(text.length & ~3);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = text.charCodeAt(i);
  return new Int16Array(bytes.buffer);
}
