import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { parseQuery } from '../query/parse-query.ts';
import { createSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { findTraces } from './find-traces.ts';

const folder = mkdtempSync(join(tmpdir(), 'waymark-find-'));
// A store whose calls reach their time limit after one trace.
const store: TraceStore = createSqliteStore({ path: join(folder, 'traces.db'), maxSearchMs: 0 });
const engine = { list: async (request: Parameters<TraceStore['list']>[0]) => store.list(request) };
const traceCount = 20;

beforeAll(() => {
  const spans = sketchTrace('gateway server GET 0-50');
  for (let trace = 1; trace <= traceCount; trace++) {
    const traceId = trace.toString(16).padStart(32, '0');
    store.add(spans.map((span) => ({ ...span, traceId, attributes: { note: trace === 1 ? 'rare' : 'usual' } })));
  }
});

afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a search continues until all traces were searched', async () => {
  expect(await findTraces(engine, { query: parseQuery('note:rare'), limit: 10 })).toMatchObject([
    { traceId: '1'.padStart(32, '0') },
  ]);
  expect(await findTraces(engine, { query: parseQuery('note:usual'), limit: 100 })).toHaveLength(traceCount - 1);
  expect(await findTraces(engine, { query: parseQuery('note:none'), limit: 10 })).toEqual([]);
});

test('a search ends at its limit', async () => {
  expect(await findTraces(engine, { query: parseQuery('note:usual'), limit: 7 })).toHaveLength(7);
});

test('a search that takes too long fails, and says what helps', async () => {
  await expect(findTraces(engine, { query: parseQuery('note:none'), limit: 10 }, 0)).rejects.toMatchObject({
    status: 503,
    message: expect.stringMatching(/^The search was not finished after 0 s: search a shorter time range/),
  });
});
