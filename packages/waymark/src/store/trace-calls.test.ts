import fc from 'fast-check';
import type { SpanKind } from '../model/span.ts';
import type { SpanFacts } from './span-facts.ts';
import { createTraceCalls } from './trace-calls.ts';
import { createTraceFailures } from './trace-failures.ts';

interface Sketch {
  readonly id: number | string;
  readonly parent?: number | string | undefined;
  readonly service?: string;
  readonly kind?: SpanKind;
  readonly peer?: string | undefined;
  readonly name?: string;
}

function factsOf({ id, parent, service = 'shop', kind = 'internal', peer, name = 'work' }: Sketch): SpanFacts {
  return {
    spanId: String(id),
    parentSpanId: parent === undefined ? undefined : String(parent),
    serviceName: service,
    name,
    kind,
    startNano: '1',
    endNano: '2',
    startMs: 0,
    durationMs: 1,
    hasFailed: false,
    failure: undefined,
    isOk: false,
    peer,
  };
}

/** The counts after these spans have arrived in this order, and the number of changes. */
function count(spans: readonly Sketch[]) {
  const calls = createTraceCalls(createTraceFailures());
  const counts = new Map<string, number>();
  let changeCount = 0;
  const isNew = spans.map((span) =>
    calls.add(factsOf(span), (series, _, sign) => {
      changeCount++;
      const left = (counts.get(series) ?? 0) + sign;
      if (left === 0) counts.delete(series);
      else counts.set(series, left);
    }),
  );
  return { counts: Object.fromEntries([...counts].sort()), changeCount, isNew };
}

/** Counts all spans of a trace at once. In a sound trace an id belongs to one span, or to both sides of a call. */
function countAtOnce(spans: readonly Sketch[]): Record<string, number> {
  const counts = new Map<string, number>();
  const note = (...series: string[]): void => {
    const text = JSON.stringify(series);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  };
  const callerOf = ({ id, parent, kind, service }: Sketch): Sketch | undefined => {
    const client = spans.find((one) => one.id === id && one.kind === 'client');
    if (kind === 'server' && client !== undefined) return client;
    const found = spans.filter((one) => one.id === parent);
    return found.find((one) => one.service === service) ?? found.find((one) => one.kind === 'server') ?? found[0];
  };
  const called = new Set<unknown>();
  for (const span of spans) {
    const caller = callerOf(span);
    const isOtherSide = span.kind === 'server' || span.kind === 'consumer';
    if (caller !== undefined && (isOtherSide || caller.service !== span.service)) called.add(caller.id);
  }
  for (const span of spans) {
    const { service = '', peer } = span;
    const caller = callerOf(span);
    if (caller?.service !== service) note('entry', service);
    if (caller !== undefined && caller.service !== service) note('edge', caller.service ?? '', service);
    const isDirect = caller !== undefined && caller.service !== service;
    if (span.kind === 'consumer' && peer !== undefined && !isDirect) note('edge', peer, service);
    if (peer === undefined || span.kind === 'consumer' || called.has(span.id)) continue;
    note('external', peer);
    note('edge', service, peer);
  }
  return Object.fromEntries([...counts].sort());
}

const services = ['gateway', 'orders', 'users'];
const kinds: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];

/**
 * A tree: the parent of each span is an earlier span, or is missing. Some clients have the server's side under the same
 * id.
 */
const trace = fc
  .array(
    fc.record({
      parent: fc.nat(),
      service: fc.constantFrom(...services),
      kind: fc.constantFrom(...kinds),
      hasPeer: fc.boolean(),
      isShared: fc.boolean(),
      isOrphan: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((drawn) =>
    drawn.flatMap(({ parent, service, kind, hasPeer, isShared, isOrphan }, id): Sketch[] => {
      const isCaller = kind === 'client' || kind === 'producer' || kind === 'consumer';
      const span = {
        id,
        parent: id === 0 ? undefined : isOrphan ? 'missing' : parent % id,
        service,
        kind,
        peer: isCaller && hasPeer ? 'postgresql' : undefined,
      };
      const otherSide = services[(services.indexOf(service) + 1) % services.length] as string;
      return kind === 'client' && isShared
        ? [span, { id, parent: span.parent, service: otherSide, kind: 'server' as const }]
        : [span];
    }),
  );

test('spans are counted alike in any order of arrival', () => {
  const check = fc.property(
    trace.chain((spans) => fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length }))),
    ([spans, shuffled]) => {
      expect(count(shuffled).counts).toEqual(countAtOnce(spans));
      expect(count(spans).counts).toEqual(countAtOnce(spans));
    },
  );
  fc.assert(check, { numRuns: 500 });
});

test('a span that is delivered again changes nothing; a span that differs in any field is another one', () => {
  const one: Sketch = { id: 1, kind: 'client', peer: 'redis' };
  const all = [one, one, { ...one, name: 'other' }, { ...one, service: 'other' }, { ...one, parent: 7 }, one];
  expect(count(all).isNew).toEqual([true, false, true, true, true, false]);
});

describe('the cost of a span does not depend on the number of spans', () => {
  const spanCount = 20_000;
  const numbers = Array.from({ length: spanCount }, (_, index) => index);
  const star = numbers.map((id): Sketch => ({ id, parent: id === 0 ? undefined : 0 }));
  const chain = numbers.map((id): Sketch => ({ id, parent: id === 0 ? undefined : id - 1 }));
  const calls = numbers.map((id): Sketch => ({ id, parent: 0, service: id === 0 ? 'a' : 'b', kind: 'server' }));
  const peers = numbers.map(
    (id): Sketch => ({ id, parent: id === 0 ? undefined : 0, kind: 'client', peer: 'postgresql' }),
  );
  const oneId = numbers.map(
    (number): Sketch => ({
      id: 1,
      parent: number % 3 === 0 ? 2 : 1,
      name: `${number}`,
      service: services[number % 3] as string,
      kind: kinds[number % 5] as SpanKind,
      peer: number % 5 === 2 ? 'redis' : undefined,
    }),
  );
  // Every second span has the id of the parent of all.
  const newParents = numbers.map(
    (number): Sketch =>
      number % 2 === 0
        ? { id: 'root', name: `${number}`, service: `service ${number}`, kind: 'server' }
        : { id: number, parent: 'root' },
  );

  test.each([
    ['a root with all other spans below it', star],
    ['each span below the one before', chain],
    ['calls from one span', calls],
    ['calls to targets that send no spans', peers],
    ['one id for all spans', oneId],
    ['more and more parents of one id', newParents],
  ])('%s', (_, spans) => {
    for (const ordered of [spans, spans.toReversed()]) {
      const { changeCount, isNew } = count(ordered);
      expect(isNew).toEqual(spans.map(() => true));
      expect(changeCount).toBeLessThan(40 * spanCount); // 8 parents, each with 5 changes
    }
  });
});
