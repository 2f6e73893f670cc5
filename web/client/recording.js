/** Records what is heard, after volume and fades, to a WAV file in memory. */

import { WAV_BYTES_MAX, wavHead } from './wav.js';

/** @typedef {import('./output.js').Output} Output */

const FALLBACK_FRAMES = 4096;
/** Blocks are bundled, so that the browser may move them out of memory. */
const BUNDLE_BLOCKS = 100;

export class Recording {
  /** @type {Blob[]} */
  #bundles = [];
  /** @type {ArrayBuffer[]} */
  #blocks = [];
  #bytes = 0;
  #stopped = false;
  #end = () => {};

  /** @param {Output} output */
  constructor(output) {
    this.sampleRate = output.context.sampleRate;
    this.ready = this.#start(output);
  }

  get seconds() {
    return this.#bytes / 4 / this.sampleRate;
  }

  /** @param {Output} output */
  async #start({ context, volume }) {
    const node = context.audioWorklet ? await this.#worklet(context) : this.#script(context);
    if (this.#stopped) return;
    volume.connect(node);
    this.#end = () => {
      volume.disconnect(node);
      node.disconnect();
    };
  }

  /** @param {AudioContext} context */
  async #worklet(context) {
    await context.audioWorklet.addModule(new URL('./player/recorder-worklet.js', import.meta.url).href);
    const node = new AudioWorkletNode(context, 'aeolian-recorder', {
      numberOfOutputs: 0,
      channelCount: 2,
      channelCountMode: 'explicit',
    });
    node.port.onmessage = ({ data }) => this.#take(data);
    return node;
  }

  /** @param {AudioContext} context */
  #script(context) {
    const node = context.createScriptProcessor(FALLBACK_FRAMES, 2, 2);
    node.onaudioprocess = ({ inputBuffer }) => {
      const [left, right] = [inputBuffer.getChannelData(0), inputBuffer.getChannelData(1)];
      const block = new Int16Array(left.length * 2);
      for (let i = 0; i < left.length; i += 1) {
        block[2 * i] = Math.max(-1, Math.min(1, left[i])) * 32767;
        block[2 * i + 1] = Math.max(-1, Math.min(1, right[i])) * 32767;
      }
      this.#take(block.buffer);
    };
    node.connect(context.destination);
    return node;
  }

  /** @param {ArrayBuffer} block */
  #take(block) {
    if (this.#stopped || this.#bytes + block.byteLength > WAV_BYTES_MAX) return;
    this.#bytes += block.byteLength;
    this.#blocks.push(block);
    if (this.#blocks.length >= BUNDLE_BLOCKS) this.#bundles.push(new Blob(this.#blocks.splice(0)));
  }

  /** @returns {Blob} the WAV file */
  stop() {
    this.#stopped = true;
    this.#end();
    return new Blob([wavHead(this.sampleRate, this.#bytes), ...this.#bundles, ...this.#blocks], {
      type: 'audio/wav',
    });
  }
}
