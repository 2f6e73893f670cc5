import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { wavHead } from '../../client/wav.js';
import { words } from '../../client/health.js';
import { describeOthers } from '../../page/company.js';
import { lineOf, SHAPES } from '../../page/lines.js';
import { pretty, spoken } from '../../page/music.js';
import { describeChange, sharedState, shareLink } from '../../page/share.js';
import { next, said } from '../../page/values.js';
import { silence } from '../assets/silence.js';
import { TABLE } from '../station/mock.js';

const rows = TABLE.controls;
const numbers = rows.filter(({ values }) => values.kind === 'number');
const row = (/** @type {string} */ name) => rows.find((it) => it.name === name) ?? assert.fail(name);
const initial = Object.fromEntries(rows.map((it) => [it.name, it.default]));

/** Any value of a control that is one word or one number. @param {typeof rows[0]} it */
function anyOf({ values: { choices, lowest = 0, highest = 0, decimals = 0 } }) {
  if (choices) return fc.constantFrom(...choices.map(({ name }) => name));
  const scale = 10 ** decimals;
  return fc.integer({ min: lowest * scale, max: highest * scale }).map((n) => n / scale);
}

test('a shared link brings back the station and each control that is one word or one number', () => {
  const carried = rows.filter(({ values }) => !['levels', 'presets'].includes(values.kind));
  assert.ok(carried.length > 0 && carried.length < rows.length);
  const shared = fc.record(Object.fromEntries(carried.map((it) => [it.name, anyOf(it)])));
  fc.assert(
    fc.property(shared, (values) => {
      const state = { ...initial, ...values, revision: 1 };
      const link = new URL(shareLink('http://host:8000/?station=old#x', 'garden', rows, state));
      assert.equal(link.searchParams.get('station'), 'garden');
      assert.deepEqual(sharedState(link.searchParams, rows), { ...values });
    }),
  );
  assert.equal(sharedState(new URLSearchParams('station=main&bpm=&wander=far'), rows), null);
  assert.equal(describeChange({ key: 'F#', mode: 'dorian', bpm: 64 }, rows), 'F♯ dorian, 64 bpm');
  assert.equal(describeChange({ space: 0.5 }, rows), 'its own mood');
});

test('what another listener changed is said of every control, and of a preset before what it sets', () => {
  const before = { ...initial, revision: 1 };
  const said = (/** @type {object} */ change) => describeOthers(rows, before, { ...before, ...change });
  assert.equal(said({ preset: 'drift', bpm: 66 }), 'Another listener chose Drift');
  assert.equal(said({ key: 'C#', mode: 'harmonic_minor' }), 'Another listener turned to C♯');
  assert.equal(said({ mode: 'harmonic_minor' }), 'Another listener chose harmonic minor');
  assert.equal(said({ bpm: 72.6 }), 'Another listener set the tempo to 73');
  assert.equal(said({}), '');
  for (const { name, values } of rows) {
    const other = values.kind === 'levels' ? {} : (values.choices?.[0].name ?? values.highest);
    assert.match(said({ [name]: other }), /^Another listener [a-z][^{}]*$/, name);
  }
});

test('names of tones are written with real signs, and spoken', () => {
  assert.equal(pretty('Bb'), 'B♭');
  assert.equal(spoken('F#'), 'F sharp');
});

test('every line of the table is drawn, stays within its track and says its value in words', () => {
  for (const it of numbers) {
    assert.ok(it.slider && SHAPES[it.slider.shape], it.name);
    const { min, max, say, waves } = lineOf(it);
    for (let at = 0; at <= 1; at += 0.005) {
      for (const wave of waves) assert.ok(Math.abs(wave(at)) <= 1.05);
      assert.ok(say(min + at * (max - min)).length > 0);
    }
  }
  assert.equal(said(row('bpm'), 72.54), '72.5 bpm');
  assert.equal(said(row('intensity'), 1), 'full');
  assert.deepEqual(
    [0, 0.01].map((value) => said(row('wander'), value)),
    ['at home', 'close by'],
  );
});

test('a step stays within a range, and begins a list again', () => {
  for (const it of numbers) {
    const { lowest = 0, highest = 0 } = it.values;
    assert.equal(next(it, lowest, -1e3), lowest);
    assert.equal(next(it, highest, 1e3), highest);
  }
  assert.equal(next(row('intensity'), 0.1, 0.2), 0.3);
  assert.equal(next(row('key'), 'C#', 1), 'Ab');
  assert.equal(next(row('key'), 'C', -1), 'F');
  assert.equal(next(row('mode'), 'locrian', 1), 'lydian');
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
