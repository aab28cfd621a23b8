/** Both stores give the same answers for any spans, in any order and any batches. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Span, Value } from '../model/span.ts';
import { parseQuery } from '../query/parse-query.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import { createSqliteStore } from './sqlite/sqlite-store.ts';
import type { TraceStore } from './trace-store.ts';

const epochMs = 1_764_037_440_000;
const services = ['gateway', 'orders', 'users'].map((serviceName) => ({
  serviceName,
  attributes: { 'service.name': serviceName, 'service.version': '1.2' },
}));

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom('a', 'A b', 'x"y', 'back\\slash', 'Ünï', 'line\nbreak', 'Σας', '12', ''),
  fc.constantFrom<Value>(
    12,
    1.5,
    true,
    null,
    ['a', 'b'],
    [1, 2],
    { doubleValue: 2 },
    { kvlistValue: { inner: 'deep' } },
    { kvlistValue: { id: 12, 'plan.name': 'A b', tags: ['a', { kvlistValue: { b: null } }] } },
    [{ kvlistValue: { id: 'a' } }, { kvlistValue: { id: 12 } }],
  ),
);

const span: fc.Arbitrary<Span> = fc
  .record({
    trace: fc.integer({ min: 1, max: 6 }),
    id: fc.integer({ min: 1, max: 8 }),
    parent: fc.integer({ min: 0, max: 8 }),
    resource: fc.constantFrom(...services),
    name: fc.constantFrom('GET /', 'SELECT', 'wörk'),
    kind: fc.constantFrom('server' as const, 'client' as const, 'internal' as const),
    startMs: fc.integer({ min: 0, max: 100_000 }),
    durationMs: fc.integer({ min: -5, max: 5000 }),
    hasFailed: fc.boolean(),
    attributes: fc.dictionary(
      fc.constantFrom('http.route', 'user.id', 'user', 'peer.service', 'app.key', 'tags'),
      value,
    ),
    events: fc.array(fc.record({ name: fc.constantFrom('exception', 'note'), text: value }), { maxLength: 1 }),
  })
  .map(({ trace, id, parent, resource, name, kind, startMs, durationMs, hasFailed, attributes, events }) => ({
    traceId: String(trace).repeat(32),
    spanId: String(id).repeat(16),
    ...(parent > 0 && { parentSpanId: String(parent).repeat(16) }),
    name,
    kind,
    startTimeUnixNano: `${epochMs + startMs}000001`,
    endTimeUnixNano: `${epochMs + startMs + durationMs}000001`,
    attributes,
    ...(events.length > 0 && {
      events: events.map((event) => ({
        timeUnixNano: '1',
        name: event.name,
        attributes: { 'exception.message': event.text, 'exception.type': 'E' },
      })),
    }),
    ...(hasFailed && { status: { code: 'error' as const, message: `${name} 12 failed` } }),
    resource,
  }));

const term = fc.constantFrom(
  'service:orders',
  'name:SELECT',
  'kind:internal',
  'status:error',
  'status:unset',
  'dur>100ms',
  'dur<2s',
  'http.route:a',
  'user.id:12',
  'user.id:A*',
  'user.id:*',
  'user.inner:deep',
  'user.plan.name:"A b"',
  'tags.id:a',
  'tags.tags.b:null',
  'app.key:*',
  'app.key:"x\\"y"',
  'app.key:1.5',
  'tags:b',
  'tags>1',
  'exception.type:E',
  'service.version:1.2',
  '"a b"',
  '"back"',
  '"ünï"',
  '"line"',
  '"σας"',
  '"deep"',
  '"12"',
  '"wörk 12"',
);
const query = fc.oneof(
  term,
  term.map((one) => `-${one}`),
  fc.tuple(term, term).map(([one, other]) => `${one} ${other}`),
  fc.tuple(term, term).map(([one, other]) => `${one} OR ${other}`),
  fc.tuple(term, term).map(([one, other]) => `{${one}} {${other}}`),
  fc.tuple(term, term, term).map(([one, other, third]) => `(${one} OR ${other}) -${third}`),
);

test('a store in memory and one in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-agree-'));
  const now = (): number => epochMs + 3_600_000;
  const memory = createMemoryStore({}, now, Number.POSITIVE_INFINITY);
  const sqlite = createSqliteStore({ path: join(folder, 'traces.db'), now, maxSearchMs: Number.POSITIVE_INFINITY });
  const check = fc.property(
    fc.array(fc.array(span, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 }),
    fc.array(query, { minLength: 4, maxLength: 4 }),
    (batches, queries) => {
      memory.clear();
      sqlite.clear();
      for (const batch of batches) expect(sqlite.add(batch)).toEqual(memory.add(batch));
      expect(answersOf(sqlite, batches.flat(), queries)).toEqual(answersOf(memory, batches.flat(), queries));
    },
  );
  try {
    fc.assert(check, { numRuns: 150 });
  } finally {
    sqlite.close();
    rmSync(folder, { recursive: true });
  }
}, 60_000);

function answersOf(store: TraceStore, spans: readonly Span[], queries: readonly string[]) {
  const range = { startMs: epochMs, endMs: epochMs + 600_000 };
  const [first] = spans as [Span];
  const { services: onMap, edges } = store.map(range);
  const { kind: _, path: __, driver: ___, byteCount: ____, ...counts } = store.counts();
  return {
    lists: queries.map((text) => store.list({ query: parseQuery(text) })),
    points: queries.map((text) => store.scatter({ query: parseQuery(text) })),
    facets: queries.map((text) => store.facets({ query: parseQuery(text) })),
    pages: store.list({ limit: 2 }),
    traces: [...new Set(spans.map(({ traceId }) => traceId))].map((traceId) => store.spans(traceId)),
    operations: sorted(store.operations(range).operations),
    map: [sorted(onMap), sorted(edges)],
    errors: store
      .errors({})
      .groups.map(({ samples, message, ...group }) => ({ ...group, sampleCount: samples.length })),
    history: store.history(first),
    medianMs: store.median({ service: first.resource.serviceName, name: first.name })?.durationMs,
    services: store.services(),
    keys: store.complete({}),
    values: store.complete({ key: 'app.key' }),
    counts,
  };
}

/** Entries of equal counts come in any order, and sums of doubles differ in the last digit. */
function sorted(items: readonly object[]): string[] {
  const round = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value;
  return items.map((item) => JSON.stringify(item, round)).sort();
}
