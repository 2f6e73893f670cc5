/**
 * The piano roll in the sky. Notes drift from right to left and light up as they pass the meridian,
 * which is the moment that the ear hears.
 */

/** @typedef {import('../../client/protocol.js').Score} Score */
/** @typedef {import('../../client/protocol.js').Note} Note */
/** @typedef {import('./palette.js').Palette} Palette */

const SAMPLE_RATE = 44_100;
const LOWEST = 28;
const HIGHEST = 98;
/** Where the meridian stands, as a share of the width: what is to come is known for a bar. */
const MERIDIAN = 0.78;
/** Seconds of sky, on a wide and on a narrow page. */
const WIDE_S = 15;
const NARROW_S = 9;
const KEPT_S = 20;

export class Roll {
  /** @type {Map<number, Score>} by number of the bar: one that comes again has been changed */
  #bars = new Map();

  /** @param {Score} score */
  add(score) {
    this.#bars.set(score.bar, score);
  }

  /** @param {number} now frame */
  #forget(now) {
    for (const [bar, { frame }] of this.#bars) {
      if (Math.abs(frame - now) > KEPT_S * SAMPLE_RATE) this.#bars.delete(bar);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} brush @param {Palette} palette
   * @param {{ width: number, horizon: number, top: number, now: number, lit: boolean }} view now: the
   *   frame heard; lit: whether anything is
   */
  draw(brush, palette, { width, horizon, top, now, lit }) {
    if (Number.isNaN(now)) return;
    this.#forget(now);
    this.#meridian(brush, palette, width, horizon);
    const perFrame = width / (width > 700 ? WIDE_S : NARROW_S) / SAMPLE_RATE;
    const slot = (horizon - top) / (HIGHEST - LOWEST);
    const seen = { perFrame, slot, width, horizon, now, lit };
    for (const { notes } of this.#bars.values()) {
      for (const note of notes) this.#note(brush, palette.tones[note.part], note, seen);
    }
    brush.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} brush @param {Palette} palette
   * @param {number} width @param {number} horizon
   */
  #meridian(brush, palette, width, horizon) {
    const light = brush.createLinearGradient(0, 0, 0, horizon);
    light.addColorStop(0, 'transparent');
    light.addColorStop(0.4, palette.star);
    light.addColorStop(1, 'transparent');
    brush.globalAlpha = 0.22;
    brush.fillStyle = light;
    brush.fillRect(width * MERIDIAN - 0.5, 0, 1, horizon);
  }

  /**
   * @param {CanvasRenderingContext2D} brush @param {string} colour @param {Note} note
   * @param {{
   *   perFrame: number, slot: number, width: number, horizon: number, now: number, lit: boolean
   * }} view
   */
  #note(
    brush,
    colour,
    { part, pitch, frame, frames, velocity },
    { perFrame, slot, width, horizon, now, lit },
  ) {
    const x = width * MERIDIAN + (frame - now) * perFrame;
    const long = Math.max(3, frames * perFrame);
    if (x > width || x + long < 0) return;
    const height = part === 'percussion' ? 34 : pitch;
    const y = horizon - (Math.min(HIGHEST, Math.max(LOWEST, height)) - LOWEST) * slot;
    const ahead_s = (frame - now) / SAMPLE_RATE;
    const past_s = (now - frame - frames) / SAMPLE_RATE;
    const sounding = lit && ahead_s <= 0 && past_s <= 0;
    const edge = Math.min(1, Math.max(0, x + long) / (width * 0.3), Math.max(0, width - x) / (width * 0.08));
    const faint = past_s > 0 ? 0.5 * Math.max(0.2, 1 - past_s / 12) : 0.3;
    brush.globalAlpha = edge * (sounding ? 0.95 : faint) * (0.55 + (velocity / 127) * 0.45);
    brush.fillStyle = colour;
    const thick = part === 'pad' ? Math.max(3, slot * 0.55) : Math.max(2.5, slot * 0.45);
    this.#stroke(brush, part, x, y, long, thick);
    if (sounding) this.#glow(brush, part, width * MERIDIAN, x, y, long, thick);
    brush.globalAlpha *= 0.16;
    this.#stroke(brush, part, x, horizon + (horizon - y) * 0.45, long, thick * 0.6);
  }

  /**
   * @param {CanvasRenderingContext2D} brush @param {string} part
   * @param {number} x @param {number} y @param {number} long @param {number} thick
   */
  #stroke(brush, part, x, y, long, thick) {
    brush.beginPath();
    if (part === 'percussion') brush.arc(x, y, thick * 1.1, 0, 2 * Math.PI);
    else brush.roundRect(x, y - thick / 2, long, thick, thick / 2);
    brush.fill();
  }

  /**
   * @param {CanvasRenderingContext2D} brush @param {string} part @param {number} middle
   * @param {number} x @param {number} y @param {number} long @param {number} thick
   */
  #glow(brush, part, middle, x, y, long, thick) {
    const alpha = brush.globalAlpha;
    brush.globalAlpha = alpha * 0.22;
    this.#stroke(brush, part, x - thick, y, long + 2 * thick, thick * 3.2);
    brush.globalAlpha = alpha;
    if (part === 'percussion') return;
    brush.beginPath();
    brush.arc(middle, y, thick * 0.95, 0, 2 * Math.PI);
    brush.fill();
  }
}
