/** Tests more traces with one start than a search reads in one step: no trace may be lost, and each search must end. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../test/each-store.ts';
import type { Span } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import { createSqliteStore } from './sqlite/sqlite-store.ts';
import type { TraceStore } from './trace-store.ts';

const epochMs = 1_764_037_440_000;
// Two steps of 8,192 traces, and a remainder.
const traceCount = 17_000;
const resource = { serviceName: 'shop', attributes: {} };

/** A trace of one span. Every thousandth has a rare route, every sixth belongs to another service. */
function traceAt(number: number, startMs: number): Span {
  const isOther = number % 6 === 0;
  return {
    traceId: number.toString(16).padStart(32, '0'),
    spanId: '1'.padStart(16, '0'),
    name: 'GET /',
    kind: 'server',
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs}500000`, // before the next start: a range includes every trace with a span in it
    attributes:
      number % 1000 === 0 ? { 'http.route': '/rare', note: 'rare' } : { 'http.route': '/usual', note: 'usual' },
    resource: isOther ? { serviceName: 'other', attributes: {} } : resource,
  };
}

function fill(store: TraceStore): TraceStore {
  const spans = Array.from({ length: traceCount }, (_, index) => traceAt(index + 1, epochMs));
  // Some traces start before and after that moment, two of them together.
  spans.push(traceAt(90_000, epochMs + 1), traceAt(90_001, epochMs + 1), traceAt(80_000, epochMs - 1));
  for (let at = 0; at < spans.length; at += 1000) store.add(spans.slice(at, at + 1000));
  return store;
}

/** All traces that a query finds, page by page, and the number of pages. */
function findAll(store: TraceStore, request: Parameters<TraceStore['list']>[0]) {
  const found: string[] = [];
  let cursor: string | undefined;
  let pageCount = 0;
  do {
    const page = store.list({ ...request, cursor });
    found.push(...page.traces.map(({ traceId }) => traceId));
    if (page.cursor === cursor && cursor !== undefined) throw new Error(`No progress behind ${cursor}`);
    ({ cursor } = page);
    pageCount++;
  } while (cursor !== undefined);
  return { found: found.map((id) => Number.parseInt(id, 16)), pageCount };
}

const folder = mkdtempSync(join(tmpdir(), 'waymark-equal-'));
const stores = new Map<string, TraceStore>();

beforeAll(() => {
  stores.set('memory', fill(createMemoryStore({}, Date.now, Number.POSITIVE_INFINITY)));
  for (const driver of drivers) {
    const path = join(folder, `${driver.replace(':', '-')}.db`);
    stores.set(driver, fill(createSqliteStore({ path, driver, maxSearchMs: Number.POSITIVE_INFINITY })));
  }
}, 60_000);

afterAll(() => {
  for (const store of stores.values()) store.close();
  rmSync(folder, { recursive: true, force: true });
});

const rare = [90_000, ...Array.from({ length: 17 }, (_, index) => (index + 1) * 1000), 80_000];

describe.each(['memory', ...drivers])('%s, with 17,000 traces of one start', (name) => {
  const open = (): TraceStore => stores.get(name) as TraceStore;

  test.each([
    ['service:nobody', []],
    ['note:nothing', []],
    ['"nowhere"', []],
    ['{service:shop} {service:other}', []],
    ['dur>1s', []],
    ['http.route:/rare', rare],
    ['note:rare', rare],
    ['service:other note:rare', rare.filter((number) => number % 6 === 0)],
  ])('%s finds every trace, and ends', (query, expected) => {
    expect(findAll(open(), { query: parseQuery(query), limit: 5 }).found).toEqual(expected);
  });

  test('a range that begins or ends at that moment has all of its traces', () => {
    const moment = { startMs: epochMs, endMs: epochMs };
    const inside = rare.filter((number) => number <= traceCount);
    expect(findAll(open(), { ...moment, query: parseQuery('note:rare'), limit: 4 }).found).toEqual(inside);
    expect(findAll(open(), { startMs: epochMs, query: parseQuery('note:rare') }).found).toEqual([90_000, ...inside]);
    expect(findAll(open(), { endMs: epochMs, query: parseQuery('note:rare') }).found).toEqual([...inside, 80_000]);
    expect(findAll(open(), { startMs: epochMs + 2, query: parseQuery('note:rare') }).found).toEqual([]);
    expect(findAll(open(), { endMs: epochMs - 2, query: parseQuery('note:rare') }).found).toEqual([]);
  });

  test('a list without a query has each trace once', () => {
    const { found } = findAll(open(), { limit: 1000 });
    expect(found).toHaveLength(traceCount + 3);
    expect(new Set(found).size).toBe(traceCount + 3);
  });

  test('points, facets and completions end', () => {
    expect(open().scatter({ query: parseQuery('service:nobody') }).totalCount).toBe(0);
    expect(open().facets({ query: parseQuery('service:nobody') })).toEqual({ facets: [], traceCount: 0 });
    expect(open().complete({ key: 'note' }).completions).toEqual(['rare', 'usual']);
  });
});

test('a search whose time is over continues from its position, even if it has found nothing', () => {
  const path = join(folder, 'hurried.db');
  const store = fill(createSqliteStore({ path, maxSearchMs: 0 }));
  stores.set('hurried', store);
  // Two frequent terms that never occur in one trace: an index cannot exclude a trace before it is checked.
  const { found, pageCount } = findAll(store, { query: parseQuery('{service:shop} {service:other}') });
  expect(found).toEqual([]);
  expect(pageCount).toBeGreaterThan(2);
  expect(findAll(store, { query: parseQuery('http.route:/rare'), limit: 3 }).found).toEqual(rare);
});

test('a search for points whose time is over reports how far it came', () => {
  const memory = fill(createMemoryStore({}, Date.now, 0));
  stores.set('hurried memory', memory);
  for (const name of ['hurried', 'hurried memory']) {
    const store = stores.get(name) as TraceStore;
    const points = store.scatter({ query: parseQuery('{service:shop} {service:other}') });
    expect(points).toMatchObject({ isComplete: false, totalCount: 0 });
    expect(points.searchedBackToMs).toBeGreaterThanOrEqual(epochMs);
    expect(store.scatter({ startMs: epochMs + 2 })).toMatchObject({ isComplete: true });
  }
});
