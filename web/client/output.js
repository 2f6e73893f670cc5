/**
 * The way to the speakers: an audio context, the player's node in it, a fade, a volume. The node is
 * an audio worklet where the browser has one, and a ScriptProcessorNode on pages that came over
 * plain HTTP from another host, where there is none.
 */

import { SAMPLE_RATE } from './protocol.js';
import { SharedMailbox } from './player/mailbox.js';
import { Driver } from './player/driver.js';

/** @typedef {import('./player/driver.js').TimedReport} TimedReport */

const FALLBACK_FRAMES = 4096;
const VOLUME_S = 0.03;

export class Output {
  /** @type {'worklet' | 'script' | null} */
  engine = null;
  /** @type {TimedReport | null} */
  report = null;
  /** Fades out; the player stays silent until a new connection begins. */
  stop = () => {};

  /**
   * Must be called in a gesture for the browser to let it sound.
   * @param {(report: TimedReport, last: TimedReport | null) => void} hear each report, and the one before
   */
  constructor(hear) {
    this.hear = hear;
    this.context = new AudioContext({ latencyHint: 'balanced' });
    this.fader = this.context.createGain();
    this.volume = this.context.createGain();
    this.analyser = this.context.createAnalyser();
    this.fader.connect(this.volume).connect(this.context.destination);
    this.fader.connect(this.analyser);
    if (self.crossOriginIsolated && this.context.audioWorklet) {
      const memory = SharedMailbox.allocate();
      /** What the link delivers to, and the player reads from. */
      this.inlet = this.outlet = memory;
    } else {
      const { port1, port2 } = new MessageChannel();
      [this.inlet, this.outlet] = [port1, port2];
    }
    this.ready = this.context.audioWorklet ? this.#startWorklet() : this.#startFallback();
  }

  async #startWorklet() {
    const { context, outlet } = this;
    await context.audioWorklet.addModule(new URL('./player/worklet.js', import.meta.url).href);
    const shared = outlet instanceof MessagePort ? {} : { source: outlet };
    const node = new AudioWorkletNode(context, 'aeolian-player', {
      numberOfInputs: 0,
      outputChannelCount: [2],
      processorOptions: shared,
    });
    if (outlet instanceof MessagePort) node.port.postMessage(outlet, [outlet]);
    node.port.onmessage = ({ data }) => this.#take(data);
    node.connect(this.fader);
    this.stop = () => node.port.postMessage('stop');
    this.engine = 'worklet';
  }

  async #startFallback() {
    const { context, outlet } = this;
    const driver = new Driver(outlet, context.sampleRate, (report) => this.#take(report));
    const node = context.createScriptProcessor(FALLBACK_FRAMES, 0, 2);
    node.onaudioprocess = ({ outputBuffer, playbackTime }) => {
      driver.render(outputBuffer.getChannelData(0), outputBuffer.getChannelData(1), playbackTime);
    };
    node.connect(this.fader);
    this.stop = () => driver.stop();
    this.engine = 'script';
  }

  /** @param {TimedReport} report */
  #take(report) {
    const last = this.report;
    this.report = report;
    this.hear(report, last);
  }

  /** The context's time that is leaving the speakers now, in seconds. */
  get ear_s() {
    const { context } = this;
    const { contextTime, performanceTime } = context.getOutputTimestamp?.() ?? {};
    if (contextTime && performanceTime) {
      return contextTime + (performance.now() - performanceTime) / 1000;
    }
    return context.currentTime - (context.outputLatency || context.baseLatency || 0);
  }

  /** The stream frame, at 44.1 kHz, that is leaving the speakers now; NaN before the first. */
  get frame() {
    const { report } = this;
    if (!report) return NaN;
    const since_s = report.phase === 'playing' ? this.ear_s - report.context_s : 0;
    return report.frame + since_s * SAMPLE_RATE * report.rate;
  }

  /** Milliseconds from the player to the ear. */
  get latency_ms() {
    return Math.max(0, (this.context.currentTime - this.ear_s) * 1000);
  }

  /** @param {number} gain 0 to 1 */
  setVolume(gain) {
    this.volume.gain.setTargetAtTime(gain, this.context.currentTime, VOLUME_S);
  }

  /**
   * Moves the fader evenly, and holds it there.
   * @param {number} gain 0 to 1
   * @param {number} seconds
   */
  fade(gain, seconds) {
    const { gain: fader } = this.fader;
    const { currentTime } = this.context;
    fader.cancelScheduledValues(currentTime);
    fader.setValueAtTime(fader.value, currentTime);
    fader.linearRampToValueAtTime(gain, currentTime + Math.max(seconds, VOLUME_S));
  }
}
