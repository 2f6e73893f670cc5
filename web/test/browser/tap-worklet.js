/** Records what reaches the speakers, quantum by quantum, with the context's frame of each block. */

const BLOCK = 4096;

class Tap extends AudioWorkletProcessor {
  left = new Float32Array(BLOCK);
  right = new Float32Array(BLOCK);
  filled = 0;

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const [left, right] = inputs[0];
    if (left) {
      this.left.set(left, this.filled);
      this.right.set(right ?? left, this.filled);
    }
    this.filled += 128;
    if (this.filled === BLOCK) {
      const end_s = currentTime + 128 / sampleRate;
      this.port.postMessage({ end_s, left: this.left.slice(), right: this.right.slice() });
      this.left.fill(0);
      this.right.fill(0);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor('tap', Tap);
