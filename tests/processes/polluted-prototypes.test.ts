// A library that merges JSON without checks puts a name on all objects. Requests work as without tracing, spans stay the same, and no
// setting is read from the prototype.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// A service of each framework answers some twenty requests for each name.
jest.setTimeout(120_000);

async function faultsOf(when: string, names: readonly string[]): Promise<{ sound: number; faults: unknown[] }> {
  const child = join(__dirname, 'polluted-child.ts');
  const node = ['--require=esbuild-register', '--conditions=@waymark/source', child, when, ...names];
  const { stdout } = await run(process.execPath, node, { cwd: join(__dirname, '..'), maxBuffer: 1e8 });
  return JSON.parse(stdout);
}

const spanOptions = ['parent', 'kind', 'attributes', 'links', 'startTime', 'mode', 'span', 'baggage', 'injected'];
const settings = ['exporter', 'serviceName', 'env', 'sampler', 'tracer', 'outbound', 'trust', 'url', 'show', 'spans'];

test.each([
  ['while-serving', spanOptions],
  ['while-serving', settings],
  ['before-set-up', spanOptions],
  ['before-set-up', settings],
])('%s: %j change nothing', async (when, names) => {
  const { sound, faults } = await faultsOf(when, names);
  expect(faults).toEqual([]);
  expect(sound).toBeGreaterThan(names.length * 20);
});
