/**
 * Runs in the page before anything else: hooks a tap to whatever is connected to the speakers, and
 * notes when the page is clicked. Not a module: Playwright injects its text.
 *
 * @param {{ rate: number, worklet: string }} options the device's sample rate, and the tap's code
 */
export function installTap({ rate, worklet: code }) {
  const NativeContext = window.AudioContext;
  const connect = /** @type {any} */ (AudioNode.prototype.connect);
  /** @type {any} */
  const tap = { blocks: [], clicked_ms: NaN, rate, context: null, keyed_ms: NaN };
  Object.assign(window, { __tap: tap });
  addEventListener(
    'click',
    () => {
      tap.clicked_ms = performance.timeOrigin + performance.now();
    },
    true,
  );
  addEventListener(
    'input',
    () => {
      tap.input_ms = performance.timeOrigin + performance.now();
    },
    true,
  );

  window.AudioContext = class extends NativeContext {
    /** @param {AudioContextOptions} [options] */
    constructor(options) {
      super({ ...options, sampleRate: rate });
      tap.context = this;
    }
  };

  /** @param {AudioNode} node what reaches the speakers */
  async function hook(node) {
    const context = /** @type {AudioContext} */ (node.context);
    if (context.audioWorklet) {
      await context.audioWorklet.addModule(
        URL.createObjectURL(new Blob([code], { type: 'text/javascript' })),
      );
      const worklet = new AudioWorkletNode(context, 'tap', { numberOfOutputs: 0, channelCount: 2 });
      worklet.port.onmessage = ({ data }) => tap.blocks.push(data);
      connect.call(node, worklet);
      return;
    }
    const script = context.createScriptProcessor(16384, 2, 1);
    script.onaudioprocess = ({ inputBuffer, playbackTime }) => {
      tap.blocks.push({
        end_s: playbackTime,
        left: inputBuffer.getChannelData(0).slice(),
        right: inputBuffer.getChannelData(1).slice(),
      });
    };
    connect.call(node, script);
    connect.call(script, context.destination);
    tap.keep = script;
  }

  AudioNode.prototype.connect = /** @type {any} */ (
    function wrapped(/** @type {any} */ target, /** @type {any[]} */ ...rest) {
      // @ts-ignore: `this` is the node
      const result = connect.call(this, target, ...rest);
      // @ts-ignore
      if (target instanceof AudioDestinationNode) void hook(this);
      return result;
    }
  );
}

/**
 * Runs in the page: everything recorded, as base64 of little-endian floats, and the clocks.
 */
export function collectTap() {
  const tap = /** @type {any} */ (window).__tap;
  const encode = (/** @type {'left' | 'right'} */ side) => {
    let text = '';
    for (const block of tap.blocks) {
      const bytes = new Uint8Array(block[side].buffer);
      for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      }
    }
    return btoa(text);
  };
  const stamp = tap.context.getOutputTimestamp();
  const start_s = tap.blocks[0].end_s - tap.blocks[0].left.length / tap.rate;
  return {
    rate: tap.rate,
    left: encode('left'),
    right: encode('right'),
    /** Wall clock, in ms, at which the first recorded frame left the speakers. */
    start_ms: performance.timeOrigin + stamp.performanceTime + (start_s - stamp.contextTime) * 1000,
    clicked_ms: tap.clicked_ms,
    input_ms: tap.input_ms,
    ends_s: tap.blocks.map((/** @type {any} */ block) => block.end_s),
  };
}
