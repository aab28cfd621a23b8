// The parts of `npm run transparency`, without the clones that it needs: each project here is a checkout with one test.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const ways = ['bare', 'no-op', 'tracing'] as const;
// Loads Waymark from source, without a build.
const fromSource = `--conditions=@waymark/source --require=${require.resolve('esbuild-register')}`;

let checkout: string;

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'waymark-checkout-'));
});

afterEach(() => rm(checkout, { recursive: true, force: true }));

async function writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(checkout, name)), { recursive: true });
    await writeFile(join(checkout, name), text);
  }
}

async function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: fromSource, ...env },
  });
  return stdout;
}

/** The failures and the number of traced requests, each way. */
async function runSuite(project: string): Promise<Record<string, unknown>> {
  const script = `
    import { suiteOf } from ${JSON.stringify(join(__dirname, 'suites.mjs'))};
    const suite = suiteOf(${JSON.stringify(project)}, ${JSON.stringify(checkout)});
    const runs = {};
    for (const way of ${JSON.stringify(ways)}) {
      const { results, requests, faults } = await suite.run(way);
      const failed = results.filter(({ hasFailed }) => hasFailed).map(({ file, name }) => file + ': ' + name);
      runs[way] = { tests: results.length, failed, requests, faults };
    }
    console.log(JSON.stringify(runs));`;
  return JSON.parse(await runNode(['--input-type=module', '--eval', script]));
}

test('a test that fails only with tracing is reported', async () => {
  await writeFiles({
    'package.json': JSON.stringify({ name: 'fastify', version: '0.0.0' }),
    'node_modules/none.txt': '',
    'fastify.js': `module.exports = require(${JSON.stringify(require.resolve('fastify'))});`,
    'test/one.test.js': `
      const assert = require('node:assert');
      const { test } = require('node:test');
      const Fastify = require('../fastify');
      test('around', async (t) => {
        const app = Fastify();
        app.get('/', async (request) => typeof request.span);
        const { body } = await app.inject('/');
        await t.test('has no span', () => assert.equal(body, 'undefined'));
        await t.test('has an answer', async () => assert.equal((await app.inject('/')).statusCode, 200));
      });
      test('fails every way', () => assert(false));`,
  });
  const failed = ['test/one.test.js: fails every way'];
  expect(await runSuite('fastify')).toEqual({
    bare: { tests: 4, failed, requests: 0, faults: {} },
    'no-op': { tests: 4, failed, requests: 2, faults: {} },
    // The outer test of a failing test is not counted.
    tracing: { tests: 3, failed: ['test/one.test.js: around > has no span', ...failed], requests: 2, faults: {} },
  });
});

test('calls of undici are traced, and get no headers', async () => {
  await writeFiles({
    'package.json': JSON.stringify({ name: 'undici', version: '0.0.0' }),
    'node_modules/none.txt': '',
    'test/one.js': `
      const assert = require('node:assert');
      const { once } = require('node:events');
      const { createServer } = require('node:http');
      const { test } = require('node:test');
      const { request } = require(${JSON.stringify(require.resolve('undici7'))});
      test('sends no trace header', async () => {
        const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
        await once(server.listen(0, '127.0.0.1'), 'listening');
        const { body } = await request('http://127.0.0.1:' + server.address().port);
        const names = Object.keys(await body.json());
        server.closeAllConnections();
        server.close();
        assert.deepEqual(names, ['host', 'connection']);
      });`,
  });
  const seen = { tests: 1, failed: [], faults: {} };
  expect(await runSuite('undici')).toEqual({
    bare: { ...seen, requests: 0 },
    'no-op': { ...seen, requests: 1 },
    tracing: { ...seen, requests: 1 },
  });
});

async function readTap(...args: readonly unknown[]): Promise<unknown> {
  const script = `
    import { readTap } from ${JSON.stringify(join(__dirname, 'tap-results.mjs'))};
    console.log(JSON.stringify(readTap(...${JSON.stringify(args)})));`;
  return JSON.parse(await runNode(['--input-type=module', '--eval', script]));
}

// Without mocha, which runs the tests of Express.
test.each(['express', 'express52', 'express4'])(
  '%s has tracing first in every app, after its settings',
  async (name) => {
    await writeFiles({
      'lib/express.js': `module.exports = require(${JSON.stringify(require.resolve(name))});`,
      'test.js': `
      const { once } = require('node:events');
      const express = require('./lib/express.js');
      async function answers(path) {
        const app = express();
        app.enable('case sensitive routing');
        app.use((request, response) => response.send(String(request.span !== undefined)));
        const outer = express();
        outer.enable('case sensitive routing');
        outer.get('/Path', (request, response) => response.send('outer ' + (request.span !== undefined)));
        outer.use('/inner', app);
        const server = outer.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const response = await fetch('http://127.0.0.1:' + server.address().port + path);
        const text = response.status + ' ' + (response.status === 200 ? await response.text() : '');
        server.closeAllConnections();
        server.close();
        return text;
      }
      (async () => {
        const all = [];
        for (const path of ['/Path', '/path', '/inner']) all.push(await answers(path));
        console.log(JSON.stringify([...all, express.Router !== undefined]));
      })();`,
    });
    const report = join(checkout, 'report');
    const runWith = async (way: string) => {
      const task = { project: 'express', checkout, way, report };
      const args = ['--require', join(__dirname, 'in-every-app.cjs'), join(checkout, 'test.js')];
      return JSON.parse(await runNode(args, { WAYMARK_TRANSPARENCY: JSON.stringify(task) }));
    };
    expect(await runWith('tracing')).toEqual(['200 outer true', '404 ', '200 true', true]);
    expect(await runWith('no-op')).toEqual(['200 outer false', '404 ', '200 false', true]);
    const reports = (await readFile(report, 'utf8')).trim().split('\n');
    expect(reports.map((line) => JSON.parse(line))).toEqual([
      { requests: 3, faults: {} },
      { requests: 4, faults: {} }, // the inner app has a middleware too
    ]);
  },
);

test('the output of tap is read test by test', async () => {
  const printed = `TAP version 13
# Subtest: passes
    1..1
    ok 1 - should be equal
ok 1 - passes # time=2ms

# Subtest: around
    # Subtest: fails
        not ok 1 - should be equal
          ---
          found: 2
          ...
        1..1
    not ok 1 - fails # time=1ms

    # Subtest: is left out
        not ok 1 - later # TODO
        ok 2 - elsewhere # SKIP
        1..2
    ok 2 - is left out # time=1ms

    1..2
not ok 2 - around # time=4ms

# Subtest: fails after an inner test
    # Subtest: passes
        ok 1 - should be equal
        1..1
    ok 1 - passes # time=1ms
    not ok 2 - should not error
    1..2
not ok 3 - fails after an inner test # time=2ms

1..3
`;
  expect(await readTap('one.test.js', printed, false)).toEqual(
    [
      { name: 'passes', hasFailed: false },
      { name: 'around > fails', hasFailed: true },
      { name: 'around > is left out', hasFailed: false },
      { name: 'fails after an inner test > passes', hasFailed: false },
      { name: 'fails after an inner test', hasFailed: true },
    ].map((result) => ({ file: 'one.test.js', ...result })),
  );
});

test('a tap file whose process dies is a failure', async () => {
  expect(await readTap('one.test.js', 'TAP version 13\n', false)).toEqual([
    { file: 'one.test.js', name: '(the file)', hasFailed: true },
  ]);
});
