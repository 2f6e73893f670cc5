/** The mock station's score: a plain i VI III VII in A minor, a bar at a time. */

import { SAMPLE_RATE } from './signal.js';

const CHORDS = [
  { numeral: 'i', notes: ['A', 'C', 'E'], pitches: [57, 60, 64, 69] },
  { numeral: 'VI', notes: ['F', 'A', 'C'], pitches: [53, 57, 60, 65] },
  { numeral: 'III', notes: ['C', 'E', 'G'], pitches: [55, 60, 64, 67] },
  { numeral: 'VII', notes: ['G', 'B', 'D'], pitches: [55, 59, 62, 67] },
];
const MELODY = [76, 0, 72, 74, 0, 79, 76, 0];

/**
 * @param {number} bar counted from the station's birth
 * @param {number} frame where it starts
 * @param {{ bpm: number, key: string, mode: string }} state
 */
export function score(bar, frame, { bpm, key, mode }) {
  const beat = (SAMPLE_RATE * 60) / bpm;
  const chord = CHORDS[Math.floor(bar / 2) % CHORDS.length];
  const at = (/** @type {number} */ beats) => Math.round(frame + beats * beat);
  const notes = chord.pitches.map((pitch) => ({
    part: 'pad',
    pitch,
    frame,
    frames: Math.round(3.9 * beat),
    velocity: 60,
  }));
  notes.push({
    part: 'bass',
    pitch: chord.pitches[0] - 12,
    frame,
    frames: Math.round(3 * beat),
    velocity: 80,
  });
  MELODY.forEach((pitch, i) => {
    if (pitch > 0 && (bar + i) % 3 !== 0) {
      notes.push({
        part: 'melody',
        pitch,
        frame: at(i / 2),
        frames: Math.round(0.7 * beat),
        velocity: 70 + i * 4,
      });
    }
  });
  if (bar % 2 === 0) {
    notes.push({ part: 'percussion', pitch: 35, frame, frames: Math.round(beat / 4), velocity: 90 });
  }
  if (bar % 4 === 3) {
    notes.push({ part: 'texture', pitch: 81, frame, frames: Math.round(4 * beat), velocity: 50 });
  }
  return {
    type: 'score',
    frame,
    phrase: Math.floor(bar / 8),
    bar,
    beats: 4,
    bpm,
    key,
    mode,
    chord: { numeral: chord.numeral, notes: chord.notes },
    section: 'drift',
    notes,
  };
}
