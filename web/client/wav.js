/** The head of a WAV file: 44 bytes, then interleaved s16 samples. */

/** What a WAV file's 32-bit lengths can hold. */
export const WAV_BYTES_MAX = 0xffff_ffff - 44;

/**
 * @param {number} sampleRate @param {number} bytes of samples, at most WAV_BYTES_MAX
 * @param {number} [channels]
 */
export function wavHead(sampleRate, bytes, channels = 2) {
  const head = new DataView(new ArrayBuffer(44));
  const text = (/** @type {number} */ at, /** @type {string} */ word) => {
    for (let i = 0; i < 4; i += 1) head.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  head.setUint32(4, 36 + bytes, true);
  text(8, 'WAVE');
  text(12, 'fmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, channels, true);
  head.setUint32(24, sampleRate, true);
  head.setUint32(28, sampleRate * channels * 2, true);
  head.setUint16(32, channels * 2, true);
  head.setUint16(34, 16, true);
  text(36, 'data');
  head.setUint32(40, bytes, true);
  return head.buffer;
}
