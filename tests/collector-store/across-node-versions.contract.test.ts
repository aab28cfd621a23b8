// Users come with Node 20, which has no SQLite of its own, and go on with a later one: their traces stay, also on the way back.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNode } from '../matrix/node-binaries.ts';

const folder = mkdtempSync(join(tmpdir(), 'waymark-across-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Sends a trace to a collector with that file, and asks it for all that it has. */
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
  const args = ['-r', 'esbuild-register', '--conditions=@waymark/source', '-e', script];
  const { stdout, stderr, status } = spawnSync(node, args, { cwd: __dirname, encoding: 'utf8' });
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
