/** Hands on what it hears, 4096 frames at a time, as interleaved s16. */

const BLOCK = 4096;

class AeolianRecorder extends AudioWorkletProcessor {
  block = new Int16Array(BLOCK * 2);
  filled = 0;

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const [left, right] = inputs[0];
    if (!left) return true;
    for (let i = 0; i < left.length; i += 1, this.filled += 1) {
      this.block[2 * this.filled] = Math.max(-1, Math.min(1, left[i])) * 32767;
      this.block[2 * this.filled + 1] = Math.max(-1, Math.min(1, (right ?? left)[i])) * 32767;
    }
    if (this.filled === BLOCK) {
      this.port.postMessage(this.block.buffer, [this.block.buffer]);
      this.block = new Int16Array(BLOCK * 2);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor('aeolian-recorder', AeolianRecorder);
