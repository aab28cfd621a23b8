// Values that have no end, or nearly none, are read up to a limit: each call returns, and the rest is counted.
import * as core from './index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { isWaymarkSpan } from './waymark-span.ts';

const exporter = inMemoryExporter();
const tracer = core.createTracer({
  exporter,
  propagators: ['tracecontext', 'baggage'],
  env: {},
  logLevel: 'none',
  flushOnExit: false,
});

beforeEach(() => exporter.reset());

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

function* endless<Value>(value: Value): Generator<Value> {
  for (;;) yield value;
}

/** Looks like an array, with an endless iterator. */
function endlessArray<Value>(value: Value): Value[] {
  return Object.assign([], { [Symbol.iterator]: () => endless(value) });
}

const holes = new Array(1e9);
const manyKeys = new Proxy(
  {},
  {
    ownKeys: () => Array.from({ length: 200_000 }, (_, index) => `k${index}`),
    getOwnPropertyDescriptor: () => ({ value: 'v', enumerable: true, configurable: true }),
    get: () => 'v',
  },
);
const endlessPrototypes: object = new Proxy({}, { getPrototypeOf: () => endlessPrototypes });

test('endless links are dropped, and counted', () => {
  for (const links of [endless({ context: caller }), endlessArray({ context: caller })] as core.Link[][]) {
    const span = tracer.startSpan('s').addLinks(links);
    span.end();
    tracer.startSpan('t', { links: endlessArray({ context: caller }) }).end();
    const [{ links: kept = [], droppedLinksCount } = {}, other] = exporter.spans.slice(-2);
    expect([kept.length, droppedLinksCount]).toEqual([128, 65_536 - 128]);
    expect([other?.links.length, other?.droppedLinksCount]).toEqual([128, 65_536 - 128]);
  }
  expect(tracer.stats().diagnostics['invalid-link']).toBe(4);
});

test('holes in place of links are no links', () => {
  tracer.startSpan('s', { links: holes }).addLinks(holes).end();
  expect(exporter.spans[0]?.links).toEqual([]);
});

test('an array is an attribute up to 65,536 elements', () => {
  const before = tracer.stats().diagnostics['invalid-attribute'] ?? 0;
  tracer
    .startSpan('s', { attributes: { holes, most: new Array(65_536).fill(1) } })
    .setAttribute('endless', endlessArray(1))
    .setAttribute('longer', new Array(65_537).fill(1))
    .setAttributes({ holes })
    .addEvent('e', { holes })
    .end();
  expect(Object.keys(exporter.spans[0]?.attributes ?? {})).toEqual(['most', 'endless']);
  expect(exporter.spans[0]?.attributes.endless).toEqual([]); // its length is 0
  expect(exporter.spans[0]?.attributes.most).toHaveLength(65_536);
  expect(tracer.stats().diagnostics['invalid-attribute']).toBe(before + 4);
});

test('all keys beyond the limit are counted', () => {
  tracer.startSpan('s').setAttributes(manyKeys).end();
  tracer.startSpan('s').setAttribute('a', 1).setAttributes(manyKeys).end();
  tracer.startSpan('s', { attributes: manyKeys }).addEvent('e', manyKeys).end();
  const dropped = exporter.spans.map(({ droppedAttributesCount }) => droppedAttributesCount);
  expect(dropped).toEqual([200_000 - 128, 200_001 - 128, 200_000 - 128]);
});

test('baggage of many entries does not take the square of their time', () => {
  const size = tracer.withSpan('s', () => core.withBaggage(manyKeys, () => core.getAllBaggage().size));
  expect(size).toBe(65_536);
  expect(core.Baggage.from(endless(['a', { value: 'b', properties: [] }])).size).toBe(1);
  expect(core.Baggage.empty.set('a', 'b', holes).size).toBe(0);
});

test('carriers', () => {
  expect(tracer.extract(holes).span).toBeUndefined();
  expect(tracer.extract(endlessArray(['a', 'b'])).span).toBeUndefined();
  const endlessMap = { get: () => undefined, set: () => {}, keys: () => endless('a') };
  expect(tracer.extract(endlessMap).span).toBeUndefined();
  core.withSpan('s', () => core.inject([...new Array(100_000)] as never));
});

test('names', () => {
  tracer
    .startSpan(holes as never)
    .updateName(holes as never)
    .addEvent(holes as never)
    .end();
  expect(exporter.spans[0]?.name).toBe('(a long array)');
});

test('endless prototypes', () => {
  const value = endlessPrototypes as never;
  const below = Object.create(endlessPrototypes) as never;
  for (const given of [value, below]) {
    tracer.startSpan('s', given).addLink(given).end();
    tracer.startSpan('s', { parent: given, attributes: given, links: given, startTime: given }).end(given);
    tracer.withSpan('s', given, (span) => span.recordException(given));
    expect(isWaymarkSpan(given)).toBe(false);
    expect(core.withContext(given, () => 1)).toBe(1);
    expect(core.withContext(core.contextWith(given), () => core.activeSpan())).toBe(given);
    tracer.inject(given);
    tracer.extract(given);
  }
  expect(exporter.spans.length).toBe(6);
});
