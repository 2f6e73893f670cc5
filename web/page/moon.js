/**
 * The moon is the Play button, and its phase is the buffer: a new moon is silence, a full one is a
 * buffer as deep as it should be.
 */

import { byId } from './dom.js';

const SIZE = 420;
const RADIUS = 190;
/** Craters: x, y, radius, in shares of the moon's radius. */
const CRATERS = [
  [-0.35, -0.3, 0.22],
  [0.1, -0.5, 0.12],
  [0.38, -0.12, 0.17],
  [-0.1, 0.12, 0.28],
  [-0.5, 0.25, 0.11],
  [0.3, 0.42, 0.2],
  [-0.2, 0.6, 0.13],
  [0.62, 0.2, 0.08],
  [0.02, -0.18, 0.08],
];

/** @typedef {import('../client/health.js').Health} Health */

export class Moon {
  #button = byId('play', HTMLButtonElement);
  #canvas = byId('moon', HTMLCanvasElement);
  #shown = -1;
  #phase = 0;
  #disc = '';

  /** @param {Health} health */
  show({ phase, buffer_ms, target_ms }) {
    const on = phase !== 'idle' && phase !== 'refused';
    this.#button.dataset.phase = phase;
    this.#button.setAttribute('aria-label', on ? 'Pause' : 'Play');
    const full = phase === 'idle' || phase === 'refused' || target_ms === 0;
    const depth = full ? 1 : Math.min(1, buffer_ms / (0.6 * target_ms));
    this.#phase = depth;
    if (phase === 'connecting') this.#phase = 0.08;
  }

  /** Draws a step towards the wanted phase, if there is any. @param {string} light @param {string} dark */
  draw(light, dark) {
    const next = this.#shown < 0 ? this.#phase : this.#shown + (this.#phase - this.#shown) * 0.12;
    const settled = Math.abs(next - this.#shown) < 0.002;
    if (settled && this.#disc === light) return;
    this.#shown = settled ? this.#phase : next;
    this.#disc = light;
    this.#paint(light, dark);
  }

  /** @param {string} light @param {string} dark */
  #paint(light, dark) {
    const brush = this.#canvas.getContext('2d');
    if (!brush) return;
    brush.setTransform(1, 0, 0, 1, 0, 0);
    brush.clearRect(0, 0, SIZE, SIZE);
    brush.translate(SIZE / 2, SIZE / 2);
    brush.fillStyle = dark;
    brush.beginPath();
    brush.arc(0, 0, RADIUS, 0, 2 * Math.PI);
    brush.fill();
    brush.save();
    brush.clip(this.#lit());
    brush.fillStyle = light;
    brush.fillRect(-RADIUS, -RADIUS, 2 * RADIUS, 2 * RADIUS);
    for (const [x, y, size] of CRATERS) this.#crater(brush, x * RADIUS, y * RADIUS, size * RADIUS);
    const shade = brush.createRadialGradient(-60, -70, 30, 0, 0, RADIUS);
    shade.addColorStop(0, 'rgb(255 255 255 / 0.28)');
    shade.addColorStop(0.6, 'rgb(255 255 255 / 0)');
    shade.addColorStop(1, 'rgb(60 40 90 / 0.28)');
    brush.fillStyle = shade;
    brush.fillRect(-RADIUS, -RADIUS, 2 * RADIUS, 2 * RADIUS);
    brush.restore();
  }

  /** The lit part: a half disc, and the half ellipse of the terminator. */
  #lit() {
    const path = new Path2D();
    const bulge = 2 * this.#shown - 1;
    path.arc(0, 0, RADIUS, -Math.PI / 2, Math.PI / 2);
    path.ellipse(0, 0, Math.abs(bulge) * RADIUS, RADIUS, 0, Math.PI / 2, -Math.PI / 2, bulge < 0);
    return path;
  }

  /** @param {CanvasRenderingContext2D} brush @param {number} x @param {number} y @param {number} radius */
  #crater(brush, x, y, radius) {
    const shade = brush.createRadialGradient(x, y, 0, x, y, radius);
    shade.addColorStop(0, 'rgb(110 85 70 / 0.16)');
    shade.addColorStop(0.75, 'rgb(110 85 70 / 0.10)');
    shade.addColorStop(1, 'rgb(110 85 70 / 0)');
    brush.fillStyle = shade;
    brush.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }
}
