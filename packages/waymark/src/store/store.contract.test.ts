/** What each store owes, whatever it keeps spans in. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attributes, Span, SpanKind } from '../model/span.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import { parseQuery } from '../query/parse-query.ts';
import { hasNodeSqlite } from './sqlite/open-driver.ts';
import { createSqliteStore } from './sqlite/sqlite-store.ts';
import type { StoreLimits, TraceStore } from './trace-store.ts';

type Open = (limits?: Partial<StoreLimits>) => TraceStore;

// 2025-11-25T02:16:40Z, at the start of a slot of each length.
const epochMs = 1_764_037_440_000 - (1_764_037_440_000 % 1_440_000);

// However slow the machine is.
const maxSearchMs = Number.POSITIVE_INFINITY;

let nowMs = epochMs;
let folder = '';
let opened: TraceStore[] = [];

beforeEach(() => {
  nowMs = epochMs + 3_600_000;
  folder = mkdtempSync(join(tmpdir(), 'waymark-store-'));
  opened = [];
});

afterEach(() => {
  for (const store of opened) store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('store memory', () => {
  contract((limits) => createMemoryStore(limits, () => nowMs, maxSearchMs));
});

(hasNodeSqlite() ? describe : describe.skip)('store node:sqlite', () => {
  contract((limits) =>
    createSqliteStore({
      path: join(folder, 'traces.db'),
      driver: 'node:sqlite',
      limits,
      now: () => nowMs,
      maxSearchMs,
    }),
  );
});

describe('store node-sqlite3-wasm', () => {
  contract((limits) =>
    createSqliteStore({
      path: join(folder, 'traces.db'),
      driver: 'node-sqlite3-wasm',
      limits,
      now: () => nowMs,
      maxSearchMs,
    }),
  );
});

interface Sketch {
  readonly trace: number;
  readonly id: number;
  readonly parent?: number;
  readonly service?: string;
  readonly name?: string;
  readonly kind?: SpanKind;
  /** After `epochMs`. */
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly failed?: boolean;
  readonly attributes?: Attributes;
  readonly events?: Span['events'];
}

function idOf(trace: number): string {
  return trace.toString(16).padStart(32, '0');
}

function spanOf(sketch: Sketch): Span {
  const { trace, id, parent, service = 'shop', name = 'GET /', kind = 'server', startMs = 0, durationMs = 10 } = sketch;
  const nano = (ms: number): string => String(BigInt(epochMs) * 1_000_000n + BigInt(Math.round(ms * 1e6)));
  return {
    traceId: idOf(trace),
    spanId: id.toString(16).padStart(16, '0'),
    ...(parent !== undefined && { parentSpanId: parent.toString(16).padStart(16, '0') }),
    name,
    kind,
    startTimeUnixNano: nano(startMs),
    endTimeUnixNano: nano(startMs + durationMs),
    attributes: sketch.attributes ?? {},
    ...(sketch.events && { events: sketch.events }),
    ...(sketch.failed && { status: { code: 'error' as const, message: `${name} failed` } }),
    resource: { serviceName: service, attributes: { 'service.name': service, 'service.version': '1.2.3' } },
  };
}

/** A request through two services and a database. */
function shopTrace(
  trace: number,
  { startMs = trace * 1000, failed = false, attributes = {} as Attributes } = {},
): Span[] {
  return [
    spanOf({ trace, id: 1, service: 'gateway', name: 'GET /orders', startMs, durationMs: 50, attributes }),
    spanOf({
      trace,
      id: 2,
      parent: 1,
      service: 'gateway',
      name: 'GET',
      kind: 'client',
      startMs: startMs + 1,
      durationMs: 45,
    }),
    spanOf({
      trace,
      id: 3,
      parent: 2,
      service: 'orders',
      name: 'GET /orders',
      startMs: startMs + 2,
      durationMs: 40,
      failed,
    }),
    spanOf({
      trace,
      id: 4,
      parent: 3,
      service: 'orders',
      name: 'SELECT',
      kind: 'client',
      startMs: startMs + 3,
      durationMs: 30,
      attributes: {
        'db.system.name': 'postgresql',
        'db.query.text': `SELECT "Ünïcode" FROM orders WHERE id = ${trace}`,
      },
    }),
  ];
}

function idsOf(store: TraceStore, query: string): string[] {
  return store.list({ query: parseQuery(query), limit: 1000 }).traces.map(({ traceId }) => traceId);
}

function contract(openStore: Open): void {
  const open: Open = (limits) => {
    const store = openStore(limits);
    opened.push(store);
    return store;
  };

  describe('spans', () => {
    test('come out as they went in, in order of start', () => {
      const store = open();
      const full: Span = {
        ...spanOf({ trace: 1, id: 1, failed: true }),
        traceState: 'a=b',
        flags: 257,
        attributes: {
          text: '<script> "quoted" \\ \u2028 😀',
          number: 1.5,
          double: { doubleValue: 1 },
          long: { intValue: '9007199254740993' },
          bytes: { bytesValue: 'AAEC' },
          list: ['a', 1, true, null],
          map: { kvlistValue: { a: { doubleValue: 'NaN' } } },
          __proto__: 'x',
        },
        events: [
          { timeUnixNano: '1', name: 'exception', attributes: { 'exception.type': 'E' }, droppedAttributesCount: 2 },
        ],
        links: [{ traceId: idOf(7), spanId: '0'.repeat(15).concat('7'), attributes: { a: 1 } }],
        droppedAttributesCount: 1,
        droppedEventsCount: 2,
        droppedLinksCount: 3,
        scope: { name: 'scope', version: '1', attributes: { a: 'b' }, schemaUrl: 'https://example.com' },
      };
      const later = spanOf({ trace: 1, id: 2, parent: 1, startMs: 5 });
      store.add([later, full]);
      expect(store.spans(idOf(1))).toEqual([full, later]);
      expect(store.spans(idOf(2))).toEqual([]);
    });

    test('that are delivered twice are kept once, in the same batch and in a later one', () => {
      const store = open();
      const [one, two] = shopTrace(1);
      store.add([one, two, one] as Span[]);
      expect(store.add([two] as Span[])).toEqual([]);
      expect(store.spans(idOf(1))).toEqual([one, two]);
      expect(store.counts()).toMatchObject({ spanCount: 2, traceCount: 1 });
    });

    test("keep both of Zipkin's sides of a call, which share an id", () => {
      const store = open();
      const client = spanOf({ trace: 1, id: 1, service: 'a', kind: 'client' });
      const server = spanOf({ trace: 1, id: 1, service: 'b', kind: 'server', startMs: 1 });
      store.add([server, client]);
      expect(store.spans(idOf(1))).toEqual([client, server]);
      expect(store.map({}).edges).toMatchObject([{ from: 'a', to: 'b', count: 1 }]);
    });

    test('that are linked to their sender are in the map by their queue, whoever sent to it', () => {
      const store = open();
      const queue = { 'messaging.system': 'rabbitmq', 'messaging.destination.name': 'orders' };
      const consumer = { service: 'worker', kind: 'consumer' as const, attributes: queue };
      store.add([
        spanOf({ trace: 1, id: 1, service: 'shop' }),
        spanOf({ trace: 1, id: 2, parent: 1, service: 'shop', kind: 'producer', attributes: queue }),
        spanOf({ trace: 2, id: 3, ...consumer }),
        spanOf({ trace: 3, id: 4, ...consumer, attributes: { ...queue, 'messaging.destination.name': 'foreign' } }),
      ]);
      const { services, edges } = store.map({});
      expect(edges.map(({ from, to, count }) => [from, to, count]).sort()).toEqual([
        ['foreign', 'worker', 1],
        ['orders', 'worker', 1],
        ['shop', 'orders', 1],
      ]);
      expect(services.filter(({ isExternal }) => isExternal).map(({ name, count }) => [name, count])).toEqual([
        ['orders', 1],
        ['foreign', 1],
      ]);
      store.add([spanOf({ trace: 4, id: 5, service: 'shop', kind: 'producer', attributes: queue })]);
      store.add([spanOf({ trace: 4, id: 6, parent: 5, ...consumer })]);
      expect(store.map({}).edges).toContainEqual(expect.objectContaining({ from: 'shop', to: 'worker', count: 1 }));
      expect(store.map({}).edges).toContainEqual(expect.objectContaining({ from: 'shop', to: 'orders', count: 1 }));
    });

    test('are kept though they share an id, a start and a service: what differs is for the analysis to tell', () => {
      const store = open();
      const one = spanOf({ trace: 1, id: 1, name: 'one' });
      const others = [
        { ...one, name: 'other' },
        { ...one, parentSpanId: '00000000000000ff' },
        { ...one, endTimeUnixNano: `${one.endTimeUnixNano.slice(0, -1)}7` },
      ];
      store.add([one, ...others]);
      store.add(others);
      expect(store.spans(idOf(1))).toEqual([one, ...others]);
      expect(store.counts()).toMatchObject({ spanCount: 4, traceCount: 1 });
    });

    test('of thousands in one trace are all there, and counted', () => {
      const store = open();
      for (let batch = 0; batch < 5; batch++) {
        store.add(
          Array.from({ length: 1000 }, (_, id) => spanOf({ trace: 1, id: 1 + batch * 1000 + id, startMs: id })),
        );
      }
      expect(store.spans(idOf(1))).toHaveLength(5000);
      expect(store.list({}).traces[0]?.spanCount).toBe(5000);
    });
  });

  describe('a summary', () => {
    test('is reshaped by spans that come late, down to the root', () => {
      const store = open();
      const [root, call, server, query] = shopTrace(1) as [Span, Span, Span, Span];
      expect(store.add([query])).toMatchObject([
        { serviceName: 'orders', name: 'SELECT', hasRoot: false, durationMs: 30 },
      ]);
      expect(store.add([server, call])).toMatchObject([
        { serviceName: 'gateway', name: 'GET', hasRoot: false, spanCount: 3 },
      ]);
      const [summary] = store.add([root]);
      expect(summary).toEqual({
        traceId: idOf(1),
        serviceName: 'gateway',
        name: 'GET /orders',
        hasRoot: true,
        startMs: epochMs + 1000,
        durationMs: 50,
        spanCount: 4,
        errorCount: 0,
        unfinishedCount: 0,
        services: [
          { name: 'gateway', spanCount: 2, errorCount: 0 },
          { name: 'orders', spanCount: 2, errorCount: 0 },
        ],
      });
      expect(store.list({}).traces).toEqual([summary]);
    });

    test('spans from the earliest start to the latest end, whoever has them', () => {
      const store = open();
      store.add([spanOf({ trace: 1, id: 1, startMs: 5, durationMs: 10 })]);
      const [summary] = store.add([spanOf({ trace: 1, id: 2, parent: 1, startMs: 0, durationMs: 100, failed: true })]);
      expect(summary).toMatchObject({ startMs: epochMs, durationMs: 100, errorCount: 1, name: 'GET /' });
    });
  });

  describe('a list', () => {
    test('is newest first, and a cursor goes on where it ended, whatever comes meanwhile', () => {
      const store = open();
      for (let trace = 1; trace <= 10; trace++) store.add(shopTrace(trace));
      store.add(shopTrace(11, { startMs: 5000 })); // the start of trace 5
      const first = store.list({ limit: 4 });
      expect(first.traces.map(({ traceId }) => traceId)).toEqual([10, 9, 8, 7].map(idOf));
      expect(first).toMatchObject({ isComplete: false, searchedBackToMs: epochMs + 7000 });
      store.add(shopTrace(20));
      const second = store.list({ limit: 4, cursor: first.cursor });
      expect(second.traces.map(({ traceId }) => traceId)).toEqual([6, 5, 11, 4].map(idOf));
      const third = store.list({ limit: 4, cursor: second.cursor });
      expect(third.traces.map(({ traceId }) => traceId)).toEqual([3, 2, 1].map(idOf));
      expect(third).toMatchObject({ isComplete: true, searchedBackToMs: epochMs + 1000 });
      expect(third.cursor).toBeUndefined();
    });

    test('holds what starts in a range, both ends included', () => {
      const store = open();
      for (let trace = 1; trace <= 5; trace++) store.add(shopTrace(trace));
      const { traces } = store.list({ startMs: epochMs + 2000, endMs: epochMs + 4000 });
      expect(traces.map(({ traceId }) => traceId)).toEqual([4, 3, 2].map(idOf));
    });

    test('of an empty store is complete', () => {
      expect(open().list({})).toMatchObject({ traces: [], isComplete: true });
    });
  });

  describe('a query', () => {
    let store: TraceStore;
    beforeEach(() => {
      store = open();
      for (let trace = 1; trace <= 20; trace++) {
        const attributes = {
          'http.route': trace % 2 ? '/odd' : '/even',
          'user.id': `u${trace}`,
          tags: ['a', `t${trace}`],
          size: trace,
        };
        store.add(shopTrace(trace, { failed: trace === 7, attributes }));
      }
      store.add([
        spanOf({ trace: 30, id: 1, service: 'cron', name: 'tick', kind: 'internal', startMs: 30_000, durationMs: 900 }),
      ]);
    });

    test.each([
      ['service:cron', [30]],
      ['name:tick', [30]],
      ['kind:internal', [30]],
      ['status:error', [7]],
      ['service:orders status:error', [7]],
      ['service:gateway status:error', []],
      ['{service:gateway} {status:error}', [7]],
      ['-{service:gateway}', [30]],
      ['dur>500ms', [30]],
      ['dur>500ms service:gateway', []],
      ['user.id:u3', [3]],
      ['user.id:u3 OR user.id:u4', [4, 3]],
      ['user.id:u3 http.route:/even', []],
      ['(user.id:u3 OR user.id:u4) http.route:/even', [4]],
      ['tags:t5', [5]],
      ['size:6', [6]],
      ['size>=19', [20, 19]],
      ['user.id:u1*', [19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 1]],
      ['"where ID = 12"', [12]],
      ['"ünïcode" user.id:*', []],
      ['{"ünïcode"} {user.id:u2}', [2]],
      ['service.version:1.2.3 name:tick', [30]],
      [`trace:${idOf(9)}`, [9]],
      ['name:nothing', []],
      ['unknown:1', []],
    ])('%s finds the traces that have such a span', (query, expected) => {
      expect(idsOf(store, query)).toEqual(expected.map(idOf));
    });

    test('finds in pages what it finds at once', () => {
      for (const query of ['http.route:/odd', '"where id"', 'service:orders', 'dur>1ms']) {
        const all = idsOf(store, query);
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = store.list({ query: parseQuery(query), limit: 3, cursor });
          paged.push(...page.traces.map(({ traceId }) => traceId));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(all);
      }
    });

    test('narrows the points and the facets', () => {
      expect(store.scatter({ query: parseQuery('http.route:/odd') })).toMatchObject({
        totalCount: 10,
        services: ['gateway'],
      });
      const { facets, traceCount } = store.facets({ query: parseQuery('http.route:/odd') });
      expect(traceCount).toBe(10);
      expect(facets.find(({ key }) => key === 'http.route')?.values).toEqual([{ value: '/odd', count: 10 }]);
    });
  });

  test('points are of all traces, or of a part that has what failed, what is slowest and what is rare', () => {
    const store = open();
    for (let trace = 1; trace <= 100; trace++) store.add(shopTrace(trace, { failed: trace === 100 }));
    const all = store.scatter({});
    expect(all).toMatchObject({ totalCount: 100, services: ['gateway'] });
    expect(all.traceIds[0]).toBe(idOf(100));
    expect([all.startMs[0], all.durationMs[0], all.isError[0], all.isError[1]]).toEqual([epochMs + 100_000, 50, 1, 0]);
    const part = store.scatter({ limit: 10 });
    expect(part).toMatchObject({ totalCount: 100, isComplete: true });
    expect(part.traceIds).toHaveLength(10);
    expect(part.traceIds).toContain(idOf(100));
    expect(store.scatter({ limit: 10, query: parseQuery('service:gateway') })).toEqual(part);
    expect(store.scatter({ limit: 10, endMs: epochMs + 50_000 })).toMatchObject({ totalCount: 50 });
  });

  test('points of one moment are all read', () => {
    const store = open();
    const spans = Array.from({ length: 9000 }, (_, index) =>
      spanOf({ trace: index + 1, id: 1, startMs: 5, durationMs: index }),
    );
    store.add(spans);
    const { traceIds, totalCount } = store.scatter({ limit: 9000 });
    expect([new Set(traceIds).size, totalCount]).toEqual([9000, 9000]);
    const part = store.scatter({ limit: 100 });
    expect([part.traceIds.length, part.totalCount, Math.max(...part.durationMs)]).toEqual([100, 9000, 8999]);
  });

  test('keys and values are completed, those first that begin so', () => {
    const store = open();
    store.add(shopTrace(1, { attributes: { 'user.id': 'u1', 'app.user': 'x' } }));
    expect(store.complete({ prefix: 'user' }).completions).toEqual(['user.id', 'app.user']);
    expect(store.complete({ key: 'service' }).completions).toEqual(['gateway', 'orders']);
    expect(store.complete({ key: 'user.id', prefix: 'U' }).completions).toEqual(['u1']);
  });

  describe('operations', () => {
    test('are counted exactly, with percentiles within 2 %', () => {
      const store = open();
      const spans = Array.from({ length: 1000 }, (_, index) =>
        spanOf({ trace: index + 1, id: 1, startMs: index * 1000, durationMs: index + 1, failed: index >= 990 }),
      );
      store.add(spans);
      const { operations } = store.operations({ startMs: epochMs, endMs: epochMs + 1_200_000 });
      const [operation] = operations;
      expect(operations).toHaveLength(1);
      expect(operation).toMatchObject({
        serviceName: 'shop',
        name: 'GET /',
        kind: 'server',
        count: 1000,
        errorCount: 10,
      });
      expect(operation?.totalMs).toBeCloseTo(500_500, 3);
      for (const [is, should] of [
        [operation?.p50Ms, 500],
        [operation?.p95Ms, 950],
        [operation?.p99Ms, 990],
      ] as const) {
        expect(Math.abs((is ?? 0) / should - 1)).toBeLessThan(0.0201);
      }
      expect(operation?.spark.counts).toHaveLength(30);
      expect(operation?.spark.counts.slice(0, 25)).toEqual(new Array(25).fill(40));
      expect(operation?.spark.counts.slice(25)).toEqual([0, 0, 0, 0, 0]);
      expect(operation?.spark.errors[24]).toBe(10);
    });

    test('are of one service, of a range, and of long ranges alike', () => {
      const store = open();
      for (let hour = 0; hour < 100; hour++) store.add(shopTrace(hour + 1, { startMs: hour * 3_600_000 }));
      nowMs = epochMs + 100 * 3_600_000;
      expect(store.operations({ service: 'orders' }).operations.map(({ name, count }) => [name, count])).toEqual([
        ['GET /orders', 100],
        ['SELECT', 100],
      ]);
      const { operations } = store.operations({
        startMs: epochMs + 10 * 3_600_000,
        endMs: epochMs + 20 * 3_600_000 - 1,
      });
      expect(operations.map(({ count }) => count)).toEqual([10, 10, 10, 10]);
    });

    test('forget spans that have made room', () => {
      const store = open({ maxSpans: 400 });
      for (let trace = 1; trace <= 200; trace++) store.add(shopTrace(trace));
      const { spanCount, traceCount } = store.counts();
      expect(store.operations({}).operations.map(({ count }) => count)).toEqual(new Array(4).fill(traceCount));
      expect(spanCount).toBe(4 * traceCount);
      expect(store.map({}).edges.map(({ count }) => count)).toEqual([traceCount, traceCount]);
    });
  });

  test('the history of a span is that of the newest thousand of its operation', () => {
    const store = open();
    const spans = Array.from({ length: 1500 }, (_, index) =>
      spanOf({ trace: index + 1, id: 1, startMs: index, durationMs: index < 500 ? 5000 : index - 499 }),
    );
    store.add(spans);
    store.add([spanOf({ trace: 5000, id: 1, name: 'other' })]);
    expect(store.history(spans[1249] as Span)).toEqual({ count: 1000, percentile: 74.95, p50Ms: 500, p95Ms: 950 });
    expect(store.history(spanOf({ trace: 1, id: 1, name: 'never' }))).toBeUndefined();
  });

  test('the median of an operation is a span of another trace', () => {
    const store = open();
    for (let trace = 1; trace <= 5; trace++) store.add([spanOf({ trace, id: trace, durationMs: trace * 10 })]);
    const operation = { service: 'shop', name: 'GET /' };
    expect(store.median(operation)).toEqual({
      traceId: idOf(3),
      spanId: '0000000000000003',
      durationMs: 30,
      count: 5,
    });
    expect(store.median({ ...operation, kind: 'server', traceId: idOf(3) })).toMatchObject({
      traceId: idOf(2),
      count: 4,
    });
    expect(store.median({ ...operation, kind: 'client' })).toBeUndefined();
  });

  describe('the map', () => {
    test('has services, calls between them, and what is called and sends nothing, in whatever order spans come', () => {
      const expected = {
        services: [
          { name: 'gateway', count: 1, errorCount: 0, isExternal: false },
          { name: 'orders', count: 1, errorCount: 1, isExternal: false },
          { name: 'postgresql', count: 1, errorCount: 0, isExternal: true },
        ],
        edges: [
          { from: 'gateway', to: 'orders', count: 1, errorCount: 1 },
          { from: 'orders', to: 'postgresql', count: 1, errorCount: 0 },
        ],
      };
      const spans = shopTrace(1, { failed: true });
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [2, 0, 3, 1],
      ]) {
        const store = open();
        for (const index of order) store.add([spans[index] as Span]);
        const { services, edges } = store.map({});
        const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
        const byFrom = (one: { from: string }, other: { from: string }) => (one.from < other.from ? -1 : 1);
        expect([...services].sort(byName)).toMatchObject(expected.services);
        expect([...edges].sort(byFrom)).toMatchObject(expected.edges);
        expect(services).toHaveLength(3);
        store.clear();
        store.close();
        opened.pop();
      }
    });

    test('takes a peer that sends spans after all for a service', () => {
      const store = open();
      const client = spanOf({ trace: 1, id: 1, service: 'a', kind: 'client', attributes: { 'peer.service': 'b' } });
      store.add([client]);
      expect(store.map({}).services.find(({ name }) => name === 'b')?.isExternal).toBe(true);
      store.add([spanOf({ trace: 1, id: 2, parent: 1, service: 'b', startMs: 1 })]);
      const { services, edges } = store.map({});
      expect(services.find(({ name }) => name === 'b')).toMatchObject({ isExternal: false, count: 1 });
      expect(edges).toMatchObject([{ from: 'a', to: 'b', count: 1 }]);
    });
  });

  test('errors are grouped by type and frame, else by message without what differs', () => {
    const store = open();
    const exception = (message: string, line: number): Span['events'] => [
      {
        timeUnixNano: '1',
        name: 'exception',
        attributes: {
          'exception.type': 'TypeError',
          'exception.message': message,
          'exception.stacktrace': `TypeError: ${message}\n    at next (/app/node_modules/x/index.js:1:1)\n    at loadUser (/app/users.js:${line}:7)`,
        },
      },
    ];
    store.add([spanOf({ trace: 1, id: 1, startMs: 1000, failed: true, events: exception('one', 12) })]);
    store.add([spanOf({ trace: 2, id: 1, startMs: 2000, failed: true, events: exception('two', 12) })]);
    store.add([spanOf({ trace: 3, id: 1, startMs: 3000, failed: true, name: 'pay 12' })]);
    store.add([spanOf({ trace: 4, id: 1, startMs: 4000, failed: true, name: 'pay 13' })]);
    store.add([spanOf({ trace: 5, id: 1, startMs: 5000 })]);
    const { groups } = store.errors({});
    expect(groups.map(({ type, message, frame, count }) => ({ type, message, frame, count }))).toEqual([
      { type: 'error', message: 'pay 13 failed', frame: undefined, count: 2 },
      { type: 'TypeError', message: 'two', frame: 'loadUser (users.js:12)', count: 2 },
    ]);
    expect(groups[1]).toMatchObject({
      firstMs: epochMs + 1010,
      lastMs: epochMs + 2010,
      services: ['shop'],
      operations: ['GET /'],
      samples: [
        { traceId: idOf(2), spanId: '0000000000000001' },
        { traceId: idOf(1), spanId: '0000000000000001' },
      ],
    });
    expect(store.errors({ startMs: epochMs + 2000, endMs: epochMs + 2500 }).groups).toMatchObject([{ count: 1 }]);
  });

  describe('room', () => {
    test('is made by number, the oldest first, and told by service', () => {
      const store = open({ maxSpans: 40 });
      for (let trace = 1; trace <= 30; trace++) {
        nowMs++;
        store.add(shopTrace(trace));
      }
      const { spanCount, traceCount, evicted } = store.counts();
      expect(spanCount).toBeLessThanOrEqual(40);
      expect(traceCount).toBeGreaterThanOrEqual(9);
      expect(store.list({ limit: 1000 }).traces.map(({ traceId }) => traceId)).toEqual(
        Array.from({ length: traceCount }, (_, index) => idOf(30 - index)),
      );
      expect(evicted).toEqual({ gateway: 2 * (30 - traceCount), orders: 2 * (30 - traceCount) });
      expect(idsOf(store, 'service:orders')).toHaveLength(traceCount);
      expect(store.spans(idOf(1))).toEqual([]);
    });

    test('is made by the service that has most, so that the others keep theirs', () => {
      const store = open({ maxSpans: 100 });
      for (let trace = 1; trace <= 10; trace++) store.add([spanOf({ trace, id: 1, service: 'quiet', startMs: trace })]);
      for (let trace = 100; trace < 400; trace++) {
        nowMs++;
        store.add([spanOf({ trace, id: 1, service: 'noisy', startMs: trace })]);
      }
      expect(idsOf(store, 'service:quiet')).toHaveLength(10);
      expect(store.counts().evicted.quiet).toBeUndefined();
      expect(store.spans(idOf(399))).toHaveLength(1);
      expect(store.services()).toEqual(['noisy', 'quiet']);
    });

    test('is made by traces without errors, until those with errors are half', () => {
      const store = open({ maxSpans: 100 });
      for (let trace = 1; trace <= 1000; trace++) {
        nowMs++;
        store.add([spanOf({ trace, id: 1, startMs: trace, failed: trace % 20 === 0 })]);
      }
      const failed = idsOf(store, 'status:error');
      expect(failed.length).toBeGreaterThan(40);
      expect(store.spans(idOf(999))).toHaveLength(1);
      for (let trace = 1001; trace <= 1300; trace++) {
        nowMs++;
        store.add([spanOf({ trace, id: 1, startMs: trace, failed: true })]);
      }
      store.add([spanOf({ trace: 2000, id: 1, startMs: 2000 })]);
      expect(store.spans(idOf(2000))).toHaveLength(1);
      expect(store.spans(idOf(1300))).toHaveLength(1);
    });

    test('is made by age since a trace last grew', () => {
      const store = open({ maxAgeMs: 600_000 });
      store.add([spanOf({ trace: 1, id: 1, startMs: 1 })]);
      store.add([spanOf({ trace: 2, id: 1, startMs: 2 })]);
      nowMs += 400_000;
      store.add([spanOf({ trace: 2, id: 2, parent: 1, startMs: 3 })]);
      nowMs += 400_000;
      store.add([spanOf({ trace: 3, id: 1, startMs: 4 })]);
      expect(store.list({}).traces.map(({ traceId }) => traceId)).toEqual([3, 2].map(idOf));
      expect(store.counts()).toMatchObject({ spanCount: 3, traceCount: 2, evicted: { shop: 1 } });
    });

    test('is made by bytes', () => {
      const store = open({ maxBytes: 2_000_000 });
      const text = (index: number): string =>
        Array.from({ length: 200 }, (_, at) => (index * 7919 + at * 104_729).toString(36)).join('');
      for (let trace = 1; trace <= 3000; trace++) {
        nowMs++;
        store.add([spanOf({ trace, id: 1, startMs: trace, attributes: { text: text(trace) } })]);
      }
      const { byteCount, evicted, traceCount } = store.counts();
      expect(byteCount).toBeLessThanOrEqual(2_200_000);
      expect(evicted.shop).toBe(3000 - traceCount);
      expect(traceCount).toBeGreaterThan(200);
      expect(store.spans(idOf(3000))).toHaveLength(1);
    });
  });

  test('is empty after it was cleared, and takes new spans', () => {
    const store = open();
    store.add(shopTrace(1));
    store.clear();
    expect(store.counts()).toMatchObject({ spanCount: 0, traceCount: 0 });
    expect([store.list({}).traces, store.services(), store.operations({}).operations]).toEqual([[], [], []]);
    expect([store.errors({}).groups, store.map({}).services, store.spans(idOf(1))]).toEqual([[], [], []]);
    store.add(shopTrace(1));
    expect(store.spans(idOf(1))).toEqual(shopTrace(1));
    expect(store.counts()).toMatchObject({ spanCount: 4, traceCount: 1 });
  });
}
