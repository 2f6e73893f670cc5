import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(WEB, 'node_modules', '.bin', 'tsc');

const APP = `import { Station, Refused } from './types/index.js';
const station = new Station('https://music.example', { format: 'json' });
await station.play();
const { revision, frame } = await station.control({ bpm: 80, parts: { bass: 0.5 } });
const { controls } = await station.table();
const sum: number = revision + frame + station.health.latency_ms + controls.length;
// @ts-expect-error nothing waits for that
await station.control({ bpm: 80, apply: 'soon' });
// @ts-expect-error no control takes that
await station.control({ bpm: true });
export { sum, Refused };
`;

test('the package has types that an app compiles against, and that refuse a wrong control', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'aeolian-types-'));
  try {
    execFileSync(TSC, ['--project', join(WEB, 'client'), '--outDir', join(scratch, 'types')]);
    writeFileSync(join(scratch, 'app.ts'), APP);
    writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
    const compilerOptions = {
      noEmit: true,
      strict: true,
      target: 'es2022',
      module: 'nodenext',
      lib: ['es2023', 'dom'],
      types: [],
    };
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }));
    execFileSync(TSC, ['--project', scratch]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test('the package names only files that are there, and depends on nothing', () => {
  const manifest = JSON.parse(readFileSync(join(WEB, 'client', 'package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  for (const entry of Object.values(manifest.exports)) {
    assert.ok(readFileSync(join(WEB, 'client', /** @type {any} */ (entry).default)).length > 0);
  }
  const lock = readFileSync(join(WEB, 'package-lock.json'), 'utf8');
  assert.ok(!lock.includes('"resolved"'), 'the lock file names a registry');
});
