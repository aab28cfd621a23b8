// The requests, decoded with an independent library and the official schema.

import { join } from 'node:path';
import fc from 'fast-check';
import { loadSync } from 'protobufjs';
import { type EncodingExporter, encodingExporter } from '../../test/encode-spans.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanExporter } from '../exporter.ts';
import { readSpan, type SpanData } from '../span-data.ts';
import type { Tracer } from '../tracer.ts';
import { version } from '../version.ts';
import { decodeTraceRequest } from './decode-request.ts';
import { jsonFormat } from './json-format.ts';
import { protobufFormat } from './protobuf-format.ts';

// Some tests compare thousands of spans.
jest.setTimeout(30_000);

const schema = loadSync(join(__dirname, 'fixtures/trace-service.proto'));
const requestType = schema.lookupType('ExportTraceServiceRequest');

/** Encodes all spans that end during `make()`, in one request of each format. */
function encode(make: (tracer: Tracer) => void): { protobuf: Buffer; json: Buffer; spans: SpanData[] } {
  const spans: SpanData[] = [];
  const [protobuf, json] = [protobufFormat, jsonFormat].map(encodingExporter) as [EncodingExporter, EncodingExporter];
  const exporter: SpanExporter = {
    ...protobuf,
    export(span) {
      spans.push(readSpan(span));
      for (const each of [protobuf, json]) each.export(span);
    },
  };
  const tracer = createTracer({ serviceName: 'orders', resource: { 'a.list': ['x', 'y'] }, exporter, env: {} });
  make(tracer);
  return { protobuf: protobuf.body(), json: json.body(), spans };
}

/** A protobuf message in the form of OTLP's JSON. */
function readProtobuf(bytes: Buffer): unknown {
  // No unknown or wrong field may be hidden: encoding the message again must give the same bytes.
  const message = requestType.decode(bytes);
  return toJson(requestType.toObject(message, { longs: String }));
}

function toJson(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
}

// The defaults of missing fields, which protobufjs leaves out.
const emptyIfMissing: Readonly<Record<string, unknown>> = {
  name: '',
  message: '',
  startTimeUnixNano: '0',
  endTimeUnixNano: '0',
  timeUnixNano: '0',
};

function readJson(body: Buffer): unknown {
  return JSON.parse(body.toString(), (key, value) => {
    const isMissing = value === emptyIfMissing[key] || (Array.isArray(value) && value.length === 0);
    return isMissing ? undefined : value;
  });
}

function firstSpan(request: unknown): Record<string, unknown> {
  const { resourceSpans } = request as { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] };
  return resourceSpans[0]?.scopeSpans[0]?.spans[0] ?? {};
}

describe('a request', () => {
  test('has every field of the specification', () => {
    const { protobuf, json, spans } = encode((tracer) => {
      const parent = tracer.extract({
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03',
        tracestate: 'vendor=value',
      });
      const span = tracer.startSpan('GET /orders/:id', { kind: 'server', parent, startTime: 1_795_381_463_701.25 });
      span.setAttributes({
        text: 'ü',
        yes: true,
        no: false,
        whole: 42,
        negative: -42,
        half: 0.5,
        list: ['a', null, 'b'],
      });
      span.addEvent('cache.miss', { key: 'k' }, 1_795_381_463_702);
      span.addLink({
        context: { traceId: '1'.repeat(32), spanId: 'f'.repeat(16), traceFlags: 1, traceState: 'a=b', isRemote: true },
        attributes: { why: 'retry' },
      });
      span.setStatus({ code: 'error', message: 'no such order' });
      span.end(1_795_381_463_703.5);
    });

    const expected = {
      resourceSpans: [
        {
          resource: { attributes: expect.arrayContaining([attribute('service.name', { stringValue: 'orders' })]) },
          scopeSpans: [
            {
              scope: { name: '@waymark/core', version },
              spans: [
                {
                  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
                  spanId: spans[0]?.spanId,
                  traceState: 'vendor=value',
                  parentSpanId: '00f067aa0ba902b7',
                  name: 'GET /orders/:id',
                  kind: 2,
                  startTimeUnixNano: '1795381463701250000',
                  endTimeUnixNano: '1795381463703500000',
                  attributes: [
                    attribute('text', { stringValue: 'ü' }),
                    attribute('yes', { boolValue: true }),
                    attribute('no', { boolValue: false }),
                    attribute('whole', { intValue: '42' }),
                    attribute('negative', { intValue: '-42' }),
                    attribute('half', { doubleValue: 0.5 }),
                    attribute('list', { arrayValue: { values: [{ stringValue: 'a' }, {}, { stringValue: 'b' }] } }),
                  ],
                  events: [
                    {
                      timeUnixNano: '1795381463702000000',
                      name: 'cache.miss',
                      attributes: [attribute('key', { stringValue: 'k' })],
                    },
                  ],
                  links: [
                    {
                      traceId: '1'.repeat(32),
                      spanId: 'f'.repeat(16),
                      traceState: 'a=b',
                      attributes: [attribute('why', { stringValue: 'retry' })],
                      flags: 0x301,
                    },
                  ],
                  status: { message: 'no such order', code: 2 },
                  flags: 0x303,
                },
              ],
            },
          ],
        },
      ],
    };
    expect(readProtobuf(protobuf)).toEqual(expected);
    expect(readJson(json)).toEqual(expected);
  });

  test('leaves out empty fields', () => {
    const { protobuf, json, spans } = encode((tracer) => tracer.startSpan('', { startTime: 1e12 }).end(1e12));
    const expected = {
      traceId: spans[0]?.traceId,
      spanId: spans[0]?.spanId,
      kind: 1,
      startTimeUnixNano: '1000000000000000000',
      endTimeUnixNano: '1000000000000000000',
      flags: 0x103,
    };
    expect(firstSpan(readProtobuf(protobuf))).toEqual(expected);
    expect(firstSpan(readJson(json))).toEqual(expected);
  });

  test('has the counts of dropped data', () => {
    const { protobuf, json } = encode((tracer) => {
      const span = tracer.startSpan('full');
      for (let index = 0; index < 130; index++) {
        span.setAttribute(`key${index}`, index).addEvent('event');
        span.addLink({ context: { traceId: '1'.repeat(32), spanId: '1'.repeat(16) } });
      }
      span.end();
    });
    const expected = { droppedAttributesCount: 2, droppedEventsCount: 2, droppedLinksCount: 2 };
    expect(firstSpan(readProtobuf(protobuf))).toMatchObject(expected);
    expect(firstSpan(readJson(json))).toMatchObject(expected);
  });

  test.each([
    ['internal', 1],
    ['server', 2],
    ['client', 3],
    ['producer', 4],
    ['consumer', 5],
  ] as const)('gives the kind %s the number %i', (kind, number) => {
    const { protobuf, json } = encode((tracer) => tracer.startSpan('x', { kind }).end());
    expect(firstSpan(readProtobuf(protobuf)).kind).toBe(number);
    expect(firstSpan(readJson(json)).kind).toBe(number);
  });
});

describe('numbers', () => {
  test.each([
    [0, { intValue: '0' }],
    [-0, { intValue: '0' }],
    [127, { intValue: '127' }],
    [128, { intValue: '128' }],
    [2 ** 31 - 1, { intValue: '2147483647' }],
    [2 ** 31, { intValue: '2147483648' }],
    [-1, { intValue: '-1' }],
    [-(2 ** 31), { intValue: '-2147483648' }],
    [2 ** 32, { intValue: '4294967296' }],
    [-(2 ** 32), { intValue: '-4294967296' }],
    [Number.MAX_SAFE_INTEGER, { intValue: '9007199254740991' }],
    [Number.MIN_SAFE_INTEGER, { intValue: '-9007199254740991' }],
    [2 ** 53, { doubleValue: 2 ** 53 }],
    [1e300, { doubleValue: 1e300 }],
    [0.1, { doubleValue: 0.1 }],
    [Number.MIN_VALUE, { doubleValue: Number.MIN_VALUE }],
    [Number.NaN, { doubleValue: 'NaN' }],
    [Number.POSITIVE_INFINITY, { doubleValue: 'Infinity' }],
    [Number.NEGATIVE_INFINITY, { doubleValue: '-Infinity' }],
  ])('%d is %j', (value, expected) => {
    const { protobuf, json } = encode((tracer) => tracer.startSpan('x', { attributes: { value } }).end());
    expect(firstSpan(readProtobuf(protobuf)).attributes).toEqual([attribute('value', expected)]);
    expect(firstSpan(readJson(json)).attributes).toEqual([attribute('value', expected)]);
  });
});

describe('times', () => {
  test.each([
    [0, '0'],
    [0.25, '250000'],
    [999.9999999, '1000000000'],
    [4_294_967_295.75, '4294967295750000'],
    [1_795_381_463_701.25, '1795381463701250000'],
    // The last bit of a double in this century: a quarter of a microsecond.
    [1_795_381_463_701 + 2 ** -12, '1795381463701000244'],
    [9_223_372_036_854, '9223372036854000000'],
    [1e300, '9223372036854000000'],
  ])('%d ms are %s ns', (timeMs, nanoseconds) => {
    // A Date would lose the fraction, and a small number would count from the start of the process.
    const time: [number, number] = [0, timeMs * 1e6];
    const { protobuf, json } = encode((tracer) => {
      tracer.startSpan('x', { startTime: timeMs >= 1e12 ? timeMs : time }).end(timeMs >= 1e12 ? timeMs : time);
    });
    expect(firstSpan(readProtobuf(protobuf)).startTimeUnixNano ?? '0').toBe(nanoseconds);
    expect(firstSpan(readJson(json)).startTimeUnixNano ?? '0').toBe(nanoseconds);
  });
});

describe('strings', () => {
  // Lengths of strings, and of the messages around them, at which the length takes one more byte.
  const lengths = [
    0, 1, 24, 25, 100, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 4095, 4096, 16_383, 16_384,
  ];

  test.each(['a', 'ü', '水', '😀', '\ud800', '\u0000', '"', '\\', '\n'])(
    'of %j come through at any length',
    (character) => {
      for (const length of lengths) {
        const text = character.repeat(length);
        const { protobuf, json } = encode((tracer) => tracer.startSpan(text, { attributes: { text } }).end());
        const expected = {
          ...(text !== '' && { name: wellFormed(text) }),
          attributes: [attribute('text', { stringValue: wellFormed(text) })],
        };
        expect(firstSpan(readProtobuf(protobuf))).toMatchObject(expected);
        expect(firstSpan(readJson(json))).toMatchObject(expected);
      }
    },
  );

  test('are keys, however many and however long', () => {
    const keys = ['k', 'ü', '水'].flatMap((character) =>
      [1, 42, 43, 126, 127, 128, 500].map((length) => character.repeat(length)),
    );
    for (let count = 0; count < 2000; count++) keys.push(`key ${count}`);
    for (const key of keys) {
      const { protobuf, json } = encode((tracer) => tracer.startSpan('x', { attributes: { [key]: 1 } }).end());
      expect(firstSpan(readProtobuf(protobuf)).attributes).toEqual([attribute(key, { intValue: '1' })]);
      expect(firstSpan(readJson(json)).attributes).toEqual([attribute(key, { intValue: '1' })]);
    }
  });

  test('are always valid UTF-8', () => {
    const { protobuf, json } = encode((tracer) =>
      tracer.startSpan('\udfff', { attributes: { '\ud800': ['\ud83d'] } }).end(),
    );
    const strict = new TextDecoder('utf-8', { fatal: true });
    expect(() => strict.decode(json)).not.toThrow();
    expect(protobuf.includes(Buffer.from('\ufffd'))).toBe(true);
    expect(readProtobuf(protobuf)).toEqual(readJson(json));
  });
});

describe('any span', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)), // lone surrogates too
  );
  const number = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.integer(), fc.constantFrom(-0, 2 ** 53, -(2 ** 63)));
  const holes = { freq: 3, nil: null };
  const value = fc.oneof(
    text,
    number,
    fc.boolean(),
    fc.array(fc.option(text, holes)),
    fc.array(fc.option(number, holes)),
    fc.array(fc.option(fc.boolean(), holes)),
  );
  const someText = text.filter((characters) => characters !== '');
  // Well-formed, or two of them could become one on the wire.
  const attributes = fc.dictionary(someText.map(wellFormed), value, { maxKeys: 12 });
  const time = fc.double({ min: 1e11, max: 4e12, noNaN: true });
  const spans = fc.array(
    fc.record({
      name: text,
      kind: fc.constantFrom('internal', 'server', 'client', 'producer', 'consumer'),
      attributes,
      startTime: time,
      endTime: time,
      events: fc.array(fc.record({ name: text, attributes, time }), { maxLength: 3 }),
      links: fc.array(attributes, { maxLength: 3 }),
      status: fc.option(
        fc.record({ code: fc.constantFrom('ok', 'error'), message: fc.option(someText, { nil: undefined }) }),
      ),
    }),
    { minLength: 1, maxLength: 5 },
  );

  test('is the same in both encodings, and is read back as it was', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const {
          protobuf,
          json,
          spans: made,
        } = encode((tracer) => {
          for (const { name, kind, attributes, startTime, endTime, events, links, status } of given) {
            const span = tracer.startSpan(name, { kind, attributes, startTime });
            for (const event of events) span.addEvent(event.name, event.attributes, event.time);
            for (const linked of links) span.addLink({ context: span.spanContext(), attributes: linked });
            if (status) span.setStatus(status);
            span.end(endTime);
          }
        });
        expect(readProtobuf(protobuf)).toEqual(readJson(json));
        const expected = made.map(asOnTheWire);
        expect(decodeTraceRequest('application/x-protobuf', protobuf)).toEqual(expected);
        expect(decodeTraceRequest('application/json', json)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

function attribute(key: string, value: object): object {
  return { key, value };
}

/** The string after a round trip through UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function asOnTheWire(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Object.is(value, -0)) return 0; // an integer on the wire has no minus zero
  if (Array.isArray(value)) return value.map(asOnTheWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [wellFormed(key), asOnTheWire(member)]));
}
