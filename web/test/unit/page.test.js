import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { wavHead } from '../../client/wav.js';
import { words } from '../../client/health.js';
import { LINES } from '../../page/lines.js';
import { CIRCLE, pitchClass, pretty, spoken } from '../../page/music.js';
import { describeChange, sharedState, shareLink } from '../../page/share.js';
import { silence } from '../assets/silence.js';

const level = fc.integer({ min: 0, max: 100 }).map((n) => n / 100);
const state = fc.record({
  key: fc.constantFrom(...CIRCLE),
  mode: fc.constantFrom('minor', 'dorian', 'harmonic_minor'),
  bpm: fc.integer({ min: 600, max: 1200 }).map((n) => n / 10),
  intensity: level,
  brightness: level,
  space: level,
  wander: level,
  parts: fc.constant({ pad: 1, melody: 1, bass: 1, percussion: 1, texture: 1 }),
  preset: fc.constant(null),
  revision: fc.nat(),
});

test('a shared link brings back the station and its state', () => {
  fc.assert(
    fc.property(state, (shared) => {
      const link = new URL(shareLink('http://host:8000/?station=old#x', 'garden', shared));
      const { key, mode, bpm, intensity, brightness, space, wander } = shared;
      assert.equal(link.searchParams.get('station'), 'garden');
      assert.deepEqual(sharedState(link.searchParams), {
        key,
        mode,
        bpm,
        intensity,
        brightness,
        space,
        wander,
      });
    }),
  );
  assert.equal(sharedState(new URLSearchParams('station=main')), null);
  assert.equal(describeChange({ key: 'F#', mode: 'dorian', bpm: 64 }), 'F♯ dorian, 64 bpm');
});

test('the circle of fifths goes up by fifths and holds all twelve tones', () => {
  CIRCLE.forEach((name, i) => {
    assert.equal((pitchClass(name) + 7) % 12, pitchClass(CIRCLE[(i + 1) % 12]));
  });
  assert.equal(pitchClass('Cb'), 11);
  assert.equal(pretty('Bb'), 'B♭');
  assert.equal(spoken('F#'), 'F sharp');
});

test('every line stays within its track and says its value in words', () => {
  for (const { min, max, say, shapes } of LINES) {
    for (let at = 0; at <= 1; at += 0.005) {
      for (const shape of shapes) assert.ok(Math.abs(shape(at)) <= 1.05);
      assert.ok(say(min + at * (max - min)).length > 0);
    }
  }
});

test('health is said in plain words', () => {
  const well = {
    phase: /** @type {const} */ ('playing'),
    buffer_ms: 400,
    target_ms: 400,
    culprit: /** @type {const} */ ('network'),
    torn: false,
  };
  assert.equal(words(well), 'smooth');
  const late = { ...well, buffer_ms: 700, target_ms: 800 };
  assert.equal(words(late), 'network is slow: buffering 0.8 s');
  assert.equal(words({ ...late, culprit: 'device' }), 'this device is busy: buffering 0.8 s');
  assert.equal(words({ ...well, torn: true }), 'this device is busy: the sound may break');
  assert.equal(
    words({ ...well, phase: 'refused' }, 'no such station'),
    'the station said no: no such station',
  );
});

test('a WAV head names its rate, its channels and its length', () => {
  const head = Buffer.from(wavHead(48_000, 1000));
  assert.equal(head.toString('latin1', 0, 4) + head.toString('latin1', 8, 16), 'RIFFWAVEfmt ');
  assert.equal(head.readUInt32LE(4), 1036);
  assert.equal(head.readUInt32LE(24), 48_000);
  assert.equal(head.readUInt32LE(28), 192_000);
  assert.equal(head.readUInt32LE(40), 1000);
});

test('the silence on the page is the one that its script writes', async () => {
  assert.deepEqual(
    new Uint8Array(await readFile(new URL('../../page/silence.flac', import.meta.url))),
    silence(),
  );
});
