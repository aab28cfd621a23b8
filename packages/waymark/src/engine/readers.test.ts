/** Threads that read the file next to the store's thread, with Node's own SQLite. */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Span } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import { hasNodeSqlite } from '../store/sqlite/open-driver.ts';
import { type Engine, type LaunchOptions, startEngine } from './start-engine.ts';

const resource = { serviceName: 'orders', attributes: { 'service.name': 'orders' } };
const traceIdOf = (trace: number) => (trace + 1).toString(16).padStart(32, '0');

function spansOf(trace: number, count: number, attributeCount = 1): Span[] {
  return Array.from({ length: count }, (_, index) => ({
    traceId: traceIdOf(trace),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: 'GET /orders',
    kind: 'server' as const,
    startTimeUnixNano: `17640370${String(trace * 1000 + index).padStart(11, '0')}`,
    endTimeUnixNano: `17640370${String(trace * 1000 + index + 5).padStart(11, '0')}`,
    attributes: Object.fromEntries(
      Array.from({ length: attributeCount }, (_, key) => [`key.${key}`, `${trace}.${index}.${key}`]),
    ),
    resource,
  }));
}

let folder: string;
let path: string;
let engine: Engine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-engine-'));
  path = join(folder, 'traces.db');
});

afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

/** An engine whose readers are ready. */
async function open(options: LaunchOptions): Promise<void> {
  engine = await startEngine({ path, ...options });
  while (engine.status().readers === 0) await engine.counts();
}

(hasNodeSqlite() ? describe : describe.skip)('reader threads', () => {
  test('fail alone: the read is answered with 503, and another thread goes on reading', async () => {
    await open({ readerCount: 1, maxReaderHeapMb: 48, restarts: { firstDelayMs: 1 } });
    for (let part = 0; part < 40; part++) {
      const spans = spansOf(1, 600, 40).map((span) => ({ ...span, spanId: `${part + 10}${span.spanId.slice(2)}` }));
      await engine.add(spans);
    }
    const failed: unknown = await engine.traceJson(traceIdOf(1), 'otlp', { maxSpans: 1e6, maxBytes: 1e9 }).then(
      () => 'answered',
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: 'WAYMARK_READ_FAILED',
      status: 503,
      message: expect.stringContaining('memory'),
    });
    await engine.add(spansOf(2, 3));
    expect(await engine.spans(traceIdOf(2))).toHaveLength(3);
    expect(engine.status()).toMatchObject({ state: 'running', failures: 0, readers: 1 });
  }, 60_000);

  test('do not let the write-ahead log grow, even if one of them is always reading', async () => {
    await open({ readerCount: 2 });
    await engine.add(Array.from({ length: 500 }, (_, trace) => spansOf(trace, 4)).flat());
    let isOver = false;
    const reading = [1, 2, 3, 4].map(async () => {
      while (!isOver) await engine.list({ query: parseQuery('"nowhere to be found"') });
    });
    let mostBytes = 0;
    for (let batch = 0; batch < 60; batch++) {
      await engine.add(Array.from({ length: 40 }, (_, trace) => spansOf(1000 + batch * 40 + trace, 20, 40)).flat());
      mostBytes = Math.max(mostBytes, statSync(`${path}-wal`).size);
    }
    isOver = true;
    await Promise.all(reading);
    // The log is written back at 32 MiB, and one batch may exceed the 64 MiB to which it is cut.
    expect(mostBytes).toBeGreaterThan(16 * 1024 * 1024);
    expect(mostBytes).toBeLessThan(96 * 1024 * 1024);
  }, 120_000);

  test('leave no other file next to the store when the engine closes during their reads', async () => {
    await open({ readerCount: 2 });
    for (let trace = 0; trace < 50; trace++) await engine.add(spansOf(trace, 20));
    const reads = Promise.allSettled(
      Array.from({ length: 12 }, (_, number) =>
        number % 2 === 0 ? engine.errors({}) : engine.list({ query: parseQuery('"x y"') }),
      ),
    );
    await engine.close();
    await reads;
    expect(readdirSync(folder)).toEqual(['traces.db']);
    await open({ readerCount: 2 });
    expect(await engine.counts()).toMatchObject({ spanCount: 1000 });
  }, 60_000);

  test('answer every read as the store does', async () => {
    await open({ readerCount: 2 });
    for (let trace = 0; trace < 30; trace++) await engine.add(spansOf(trace, 6));
    const read = async () => ({
      list: await engine.list({ query: parseQuery('service:orders') }),
      trace: await engine.tracePiece(traceIdOf(3), 'spans', 0),
      outline: await engine.outlineJson(traceIdOf(3)),
      details: await engine.spanDetails(traceIdOf(3), '0000000000000001'),
      services: await engine.services(),
      operations: await engine.operations({ startMs: 1_764_037_000_000, endMs: 1_764_037_100_000 }),
      map: await engine.map({ startMs: 1_764_037_000_000, endMs: 1_764_037_100_000 }),
      errors: await engine.errors({}),
      scatter: await engine.scatter({}),
      facets: await engine.facets({}),
      completions: await engine.complete({ prefix: 'key' }),
      median: await engine.median({ service: 'orders', name: 'GET /orders' }),
    });
    const beside = await read();
    await engine.close();
    engine = await startEngine({ path, readerCount: 0 });
    expect(engine.status().readers).toBe(0);
    expect(beside).toEqual(await read());
    expect(beside.services).toEqual(['orders']);
  }, 60_000);
});
