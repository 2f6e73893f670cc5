/** The audio worklet: the player on the browser's audio thread. */

import { Driver } from './driver.js';
// What the player needs, named here too: the browser asks for all of it at once, and not for each
// file when it has read the one before.
import '../protocol.js';
import './arrivals.js';
import './controller.js';
import './mailbox.js';
import './player.js';
import './sinc.js';
import './timeline.js';

class AeolianPlayer extends AudioWorkletProcessor {
  /** @param {{ processorOptions: { source?: SharedArrayBuffer } }} options */
  constructor({ processorOptions: { source } }) {
    super();
    /** @type {Driver | null} */
    this.driver = null;
    /** @param {SharedArrayBuffer | MessagePort} from */
    const start = (from) => {
      this.driver = new Driver(from, sampleRate, (report) => this.port.postMessage(report));
    };
    if (source) start(source);
    this.port.onmessage = ({ data }) => {
      if (data instanceof MessagePort) start(data);
      else this.driver?.stop();
    };
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, outputs) {
    const [left, right] = outputs[0];
    this.driver?.render(left, right, currentTime);
    return true;
  }
}

registerProcessor('aeolian-player', AeolianPlayer);
