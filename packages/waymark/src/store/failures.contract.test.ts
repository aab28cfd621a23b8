/** Errors are counted by failure, not by span: in lists, groups and the analysis alike, in any order of arrival. */

import fc from 'fast-check';
import { setUpStores, storeKinds } from '../../test/each-store.ts';
import { analyseTrace } from '../analysis/analyse-trace.ts';
import { toOutline } from '../analysis/to-outline.ts';
import type { Span, SpanKind } from '../model/span.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import type { TraceStore } from './trace-store.ts';

const nowMs = Date.UTC(2026, 10, 30, 12);
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const stores = setUpStores();

describe.each(storeKinds)('store %s', (kind) => {
  const open = (path?: string): TraceStore =>
    stores.open(kind, { now: () => nowMs, ...(path !== undefined && { path }) });

  /** The counts in the list, its services, the error groups and the analysis. All of them must agree. */
  function counted(store: TraceStore) {
    const [summary] = store.list({}).traces;
    const spans = store.spans(traceId);
    const { groups } = store.errors({});
    const origins = analyseTrace(toOutline(spans)).errorOrigins;
    return {
      list: summary?.errorCount,
      services: summary?.services.flatMap(({ name, errorCount }) => (errorCount > 0 ? [`${name} ${errorCount}`] : [])),
      groups: groups.map(({ type, message, count, services, samples }) => ({
        error: `${type}: ${message}`,
        count,
        services,
        spans: samples.map(({ spanId }) => Number(spanId)).sort(),
      })),
      analysis: origins.length,
    };
  }

  const [bug, refused] = [exception('TypeError', 'x is undefined'), exception('Error', 'connect ECONNREFUSED')];

  test.each<readonly [string, readonly Sketch[], readonly (readonly [string, number, string[], number[]])[]]>([
    [
      'an exception that passes through three spans',
      [
        { id: 1, service: 'shop', ...bug },
        { id: 2, parent: 1, service: 'shop', kind: 'internal', ...bug },
        { id: 3, parent: 2, service: 'shop', kind: 'internal', ...bug },
      ],
      [['TypeError: x is undefined', 1, ['shop'], [3]]],
    ],
    [
      'a status that passes up through services',
      [
        { id: 1, service: 'gateway', status: '500' },
        { id: 2, parent: 1, service: 'gateway', kind: 'client', status: '500' },
        { id: 3, parent: 2, service: 'orders', ...bug },
      ],
      [['TypeError: x is undefined', 1, ['orders'], [3]]],
    ],
    [
      'spans in between that did not fail',
      [
        { id: 1, service: 'gateway', status: '500' },
        { id: 2, parent: 1, service: 'gateway', kind: 'internal' },
        { id: 3, parent: 2, service: 'gateway', kind: 'internal' },
        { id: 4, parent: 3, service: 'gateway', kind: 'client', ...refused },
      ],
      [['Error: connect ECONNREFUSED', 1, ['gateway'], [4]]],
    ],
    [
      'a handled failure, and a second failure',
      [
        { id: 1, service: 'gateway', status: '500' },
        { id: 2, parent: 1, service: 'gateway', kind: 'internal', isOk: true },
        { id: 3, parent: 2, service: 'gateway', kind: 'client', ...refused },
      ],
      [
        ['500: ', 1, ['gateway'], [1]],
        ['Error: connect ECONNREFUSED', 1, ['gateway'], [3]],
      ],
    ],
    [
      'two different failures',
      [
        { id: 1, service: 'shop', ...bug },
        { id: 2, parent: 1, service: 'shop', kind: 'client', ...refused },
      ],
      [
        ['Error: connect ECONNREFUSED', 1, ['shop'], [2]],
        ['TypeError: x is undefined', 1, ['shop'], [1]],
      ],
    ],
    [
      'a retry that fails three times',
      [
        { id: 1, service: 'shop', ...refused },
        { id: 2, parent: 1, service: 'shop', kind: 'client', ...refused },
        { id: 3, parent: 1, service: 'shop', kind: 'client', ...refused },
        { id: 4, parent: 1, service: 'shop', kind: 'client', ...refused },
      ],
      [['Error: connect ECONNREFUSED', 3, ['shop'], [2, 3, 4]]],
    ],
    [
      "both sides of a call of Zipkin's, with one id",
      [
        { id: 1, service: 'gateway', status: '500' },
        { id: 2, parent: 1, service: 'gateway', kind: 'client', status: '500' },
        { id: 2, parent: 1, service: 'orders', ...bug },
      ],
      [['TypeError: x is undefined', 1, ['orders'], [2]]],
    ],
    [
      'a recorded exception that is not a failure',
      [
        { id: 1, service: 'shop' },
        { id: 2, parent: 1, service: 'shop', kind: 'internal', ...bug, status: undefined },
      ],
      [],
    ],
  ])('%s', (_, sketches, expected) => {
    const expectedAll = {
      list: expected.reduce((sum, [, count]) => sum + count, 0),
      services: Object.entries(sumByService(expected)).map(([service, count]) => `${service} ${count}`),
      groups: expected.map(([error, count, services, spans]) => ({ error, count, services, spans })),
      analysis: expected.reduce((sum, [, count]) => sum + count, 0),
    };
    const inOrder = (groups: ReturnType<typeof counted>['groups']) =>
      groups.toSorted((one, other) => (one.error < other.error ? -1 : 1));
    const spans = sketches.map(spanOf);
    for (const order of orders(spans)) {
      const oneByOne = open();
      for (const span of order) oneByOne.add([span]);
      const { groups, ...counts } = counted(oneByOne);
      expect({ ...counts, groups: inOrder(groups) }).toEqual({ ...expectedAll, groups: inOrder(expectedAll.groups) });
      const atOnce = open();
      atOnce.add(order);
      expect(inOrder(counted(atOnce).groups)).toEqual(inOrder(expectedAll.groups));
    }
  });

  test('spans in a circle of parents have one failure', () => {
    const store = open();
    store.add([spanOf({ id: 1, parent: 2, service: 'shop', ...bug })]);
    store.add([spanOf({ id: 2, parent: 1, service: 'shop', ...bug })]);
    expect(store.errors({}).groups).toMatchObject([{ count: 1 }]);
    expect(store.list({}).traces).toMatchObject([{ errorCount: 1 }]);
  });

  if (kind !== 'memory') {
    test('a trace that is read from the file again continues where it was', () => {
      const path = stores.newPath();
      const first = open(path);
      first.add([spanOf({ id: 3, parent: 2, service: 'orders', ...bug })]);
      first.add([spanOf({ id: 2, parent: 1, service: 'gateway', kind: 'client', ...refused })]);
      first.close();
      const second = open(path);
      second.add([spanOf({ id: 1, service: 'gateway', ...refused })]);
      expect(counted(second)).toMatchObject({ list: 2, services: ['orders 1', 'gateway 1'].sort(), analysis: 2 });
      second.add([spanOf({ id: 4, parent: 3, service: 'orders', kind: 'internal', ...bug })]);
      expect(
        counted(second)
          .groups.map(({ error, spans }) => [error, spans])
          .sort(),
      ).toEqual([
        ['Error: connect ECONNREFUSED', [2]],
        ['TypeError: x is undefined', [4]],
      ]);
    });
  }
});

test('the store and the analysis count alike, in any order of arrival', () => {
  const error = fc.constantFrom(
    {},
    { status: '500' },
    exception('TypeError', 'x'),
    exception('Error', 'longer message'),
  );
  const sketch = fc.record({ parent: fc.nat(), error, isFailed: fc.boolean(), isOk: fc.boolean(), rank: fc.nat() });
  const check = fc.property(fc.array(sketch, { minLength: 1, maxLength: 14 }), (drawn) => {
    const spans = drawn.map(({ parent, error: drawnError, isFailed, isOk }, index) =>
      spanOf({
        id: index + 1,
        ...(index > 0 && { parent: (parent % index) + 1 }),
        service: 'shop',
        kind: 'internal',
        ...(isFailed ? { status: 'error', ...drawnError } : { isOk }),
      }),
    );
    const order = spans
      .map((span, index) => ({ span, rank: drawn[index]?.rank ?? 0 }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ span }) => span);
    const store = createMemoryStore({}, () => nowMs);
    for (const span of order) store.add([span]);
    const outline = toOutline(spans);
    const origins = analyseTrace(outline).errorOrigins.map((span) => outline.spanIds[span]);
    const [summary] = store.list({}).traces;
    expect(summary?.errorCount).toBe(origins.length);
    const sampled = store.errors({}).groups.flatMap(({ samples }) => samples.map(({ spanId }) => spanId));
    expect(sampled.sort()).toEqual(origins.sort());
  });
  fc.assert(check);
});

interface Sketch {
  readonly id: number;
  readonly parent?: number;
  readonly service: string;
  readonly kind?: SpanKind;
  /** The `error.type` of a failed span. */
  readonly status?: string | undefined;
  readonly exception?: { readonly type: string; readonly message: string };
  readonly isOk?: boolean;
}

function exception(type: string, message: string): Pick<Sketch, 'status' | 'exception'> {
  return { status: 'error', exception: { type, message } };
}

function spanOf({ id, parent, service, kind = 'server', status, exception: thrown, isOk }: Sketch): Span {
  const nano = (ms: number) => `${nowMs - 1000 + ms}000000`;
  return {
    traceId,
    spanId: String(id).padStart(16, '0'),
    ...(parent !== undefined && { parentSpanId: String(parent).padStart(16, '0') }),
    name: `${service} ${id}`,
    kind,
    startTimeUnixNano: nano(id),
    endTimeUnixNano: nano(100 - id),
    attributes: status === undefined || status === 'error' ? {} : { 'error.type': status },
    ...(thrown && {
      events: [
        {
          timeUnixNano: nano(50),
          name: 'exception',
          attributes: { 'exception.type': thrown.type, 'exception.message': thrown.message },
        },
      ],
    }),
    ...(status !== undefined && { status: { code: 'error' as const } }),
    ...(isOk && { status: { code: 'ok' as const } }),
    resource: { serviceName: service, attributes: { 'service.name': service } },
  };
}

/** All orders of up to four spans. */
function orders(spans: readonly Span[]): Span[][] {
  if (spans.length < 2) return [[...spans]];
  return spans.flatMap((span, index) => orders(spans.toSpliced(index, 1)).map((rest) => [span, ...rest]));
}

function sumByService(expected: readonly (readonly [string, number, string[], number[]])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [, count, [service = '']] of expected) sums[service] = (sums[service] ?? 0) + count;
  return sums;
}
