// @ts-check
// `npm run w3c -- --harness <folder>`: the W3C's validation harness (Python) against a service for each adapter.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const adapters = ['express', 'fastify', 'node:http'];

// STRICT_LEVEL 2 adds checks that the specification leaves to the receiver; SPEC_LEVEL 2 adds level 2 of Trace Context.
const levels = [
  { STRICT_LEVEL: '1', SPEC_LEVEL: '1' },
  { STRICT_LEVEL: '2', SPEC_LEVEL: '1' },
  { STRICT_LEVEL: '1', SPEC_LEVEL: '2' },
  { STRICT_LEVEL: '2', SPEC_LEVEL: '2' },
];

const { values } = parseArgs({
  options: { harness: { type: 'string' }, python: { type: 'string', default: process.env.PYTHON ?? 'python3' } },
});
const harness = findHarness(values.harness);
requirePython(values.python);

/** @type {Record<string, Record<string, string>>} */
const table = {};
for (const adapter of adapters) {
  const service = await startService(adapter);
  /** @type {Record<string, string>} */
  const row = {};
  table[adapter] = row;
  try {
    for (const level of levels) {
      const result = await runHarness(service.url, level);
      row[`strict ${level.STRICT_LEVEL}, level ${level.SPEC_LEVEL}`] = result.summary;
      if (result.passed) continue;
      process.exitCode = 1;
      console.error(
        `\n${adapter}, STRICT_LEVEL=${level.STRICT_LEVEL} SPEC_LEVEL=${level.SPEC_LEVEL}\n${result.output}`,
      );
    }
  } finally {
    service.stop();
  }
}
console.table(table);

/** The folder with test.py, from the path of the clone or of that folder. @param {string | undefined} folder */
function findHarness(folder) {
  const candidates = folder === undefined ? [] : [resolve(folder), resolve(folder, 'test')];
  const found = candidates.find((candidate) => existsSync(`${candidate}/test.py`));
  if (found !== undefined) return found;
  const problem = folder === undefined ? 'No harness given.' : `There is no test.py in ${resolve(folder)}.`;
  return quit(`${problem} To get it and run it:

  git clone --depth 1 https://github.com/w3c/trace-context
  python3 -m venv trace-context/venv && trace-context/venv/bin/pip install aiohttp
  npm run w3c -- --harness trace-context --python trace-context/venv/bin/python`);
}

/** @param {string} python */
function requirePython(python) {
  const { status } = spawnSync(python, ['-c', 'import aiohttp']);
  if (status !== 0) quit(`${python} does not run or has no aiohttp: pip install aiohttp, or name another by --python.`);
}

/** @param {string} message @returns {never} */
function quit(message) {
  console.error(message);
  process.exit(1);
}

/** @param {string} adapter */
async function startService(adapter) {
  const child = spawn(
    process.execPath,
    ['--conditions=@waymark/source', '--require=esbuild-register', `${root}/tests/w3c/serve.ts`, adapter],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const firstLine = once(createInterface({ input: child.stdout }), 'line');
  const url = await Promise.race([firstLine.then(String), once(child, 'exit').then(() => undefined)]);
  return url === undefined ? quit(`The ${adapter} service did not start.`) : { url, stop: () => child.kill() };
}

/**
 * @param {string} url
 * @param {{ STRICT_LEVEL: string, SPEC_LEVEL: string }} level
 */
async function runHarness(url, level) {
  const child = spawn(values.python, ['test.py', url], {
    cwd: harness,
    env: { ...process.env, ...level, HARNESS_PORT: String(await findFreePort()) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  const count = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const skipped = Number(/skipped=(\d+)/.exec(output)?.[1] ?? 0);
  const failed = [...output.matchAll(/^(?:FAIL|ERROR): /gm)].length;
  // A run without tests proves nothing.
  const passed = code === 0 && count > skipped;
  const ran = count - skipped;
  return { passed, output, summary: passed ? `${ran} of ${ran}` : `${Math.max(0, ran - failed)} of ${ran}: FAILED` };
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : quit('No free port.');
}
