/**
 * Decodes Opus packets through WebCodecs. A packet of 100 ms becomes 4800 frames at 48 kHz that lie
 * `preSkip` frames behind the packet's own frame: that is the codec's delay.
 */

import { SAMPLE_RATE } from '../protocol.js';

/** Opus always decodes at this rate, in hertz. */
export const OPUS_RATE = 48_000;

/** @type {AudioDecoderConfig} */
const CONFIG = { codec: 'opus', sampleRate: OPUS_RATE, numberOfChannels: 2 };

/** Whether this browser can decode it. */
export async function canDecodeOpus() {
  try {
    return (await AudioDecoder.isConfigSupported(CONFIG)).supported === true;
  } catch {
    return false;
  }
}

/** @param {AudioData} data @returns {Int16Array} interleaved */
function toSamples(data) {
  const { numberOfFrames } = data;
  const plane = new Float32Array(numberOfFrames);
  const samples = new Int16Array(numberOfFrames * 2);
  for (let planeIndex = 0; planeIndex < 2; planeIndex += 1) {
    data.copyTo(plane, { planeIndex, format: 'f32-planar' });
    for (let i = 0; i < numberOfFrames; i += 1) {
      samples[2 * i + planeIndex] = Math.round(Math.max(-1, Math.min(1, plane[i])) * 32767);
    }
  }
  return samples;
}

export class Opus {
  /** Frames at 48 kHz, counted from the station's birth, of what the decoder hands out next. */
  #next = NaN;
  /** Frames to leave out: they belong to what came before the first packet. */
  #skip = 0;
  #jumped = false;

  /**
   * @param {number} preSkip frames at 48 kHz
   * @param {object} outlet
   * @param {(frame: number, samples: Int16Array, jumped: boolean) => void} outlet.deliver frame at 48 kHz
   * @param {() => void} outlet.fail it cannot be decoded
   */
  constructor(preSkip, { deliver, fail }) {
    this.preSkip = preSkip;
    this.deliver = deliver;
    this.decoder = new AudioDecoder({ output: (data) => this.#take(data), error: fail });
    this.decoder.configure(CONFIG);
  }

  /** @param {number} frame at 44.1 kHz @param {Uint8Array<ArrayBuffer>} packet @param {boolean} jumped */
  decode(frame, packet, jumped) {
    if (jumped) {
      this.decoder.reset();
      this.decoder.configure(CONFIG);
    }
    if (jumped || Number.isNaN(this.#next)) {
      this.#next = Math.round((frame / SAMPLE_RATE) * OPUS_RATE) - this.preSkip;
      this.#skip = this.preSkip;
      this.#jumped = jumped;
    }
    const timestamp = Math.round((frame / SAMPLE_RATE) * 1e6);
    this.decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: packet }));
  }

  close() {
    if (this.decoder.state !== 'closed') this.decoder.close();
  }

  /** @param {AudioData} data */
  #take(data) {
    const samples = toSamples(data);
    data.close();
    const skip = Math.min(this.#skip, samples.length / 2);
    this.#skip -= skip;
    const frame = this.#next + skip;
    this.#next += samples.length / 2;
    if (skip === samples.length / 2) return;
    this.deliver(frame, samples.subarray(skip * 2), this.#jumped);
    this.#jumped = false;
  }
}
