/** The spectrum as a calm sea: swells from low notes in the middle to high ones at the sides. */

/** @typedef {import('./palette.js').Palette} Palette */

const BANDS = 40;
const LOW_HZ = 45;
const HIGH_HZ = 9000;
const WAVES = 9;
/** How fast a band follows what it sees, up and down, per second. */
const RISE = 6;
const FALL = 1.6;
/** A band lifts its neighbours with it: swells, and no spikes. */
const SWELL = [0.2, 0.55, 1, 0.55, 0.2];

export class Sea {
  #levels = new Float32Array(BANDS);
  #seen = new Float32Array(BANDS);
  #bytes = new Uint8Array(0);

  /**
   * @param {AnalyserNode | null} analyser
   * @param {number} elapsed_s
   */
  listen(analyser, elapsed_s) {
    if (analyser && this.#bytes.length !== analyser.frequencyBinCount) {
      this.#bytes = new Uint8Array(analyser.frequencyBinCount);
    }
    analyser?.getByteFrequencyData(/** @type {Uint8Array<ArrayBuffer>} */ (this.#bytes));
    const hzPerBin = analyser ? analyser.context.sampleRate / analyser.fftSize : 1;
    for (let band = 0; band < BANDS; band += 1) {
      const from = (LOW_HZ * (HIGH_HZ / LOW_HZ) ** (band / BANDS)) / hzPerBin;
      const to = (LOW_HZ * (HIGH_HZ / LOW_HZ) ** ((band + 1) / BANDS)) / hzPerBin;
      let peak = 0;
      if (analyser) {
        for (let bin = Math.floor(from); bin <= to; bin += 1) peak = Math.max(peak, this.#bytes[bin]);
      }
      this.#seen[band] = (peak / 255) ** 1.6;
    }
    for (let band = 0; band < BANDS; band += 1) {
      let lifted = 0;
      SWELL.forEach((share, i) => {
        lifted = Math.max(lifted, share * (this.#seen[band + i - 2] ?? 0));
      });
      const speed = lifted > this.#levels[band] ? RISE : FALL;
      this.#levels[band] += (lifted - this.#levels[band]) * Math.min(1, speed * elapsed_s);
    }
  }

  /** @param {number} at 0 (low) to 1 (high) */
  #level(at) {
    const place = Math.min(BANDS - 1.001, at * BANDS);
    const low = Math.floor(place);
    const mix = place - low;
    const smooth = mix * mix * (3 - 2 * mix);
    return this.#levels[low] + smooth * (this.#levels[low + 1] - this.#levels[low]);
  }

  /**
   * @param {CanvasRenderingContext2D} brush @param {Palette} palette
   * @param {{ width: number, height: number, horizon: number, time_s: number }} view
   */
  draw(brush, palette, { width, height, horizon, time_s }) {
    const water = brush.createLinearGradient(0, horizon, 0, height);
    water.addColorStop(0, palette.seaFar);
    water.addColorStop(1, palette.seaNear);
    const depth = height - horizon;
    const step = Math.max(6, width / 160);
    for (let wave = 0; wave < WAVES; wave += 1) {
      const near = (wave + 0.35) / WAVES;
      const base = horizon + depth * near ** 1.7;
      const swell = 3 + near * Math.min(70, depth * 0.22);
      brush.beginPath();
      // From beyond one edge to beyond the other: the sides of the water are no lines.
      brush.moveTo(-step, height);
      for (let x = -step; x <= width + step; x += step) {
        const off = Math.abs(x / width - 0.5) * 2;
        const roll = Math.sin(x * (0.021 - near * 0.014) + time_s * (0.5 - near * 0.22) + wave * 1.9);
        const ripple = Math.sin(x * 0.043 * (1.3 - near) - time_s * 0.36 + wave);
        const level = this.#level(off);
        brush.lineTo(
          x,
          base - swell * level * (0.75 + 0.25 * ripple) - (1.2 + near * 5) * (roll + ripple * 0.4),
        );
      }
      brush.lineTo(width + step, height);
      brush.globalAlpha = 0.5;
      brush.fillStyle = water;
      brush.fill();
      brush.globalAlpha = 0.1 + 0.24 * near;
      brush.strokeStyle = palette.foam;
      brush.lineWidth = 0.6 + near;
      brush.stroke();
    }
    brush.globalAlpha = 1;
  }
}
