/**
 * What the worklet and its fallback have in common: a player, its mailbox, and a report every 50 ms.
 */

import { openMailbox } from './mailbox.js';
import { Player } from './player.js';

const REPORT_S = 0.05;

/** @typedef {import('./player.js').Report & { context_s: number }} TimedReport */

export class Driver {
  /**
   * @param {SharedArrayBuffer | MessagePort} source of chunks
   * @param {number} outputRate hertz of the device
   * @param {(report: TimedReport) => void} tell
   */
  constructor(source, outputRate, tell) {
    this.mailbox = openMailbox(source);
    this.player = new Player(outputRate);
    this.tell = tell;
    this.told_s = -Infinity;
    this.told = '';
  }

  /** Fades out and stays silent until a new connection begins. */
  stop() {
    this.player.stop();
  }

  /**
   * @param {Float32Array} left @param {Float32Array} right
   * @param {number} context_s the context's time of the block's first frame
   */
  render(left, right, context_s) {
    for (let chunk = this.mailbox.peek(); chunk; chunk = this.mailbox.peek()) {
      this.player.push(chunk);
      this.mailbox.release();
    }
    if (context_s - this.told_s >= REPORT_S || this.told !== this.player.phase) {
      this.told_s = context_s;
      this.told = this.player.phase;
      this.tell({ ...this.player.report(), context_s });
    }
    this.player.render(left, right);
  }
}
