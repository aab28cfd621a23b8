// Which libraries are found, however and whenever they are loaded. The programs use the packages as built: a compiler that works while
// modules load, as in the other tests, would load them in another way.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');

// Inside the package that has the libraries, so that they resolve.
const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/loading-'));

beforeAll(() => {
  execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', "(await import('./scripts/setup.mjs')).buildPackages()"],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

interface Program {
  readonly source: string;
  readonly extension?: 'cjs' | 'mjs';
  readonly node?: string;
  /** Modules that are loaded before it. */
  readonly imports?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program prints: a line for each library that was found. Nothing may appear on standard error. */
function run({
  source,
  extension = 'cjs',
  node = process.execPath,
  imports = [],
  env = {},
}: Program): readonly string[] {
  const file = join(folder, `${count++}.${extension}`);
  writeFileSync(file, source);
  const output = execFileSync(node, [...imports.map((path) => `--import=${path}`), file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none', ...env },
  });
  return output.split('\n').filter((line) => line !== '');
}

function write(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

const print = `
  for (const line of getTracer().describeSettings().split('\\n')) {
    if (/^libraries\\./.test(line)) console.log(line.replace(/ +/g, ' '));
  }
`;
const cjs = { core: "const { getTracer } = require('@waymark/core');", redis: "require('ioredis');" };
const traced = expect.stringMatching(/^libraries\.ioredis traced by methods of its classes \(5\.\d+\.\d+\)$/);

test('finds what was loaded before, and what is loaded afterwards', () => {
  expect(run({ source: `${cjs.redis} ${cjs.core} getTracer(); ${print}` })).toEqual([traced]);
  const node = findNode(24);
  expect(run({ node, source: `${cjs.core} getTracer(); ${cjs.redis} ${print}` })).toEqual([traced]);
});

test('finds a library at a later request where Node does not report what is loaded', () => {
  const source = `
    const express = require('express');
    const { tracing } = require('@waymark/express');
    ${cjs.core}
    const app = express();
    app.use(tracing());
    app.get('/', (request, response) => {
      require('ioredis');
      response.end();
    });
    const server = app.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port;
      for (let request = 0; request < 2; request++) await (await fetch(url)).text();
      ${print}
      server.close();
    });
  `;
  expect(run({ source, node: findNode(20) })).toEqual([traced]);
});

test('finds what a script loads after its tracer where Node does not report what is loaded', () => {
  const later = `setImmediate(() => { ${print} });`;
  expect(run({ source: `${cjs.core} getTracer(); ${cjs.redis} ${later}`, node: findNode(20) })).toEqual([traced]);
});

test.each([20, 22, 24, 26])('finds a library that an ES module has imported before, on Node %i', (major) => {
  const source = `
    import { getTracer } from '@waymark/core';
    import 'ioredis';
    getTracer();
    ${print}
  `;
  expect(run({ source, extension: 'mjs', node: findNode(major) })).toEqual([traced]);
});

test.each([22, 24, 26])('finds a library that an ES module imports after --import, on Node %i', (major) => {
  const tracing = write(`tracing-${major}.mjs`, "import { getTracer } from '@waymark/core'; getTracer();");
  const source = `
    import { getTracer } from '@waymark/core';
    import 'ioredis';
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    ${print}
  `;
  expect(run({ source, extension: 'mjs', node: findNode(major), imports: [tracing] })).toEqual([traced]);
});

test('finds each copy of a library', () => {
  const source = `require('ioredis'); require('ioredis6'); require('iovalkey'); ${cjs.core} getTracer(); ${print}`;
  expect(run({ source })).toEqual([
    traced,
    expect.stringMatching(/^libraries\.ioredis traced by methods of its classes \(6\./),
    expect.stringMatching(/^libraries\.iovalkey traced by/),
  ]);
});

test.each([
  ['the option is false', 'getTracer({ libraries: false });', {}],
  ['the option does not name it', "getTracer({ libraries: ['pg'] });", {}],
  ['the option turns it off', 'getTracer({ libraries: { ioredis: false } });', {}],
  ['a variable turns it off', 'getTracer();', { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'ioredis' }],
  ['the tracer is disabled', 'getTracer();', { OTEL_SDK_DISABLED: 'true' }],
])('leaves a library alone if %s', (_, setUp, env) => {
  const source = `
    const Redis = require('ioredis');
    const before = Redis.prototype.sendCommand;
    ${cjs.core} ${setUp} ${print}
    if (Redis.prototype.sendCommand !== before) console.log('replaced');
  `;
  expect(run({ source, env })).toEqual([]);
});

test('leaves a library to the instrumentation that has wrapped it', () => {
  const source = `
    const Redis = require('ioredis');
    const { sendCommand } = Redis.prototype;
    Redis.prototype.sendCommand = Object.assign(function (...args) { return sendCommand.apply(this, args); }, { __wrapped: true });
    ${cjs.core} getTracer(); ${print}
  `;
  expect(run({ source })).toEqual([expect.stringMatching(/not traced: another instrumentation has wrapped it/)]);
});

test('leaves all libraries to dd-trace', () => {
  const source = `
    globalThis._ddtrace = { _tracingInitialized: true };
    ${cjs.redis} ${cjs.core} getTracer({ logLevel: 'none' }); ${print}
  `;
  expect(run({ source })).toEqual([expect.stringMatching(/not traced: dd-trace traces it/)]);
});

test('does not load the code of libraries in a process without any', () => {
  const source = `
    ${cjs.core}
    getTracer();
    console.log(Object.keys(require.cache).filter((path) => /[\\\\/]libraries[\\\\/](traces|ioredis|pg)\\.js$/.test(path)).length);
  `;
  expect(run({ source })).toEqual(['0']);
});
