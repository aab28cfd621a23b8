// Users start with Node 20, which has no SQLite, and move to a later version: their traces stay, also on the way back.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNode } from '../matrix/node-binaries.ts';

const folder = mkdtempSync(join(tmpdir(), 'waymark-across-'));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

const fromSource = ['-r', 'esbuild-register', '--conditions=@waymark/source', '-e'];

/** Sends a trace to a collector with that file, and reads everything that it has. */
function visit(
  node: string,
  traceId: string,
): { driver: string; traceIds: string[]; found: number; spanCount: number } {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] },
        scopeSpans: [
          {
            spans: ['1', '2'].map((digit) => ({
              traceId,
              spanId: digit.repeat(16),
              name: 'GET /orders',
              kind: 2,
              startTimeUnixNano: `176403700000000000${digit}`,
              endTimeUnixNano: `176403700100000000${digit}`,
              attributes: [{ key: 'http.route', value: { stringValue: '/orders' } }],
            })),
          },
        ],
      },
    ],
  };
  const script = `
    const { startCollector } = require('waymark');
    (async () => {
      const { url, otlpUrl, close } = await startCollector({ port: 0, path: ${JSON.stringify(join(folder, 'traces.db'))} });
      const headers = { 'content-type': 'application/json' };
      const sent = await fetch(otlpUrl, { method: 'POST', headers, body: ${JSON.stringify(JSON.stringify(body))} });
      if (!sent.ok) throw new Error(await sent.text());
      const get = async (path) => (await fetch(url + '/waymark/' + path)).json();
      const { store } = await get('status');
      const { traces } = await get('traces');
      const found = await get('traces?query=http.route:"/orders"');
      console.log(JSON.stringify({
        driver: store.driver, spanCount: store.spanCount, traceIds: traces.map((trace) => trace.traceId), found: found.traces.length,
      }));
      await close();
    })();`;
  const { stdout, stderr, status } = spawnSync(node, [...fromSource, script], { cwd: __dirname, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof visit>;
}

test('a file written on Node 20 is read and written on this one, and back', () => {
  const nodes = [findNode(20), process.execPath, findNode(20), process.execPath];
  const traceIds: string[] = [];
  for (const [index, node] of nodes.entries()) {
    traceIds.push(String(index + 1).repeat(32));
    const { driver, ...rest } = visit(node, String(index + 1).repeat(32));
    expect(rest).toEqual({ traceIds, found: index + 1, spanCount: 2 * (index + 1) });
    if (index % 2 === 0) expect(driver).toBe('node-sqlite3-wasm');
  }
}, 120_000);

/** Starts a collector with that file. */
function hold(node: string, path: string): { outcome: Promise<string>; end(): Promise<void> } {
  const script = `
    require('waymark').startCollector({ port: 0, path: ${JSON.stringify(path)} }).then(
      () => console.log('has it'),
      (error) => console.log(error.code + ' ' + error.pid),
    );`;
  const child = spawn(node, [...fromSource, script], { cwd: __dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return {
    outcome: new Promise((resolve) => child.stdout.setEncoding('utf8').once('data', (text) => resolve(text.trim()))),
    end: () =>
      new Promise((resolve) => {
        child.on('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

test('while a process of Node 20 owns a file, this one cannot open it, and the reverse', async () => {
  const path = join(folder, 'one-owner.db');
  for (const [first, second] of [
    [findNode(20), process.execPath],
    [process.execPath, findNode(20)],
  ] as const) {
    const owner = hold(first, path);
    expect(await owner.outcome).toBe('has it');
    const other = hold(second, path);
    expect(await other.outcome).toBe(`WAYMARK_STORE_IN_USE ${running[0]?.pid}`);
    await other.end();
    await owner.end();
    running.length = 0;
  }
}, 120_000);
