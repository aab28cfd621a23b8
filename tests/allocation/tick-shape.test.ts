// Node's code stays fast, however often all garbage is collected: see core/http/tick-shape.ts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const nodeOptions = [
  '--conditions=@waymark/source',
  '--require=esbuild-register',
  '--expose-gc',
  '--allow-natives-syntax',
];

const folder = mkdtempSync(join(tmpdir(), 'waymark-tick-shape-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What tick-shape.ts prints. */
function outputOf(mode: 'traced' | 'traced-within' | 'bare'): string {
  const file = join(folder, mode); // V8 writes to the file descriptor directly, and a full pipe would cut the output
  const { status } = spawnSync(process.execPath, [...nodeOptions, require.resolve('./tick-shape.ts'), mode], {
    cwd: __dirname, // where esbuild-register is found
    env: { PATH: process.env.PATH },
    stdio: ['ignore', openSync(file, 'w'), 'inherit'],
  });
  expect(status).toBe(0);
  return readFileSync(file, 'utf8');
}

/** What V8 knows of each key that `process.nextTick()` defines: `MONOMORPHIC` is one shape. None from Node 26 on, which makes them another way. */
function statesIn(output: string): string[] {
  return Array.from(output.matchAll(/DefineKeyedOwnPropertyInLiteral (\w+)/g), ([, state = '']) => state);
}

test('tracing keeps the shape of the objects of process.nextTick(), which V8 forgets otherwise', () => {
  const [traced, bare] = [statesIn(outputOf('traced')), statesIn(outputOf('bare'))];
  expect(traced).toEqual(bare.map(() => 'MONOMORPHIC'));
  // The test would show nothing if V8 did not forget; from Node 26 on there is nothing to forget.
  if (Number.parseInt(process.versions.node, 10) < 26) expect(bare).toContain('MEGAMORPHIC');
});

test('a context in which tracing is set up is released', () => {
  expect(outputOf('traced-within')).toContain('store let go');
});
