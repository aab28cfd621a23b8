// Bytes of one span are copied for the next: a decoded span must not depend on the spans before it.

import fc from 'fast-check';
import { encodingExporter } from '../../test/encode-spans.ts';
import type { Attributes, AttributeValue } from '../attribute-value.ts';
import { createTracer } from '../create-tracer.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { SharedAttributes } from '../shared-attributes.ts';
import type { SpanData } from '../span-data.ts';
import type { Tracer } from '../tracer.ts';
import { decodeTraceRequest } from './decode-request.ts';
import { protobufFormat } from './protobuf-format.ts';

interface Written {
  readonly name: string;
  readonly attributes: Attributes;
}

/** A tracer whose spans are written one after the other, and decoded at the end. */
function startWriting(env: Record<string, string> = {}): { readonly tracer: Tracer; read(): SpanData[] } {
  const exporter = encodingExporter(protobufFormat);
  const tracer = createTracer({ env, exporter });
  return { tracer, read: () => decodeTraceRequest('application/x-protobuf', exporter.body()) };
}

function readBack(spans: readonly Written[]): Written[] {
  const { tracer, read } = startWriting();
  for (const { name, attributes } of spans) tracer.startSpan(name, { attributes }).end();
  return read().map(({ name, attributes }) => ({ name, attributes: { ...attributes } }));
}

// Enough spans to make several models.
function repeated(name: string, ...each: Attributes[]): Written[] {
  return Array.from({ length: 24 }, () => each.map((attributes) => ({ name, attributes }))).flat();
}

test.each<[string, readonly AttributeValue[]]>([
  ['the same text', ['GET']],
  ['alternating strings', ['GET', 'PUT']],
  ['strings that are not ASCII', ['naïve', 'naïve', '日本', 'a text that is longer than a slice, naïve']],
  ['long texts', ['x'.repeat(300), 'y'.repeat(300)]],
  ['a text too long to be kept', ['x'.repeat(3000), 'x'.repeat(3000)]],
  ['a number, a text and a boolean that look alike', [1, '1', true]],
  ['zeros of both signs', [0, -0]],
  ['numbers of all sizes', [-1, -1, 2 ** 40, 2 ** 40, 0.5, 0.5]],
  ['lists, which are never the same', ['a', ['a'], ['a'], ['b'], [1, 2]]],
])('reads back what was written: %s', (title, values) => {
  const spans = repeated(title, ...values.map((key) => ({ before: 1, key, behind: 'same' })));
  expect(readBack(spans)).toEqual(spans.map((span) => ({ ...span, attributes: withoutNegativeZero(span.attributes) })));
});

test.each<[string, readonly Attributes[]]>([
  [
    'an optional attribute',
    [
      { a: 1, b: 2, c: 3 },
      { a: 1, x: 0, b: 2, c: 3 },
      { a: 1, c: 3 },
    ],
  ],
  [
    'another order',
    [
      { a: 1, b: 2, c: 3 },
      { c: 3, b: 2, a: 1 },
    ],
  ],
  ['none now and then', [{ a: 1, b: 2 }, {}]],
  ['more than are kept in step', [{ z: 1 }, { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, z: 1 }]],
  [
    'changing values in between',
    [
      { a: 1, b: 2, c: 3, d: 4 },
      { a: 1, b: 9, c: 3, d: 8 },
    ],
  ],
])('reads back what was written, with %s', (title, each) => {
  const spans = repeated(title, ...each);
  expect(readBack(spans)).toEqual(spans);
});

test('reads back spans with more names than are kept', () => {
  const spans = Array.from({ length: 2000 }, (_, index) => ({
    name: `name ${index % 700}`,
    attributes: { index, same: 'same' },
  }));
  expect(readBack(spans)).toEqual(spans);
});

test('reads back random attributes', () => {
  const value = fc.oneof(
    fc.constantFrom<AttributeValue>('GET', 1, true, 0.5, ['a']),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
  );
  const attributes = fc.uniqueArray(fc.tuple(fc.constantFrom(...'abcdef'), value), { selector: ([key]) => key });
  const span = fc.record({
    name: fc.constantFrom('one', 'other'),
    attributes: attributes.map((entries): Attributes => Object.fromEntries(entries)),
  });
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), (spans) => {
      expect(readBack(spans)).toEqual(spans);
    }),
  );
});

/** OTLP has no minus zero among its integers. */
function withoutNegativeZero(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, value === 0 ? 0 : value]));
}

describe('attributes that spans share', () => {
  const common = { 'http.request.method': 'GET', 'server.address': 'shop.example.com', 'server.port': 443 };

  function readShared(
    count: number,
    then: (span: RecordingSpan, index: number) => void,
    env?: Record<string, string>,
  ): SpanData[] {
    const { tracer, read } = startWriting(env);
    const shared = new SharedAttributes(Object.entries(common).flat());
    for (let index = 0; index < count; index++) {
      const span = tracer.startSpan('GET', { parent: null }) as RecordingSpan;
      span.startWith(['url.path', `/${index}`], shared);
      then(span, index);
      span.end();
    }
    return read();
  }

  test('are read back with the span’s own attributes, from the first span to the tenth', () => {
    const spans = readShared(10, (span) => span.setAttribute('http.route', '/:index'));
    expect(spans.map(({ attributes }) => ({ ...attributes }))).toEqual(
      Array.from({ length: 10 }, (_, index) => ({ ...common, 'url.path': `/${index}`, 'http.route': '/:index' })),
    );
  });

  test('are replaced only in the span that sets them', () => {
    const spans = readShared(6, (span, index) => index % 2 === 1 && span.setAttribute('server.port', index));
    expect(spans.map(({ attributes }) => attributes['server.port'])).toEqual([443, 1, 443, 3, 443, 5]);
    expect(spans.map(({ attributes }) => Object.keys(attributes).length)).toEqual([4, 4, 4, 4, 4, 4]);
  });

  test('count towards the limit', () => {
    const setMany = (span: RecordingSpan): void => {
      for (let index = 0; index < 200; index++) span.setAttribute(`key${index}`, index);
    };
    const [within] = readShared(1, setMany);
    expect(Object.keys(within?.attributes ?? {})).toHaveLength(128);
    expect(within).toMatchObject({ attributes: { ...common, key123: 123 }, droppedAttributesCount: 76 });
    const [few] = readShared(1, setMany, { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2' });
    expect({ ...few?.attributes }).toEqual({ 'http.request.method': 'GET', 'server.address': 'shop.example.com' });
    expect(few?.droppedAttributesCount).toBe(202);
    const [short] = readShared(1, () => {}, { OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '4' });
    expect({ ...short?.attributes }).toMatchObject({ 'server.address': 'shop', 'url.path': '/0' });
  });
});
