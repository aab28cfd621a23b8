// Any value of an attribute in both encodings, read by protobufjs, which knows nothing of our code.
import { join } from 'node:path';
import fc from 'fast-check';
import { loadSync } from 'protobufjs';
import { encodingExporter } from '../../test/encode-spans.ts';
import type { AttributeValue } from '../attribute-value.ts';
import { copyAttributeValue, noValueLimits, usualDepth } from '../copy-attribute-value.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanFormat } from '../sending/span-format.ts';
import { jsonFormat } from './json-format.ts';
import { protobufFormat } from './protobuf-format.ts';

const type = loadSync(join(__dirname, 'fixtures/trace-service.proto')).lookupType('ExportTraceServiceRequest');

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly bytesValue?: string;
}

interface KeyValue {
  /** Absent if it is empty. */
  readonly key?: string;
  readonly value: AnyValue;
}

/** Numbers are distinct from bigints, and minus zero is 0: OTLP's int has none. */
function readAny(value: AnyValue): unknown {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return BigInt(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (value.bytesValue !== undefined) return { bytes: value.bytesValue };
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readAny);
  if (value.kvlistValue !== undefined) return { map: readPairs(value.kvlistValue.values ?? []) };
  return null;
}

function readPairs(pairs: readonly KeyValue[]): unknown {
  return pairs.map(({ key = '', value }) => [key, readAny(value)]);
}

/** UTF-8 has no lone surrogates. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** The same form of a value that was kept. */
function expected(value: AttributeValue | undefined): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return BigInt(value as number);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(expected);
  return { map: Object.entries(value).map(([key, part]) => [wellFormed(key), expected(part)]) };
}

const spansOf = {
  'http/protobuf': (body: Buffer) => type.toObject(type.decode(body), { longs: String, bytes: String }),
  'http/json': (body: Buffer) => JSON.parse(body.toString()),
};

const anyValue = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 4,
});

describe.each([
  ['http/protobuf', protobufFormat],
  ['http/json', jsonFormat],
] as const)('%s', (protocol, format) => {
  test('any value is read as it was kept, from the first span of a name to the fifth', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), anyValue, { maxKeys: 5 }), (attributes) => {
        const kept = Object.entries(attributes)
          .map(([key, value]) => [key, copyAttributeValue(key, value, noValueLimits, { count() {} })] as const)
          .filter(([, value]) => value !== undefined)
          .map(([key, value]) => [wellFormed(key), expected(value)]);
        for (const span of encoded(protocol, format, attributes)) {
          expect(readPairs(span.attributes ?? [])).toEqual(kept);
          expect(readPairs(span.events[0]?.attributes ?? [])).toEqual(kept);
          expect(readPairs(span.links[0]?.attributes ?? [])).toEqual(kept);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('a value of the greatest depth is within the limit of protobuf parsers, in an event too', () => {
  let attributes: Record<string, unknown> = {};
  for (let level = 0; level <= usualDepth; level++) attributes = { a: attributes };
  const [span] = encoded('http/protobuf', protobufFormat, attributes); // protobufjs stops at 100 messages, as most parsers do
  const text = JSON.stringify(span?.events[0]?.attributes);
  expect(text.match(/kvlistValue/g)).toHaveLength(usualDepth);
});

interface ReadSpan {
  readonly attributes?: readonly KeyValue[];
  readonly events: readonly { readonly attributes?: readonly KeyValue[] }[];
  readonly links: readonly { readonly attributes?: readonly KeyValue[] }[];
}

const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

/** Five spans of one name: their attributes are written in runs from the third on. */
function encoded(
  protocol: keyof typeof spansOf,
  format: SpanFormat,
  attributes: Readonly<Record<string, unknown>>,
): readonly ReadSpan[] {
  const exporter = encodingExporter(format);
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });
  for (let count = 0; count < 5; count++) {
    tracer
      .startSpan('s', { attributes, links: [{ context, attributes }] })
      .addEvent('e', attributes)
      .end();
  }
  return spansOf[protocol](exporter.body()).resourceSpans[0].scopeSpans[0].spans;
}
