/**
 * Ten seconds of silence as FLAC: what page/silence.flac holds. `node test/assets/silence.js` writes
 * it anew. Format: RFC 9639; 8 kHz, mono, 16 bits, frames of one constant subframe.
 */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const FRAMES = 20;
const BLOCK = 4096;

/** @param {number[]} bytes @param {number} width in bits @param {number} polynomial */
function crc(bytes, width, polynomial) {
  const [top, mask] = [1 << (width - 1), 2 ** width - 1];
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & top ? (sum << 1) ^ polynomial : sum << 1) & mask;
  }
  return sum;
}

/** @param {number} number */
function frame(number) {
  const head = [0xff, 0xf8, 0xc4, 0x08, number];
  const body = [...head, crc(head, 8, 0x07), 0x00, 0x00, 0x00];
  const sum = crc(body, 16, 0x8005);
  return [...body, sum >> 8, sum & 0xff];
}

export function silence() {
  const samples = FRAMES * BLOCK;
  const info = [
    BLOCK >> 8,
    BLOCK & 0xff,
    BLOCK >> 8,
    BLOCK & 0xff,
    0,
    0,
    11,
    0,
    0,
    11,
    8000 >> 12,
    (8000 >> 4) & 0xff,
    ((8000 & 0xf) << 4) | 0,
    0xf0,
    (samples >>> 24) & 0xff,
    (samples >> 16) & 0xff,
    (samples >> 8) & 0xff,
    samples & 0xff,
    ...new Array(16).fill(0),
  ];
  const frames = Array.from({ length: FRAMES }, (_, i) => frame(i)).flat();
  return Uint8Array.from([...new TextEncoder().encode('fLaC'), 0x80, 0, 0, info.length, ...info, ...frames]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(new URL('../../page/silence.flac', import.meta.url), silence());
}
