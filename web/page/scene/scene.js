/** The scene behind the page: sky, stars, the roll, the moon's light, the sea. Thirty pictures a second. */

import { byId } from '../dom.js';
import { readPalette } from './palette.js';
import { Roll } from './roll.js';
import { Sea } from './sea.js';

/** @typedef {import('../../client/station.js').Station} Station */
/** @typedef {import('../moon.js').Moon} Moon */

const FRAME_MS = 1000 / 31;
/** With reduced motion the picture stands, and is brought up to date this often. */
const STILL_MS = 1000;
const STARS = 150;

export class Scene {
  roll = new Roll();
  #sea = new Sea();
  #canvas = byId('scene', HTMLCanvasElement);
  #brush = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { alpha: false }));
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  #palette = readPalette();
  #drawn_ms = -Infinity;
  #width = 0;
  #height = 0;
  #horizon = 0;
  #stars = Array.from({ length: STARS }, (_, i) => {
    const spread = (/** @type {number} */ n) => Math.abs(Math.sin(n * 127.1 + 11.7) * 43758.5453) % 1;
    return {
      x: spread(i),
      y: spread(i + 500),
      size: 0.4 + spread(i + 900) ** 3 * 1.3,
      pace: 0.3 + spread(i + 70),
    };
  });

  /** @param {Station} station @param {Moon} moon */
  constructor(station, moon) {
    this.station = station;
    this.moon = moon;
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
    this.#resize();
    const step = (/** @type {number} */ now_ms) => {
      this.#frame(now_ms);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Day has become night, or night day. */
  recolour() {
    this.#palette = readPalette();
    this.#drawn_ms = -Infinity;
  }

  #resize() {
    const scale = Math.min(2, devicePixelRatio || 1);
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#horizon = this.#findHorizon();
    this.#canvas.width = Math.round(this.#width * scale);
    this.#canvas.height = Math.round(this.#height * scale);
    this.#brush.setTransform(scale, 0, 0, scale, 0, 0);
    this.#drawn_ms = -Infinity;
  }

  /** Where sky and sea meet: never above the line of health, so that all words stand in the sky. */
  #findHorizon() {
    const { top, height } = byId('health-open').getBoundingClientRect();
    const words = top + height / 2 + scrollY;
    return Math.round(
      Math.min(this.#height, Math.max(words, this.#height * (this.#width > 900 ? 0.6 : 0.66))),
    );
  }

  /** @param {number} now_ms */
  #frame(now_ms) {
    const elapsed_ms = now_ms - this.#drawn_ms;
    if (elapsed_ms < (this.#still.matches ? STILL_MS : FRAME_MS)) return;
    this.#drawn_ms = now_ms;
    const time_s = this.#still.matches ? 0 : now_ms / 1000;
    const [width, height, horizon] = [this.#width, this.#height, this.#horizon];
    this.#sky(width, horizon, time_s);
    const lit = this.station.output?.report?.phase === 'playing';
    this.roll.draw(this.#brush, this.#palette, {
      width,
      horizon,
      top: height * 0.06,
      now: this.station.frame,
      lit,
    });
    this.#sea.listen(lit ? (this.station.output?.analyser ?? null) : null, Math.min(1, elapsed_ms / 1000));
    this.#sea.draw(this.#brush, this.#palette, { width, height, horizon, time_s });
    this.moon.draw(this.#palette.disc, this.#palette.discDark);
  }

  /** @param {number} width @param {number} horizon @param {number} time_s */
  #sky(width, horizon, time_s) {
    const brush = this.#brush;
    const { skyTop, skyLow, haze, star, seaFar } = this.#palette;
    const sky = brush.createLinearGradient(0, 0, 0, horizon);
    sky.addColorStop(0, skyTop);
    sky.addColorStop(0.68, skyLow);
    sky.addColorStop(1, haze);
    brush.fillStyle = sky;
    brush.fillRect(0, 0, width, horizon);
    brush.fillStyle = seaFar;
    brush.fillRect(0, horizon, width, this.#height - horizon);
    brush.fillStyle = star;
    for (const { x, y, size, pace } of this.#stars) {
      brush.globalAlpha = (1 - y * 0.8) * (0.45 + 0.3 * Math.sin(time_s * pace + x * 60));
      brush.beginPath();
      brush.arc(x * width, y * horizon * 0.92, size, 0, 2 * Math.PI);
      brush.fill();
    }
    brush.globalAlpha = 1;
  }
}
