import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import type { Attributes, Span, SpanEvent, SpanLink, Value } from '../model/span.ts';
import { decodeSpans } from './decode-spans.ts';

const requestType = protobuf
  .parse(readFileSync(join(__dirname, 'fixtures/trace-service.proto'), 'utf8'))
  .root.lookupType('ExportTraceServiceRequest');

/** OTLP's JSON encoded as protobuf, by the official schema. */
function toProtobuf(request: object): Uint8Array {
  const withBytes = JSON.parse(JSON.stringify(request), (key, value) =>
    /^(traceId|spanId|parentSpanId)$/.test(key) ? Buffer.from(value, 'hex').toString('base64') : value,
  );
  return requestType.encode(requestType.fromObject(withBytes)).finish();
}

function toBytes(request: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(request));
}

const hexDigits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''))
    .filter((id) => !/^0+$/.test(id));

const nanos = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }).map(String);
const count = fc.integer({ min: 1, max: 2 ** 32 - 1 });

const keys = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'http.route', '0', ''));

const { attributes } = fc.letrec<{ value: Value; attributes: Attributes }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noInteger: true, noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
    fc.integer({ min: -1000, max: 1000 }).map((value): Value => ({ doubleValue: value })),
    fc.constantFrom<Value>({ doubleValue: 'NaN' }, { doubleValue: 'Infinity' }, { doubleValue: '-Infinity' }),
    fc.constantFrom<Value>({ intValue: '9223372036854775807' }, { intValue: '-9223372036854775808' }),
    fc.uint8Array().map((bytes): Value => ({ bytesValue: Buffer.from(bytes).toString('base64') })),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('attributes').map((kvlistValue): Value => ({ kvlistValue })),
  ),
  attributes: fc
    .uniqueArray(fc.tuple(keys, tie('value')), { maxLength: 4, selector: ([key]) => key })
    .map((entries): Attributes => Object.fromEntries(entries)),
}));

const someAttributes = attributes.filter((map) => Object.keys(map).length > 0);
const text = fc.string({ minLength: 1 });
const optional: { requiredKeys: [] } = { requiredKeys: [] };

const event: fc.Arbitrary<SpanEvent> = fc
  .tuple(
    fc.record({ timeUnixNano: nanos, name: fc.string() }),
    fc.record({ attributes: someAttributes, droppedAttributesCount: count }, optional),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const link: fc.Arbitrary<SpanLink> = fc
  .tuple(
    fc.record({ traceId: hexDigits(32), spanId: hexDigits(16) }),
    fc.record({ traceState: text, flags: count, attributes: someAttributes, droppedAttributesCount: count }, optional),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const span: fc.Arbitrary<Span> = fc
  .tuple(
    fc.record({
      traceId: hexDigits(32),
      spanId: hexDigits(16),
      name: fc.string(),
      kind: fc.constantFrom('unspecified', 'internal', 'server', 'client', 'producer', 'consumer'),
      startTimeUnixNano: nanos,
      endTimeUnixNano: nanos,
      attributes,
    }),
    fc.record(
      {
        parentSpanId: hexDigits(16),
        traceState: text,
        flags: count,
        events: fc.array(event, { minLength: 1, maxLength: 3 }),
        links: fc.array(link, { minLength: 1, maxLength: 3 }),
        status: fc.oneof(
          fc.record({ code: fc.constantFrom('unset', 'ok', 'error'), message: text }),
          fc.record({ code: fc.constantFrom('ok', 'error') }),
        ),
        droppedAttributesCount: count,
        droppedEventsCount: count,
        droppedLinksCount: count,
        scope: fc
          .tuple(
            fc.record({ name: text }),
            fc.record({ version: text, attributes: someAttributes, schemaUrl: text }, optional),
          )
          .map(([required, rest]) => ({ ...required, ...rest })),
      },
      optional,
    ),
    fc.record({ attributes, schemaUrl: fc.option(text, { nil: undefined }), dropped: fc.constantFrom(0, 7) }),
    text,
  )
  .map(([required, rest, resource, serviceName]) => ({
    ...required,
    ...rest,
    resource: {
      serviceName,
      attributes: { ...resource.attributes, 'service.name': serviceName },
      ...(resource.schemaUrl !== undefined && { schemaUrl: resource.schemaUrl }),
      ...(resource.dropped > 0 && { droppedAttributesCount: resource.dropped }),
    },
  }));

describe('a request with all that OTLP allows', () => {
  test('is exported unchanged, whether it was JSON or protobuf', () => {
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 4 }), (spans) => {
        const request = toOtlpJson(spans);
        const fromJson = decodeSpans('otlp-json', toBytes(request));
        const fromProtobuf = decodeSpans('otlp-protobuf', toProtobuf(request));
        expect(fromJson).toEqual(fromProtobuf);
        expect(toOtlpJson(fromJson.spans)).toEqual(request);
        const byText = (one: Span, other: Span) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
        const sorted = (list: readonly Span[]) => JSON.parse(JSON.stringify([...list].sort(byText)));
        expect(sorted(fromJson.spans).map(withSortedKeys)).toEqual(sorted(spans).map(withSortedKeys));
      }),
      { numRuns: 200 },
    );
  });

  test('is read with enums by name, and with names in snake_case', () => {
    const request = {
      resource_spans: [
        {
          scope_spans: [
            {
              spans: [
                {
                  trace_id: '4BF92F3577B34DA6A3CE929D0E0E4736',
                  span_id: '00F067AA0BA902B7',
                  parent_span_id: '0000000000000000',
                  name: 'GET /',
                  kind: 'SPAN_KIND_SERVER',
                  start_time_unix_nano: 1_795_381_463_701_250_000, // the nearest double is greater by 48
                  end_time_unix_nano: '1795381463703500001',
                  status: { code: 'STATUS_CODE_ERROR' },
                  attributes: [{ key: 'a', value: { int_value: 7 } }],
                  of_the_future: true,
                },
              ],
            },
          ],
        },
      ],
    };
    expect(decodeSpans('otlp-json', toBytes(request)).spans).toEqual([
      {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        name: 'GET /',
        kind: 'server',
        startTimeUnixNano: '1795381463701250048',
        endTimeUnixNano: '1795381463703500001',
        status: { code: 'error' },
        attributes: { a: 7 },
        resource: { serviceName: 'unknown_service', attributes: {} },
      },
    ]);
  });
});

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, member]) => [key, withSortedKeys(member)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

const good = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'good',
  startTimeUnixNano: '1795381463701250000',
  endTimeUnixNano: '1795381463703500000',
};

function requestOf(...spans: object[]): object {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

describe('a span that is not valid', () => {
  const zeros = '0'.repeat(32);

  test.each([
    ['a trace id of zeros', { traceId: zeros }, `traceId must be 32 hex digits, not all 0, got "${zeros}" (1)`],
    ['a short trace id', { traceId: '4bf9' }, 'traceId must be 32 hex digits, not all 0, got "4bf9" (1)'],
    ['no span id', { spanId: '' }, 'spanId must be 16 hex digits, not all 0, got "" (1)'],
    [
      'a long parent',
      { parentSpanId: 'ab'.repeat(9) },
      `parentSpanId must be 16 hex digits, or absent, got "${'ab'.repeat(9)}" (1)`,
    ],
    ['no start', { startTimeUnixNano: '0' }, 'the start time of "good" is missing (1)'],
  ])('with %s is left out and explained, and the others are kept', (_, change, message) => {
    const request = requestOf({ ...good, ...change }, good);
    for (const decoded of [
      decodeSpans('otlp-json', toBytes(request)),
      decodeSpans('otlp-protobuf', toProtobuf(request)),
    ]) {
      expect(decoded).toMatchObject({ rejectedSpans: 1, message });
      expect(decoded.spans.map(({ name }) => name)).toEqual(['good']);
    }
  });

  test('with ids in base64, as protobuf itself writes JSON, is explained with the sent id', () => {
    const span = { ...good, traceId: 'S/kvNXezTaajzpKdDg5HNg==', spanId: 'APBnqgupArc=' };
    expect(decodeSpans('otlp-json', toBytes(requestOf(span)))).toEqual({
      spans: [],
      rejectedSpans: 1,
      message:
        'traceId must be 32 hex digits, not all 0, got "S/kvNXezTaajzpKdDg5HNg==", which is base64: in JSON, OTLP has hex (1)',
    });
    const { message } = decodeSpans('otlp-json', toBytes(requestOf({ ...good, spanId: span.spanId })));
    expect(message).toBe(
      'spanId must be 16 hex digits, not all 0, got "APBnqgupArc=", which is base64: in JSON, OTLP has hex (1)',
    );
  });

  test('with an end before its start is kept: the analysis reports it', () => {
    const request = requestOf({ ...good, endTimeUnixNano: '1795381463701249999' });
    expect(decodeSpans('otlp-json', toBytes(request))).toMatchObject({ rejectedSpans: 0, spans: [{ name: 'good' }] });
  });
});

describe('a wrong body', () => {
  test.each([
    ['no JSON', '{"resourceSpans":[}', /^The body is not OTLP JSON: Unexpected token '?}/],
    ['a string for a list', '{"resourceSpans":"x"}', 'resourceSpans must be a list, got "x"'],
    ['a list for a request', '[]', 'the body must be an object, got a list'],
    [
      'a number for a name',
      JSON.stringify(requestOf(good, { ...good, name: 7 })),
      'resourceSpans[0].scopeSpans[0].spans[1].name must be a string, got 7',
    ],
    [
      'a time that is a word',
      JSON.stringify(requestOf({ ...good, startTimeUnixNano: 'yesterday' })),
      'resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano must be nanoseconds since 1970 as digits, got "yesterday"',
    ],
    [
      'an int that is too large',
      JSON.stringify(requestOf({ ...good, attributes: [{ key: 'a', value: { intValue: '9223372036854775808' } }] })),
      /attributes\[0\]\.value\.intValue must be a whole number of at most 64 bits/,
    ],
  ])('with %s is refused with the path of the field', (_, body, message) => {
    expect(() => decodeSpans('otlp-json', Buffer.from(body))).toThrow(message);
  });

  test('of protobuf that ends too early is refused with the byte', () => {
    const body = toProtobuf(requestOf(good));
    expect(() => decodeSpans('otlp-protobuf', body.subarray(0, -3))).toThrow(
      /^The body is not OTLP protobuf: at byte \d+ of \d+: a message of \d+ bytes goes beyond the end$/,
    );
  });

  test('of any bytes is read or refused, and has no other effect', () => {
    const formats = fc.constantFrom('otlp-protobuf', 'otlp-json', 'zipkin-json');
    const valid = toProtobuf(requestOf({ ...good, attributes: [{ key: 'a', value: { stringValue: 'b' } }] }));
    const damaged = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 5 }).map((changes) => {
      const body = Uint8Array.from(valid);
      for (const [at, byte] of changes) body[at] = byte;
      return body;
    });
    const json = fc.json().map((text): Uint8Array => Buffer.from(text));
    fc.assert(
      fc.property(formats, fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged, json), (format, body) => {
        try {
          const { spans, rejectedSpans } = decodeSpans(format, body);
          expect(spans.length + rejectedSpans).toBeLessThan(1000);
        } catch (error) {
          expect(error).toMatchObject({ name: 'UnreadableBody', status: 400 });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** protobufjs does not encode as deep a value. Each level is the value and its list. */
function nestedProtobuf(depth: number): Uint8Array {
  const { Writer } = protobuf;
  let value: Uint8Array = new Uint8Array();
  for (let level = 0; level < depth; level++) {
    const list = Writer.create().uint32(10).bytes(value).finish();
    value = Writer.create().uint32(42).bytes(list).finish();
  }
  const attribute = Writer.create().uint32(18).bytes(value).finish();
  const span = Writer.create().uint32(74).bytes(attribute).finish();
  return Writer.create().uint32(10).fork().uint32(18).fork().uint32(18).bytes(span).ldelim().ldelim().finish();
}

function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level++) value = { arrayValue: { values: [value] } };
  return value;
}

describe('a body that would take too much memory', () => {
  test('by nesting is read without its deep values, and does not overflow the stack', () => {
    const bodies = [
      ['otlp-json', toBytes(requestOf({ ...good, attributes: [{ key: 'a', value: nested(500) }] }))],
      ['otlp-protobuf', nestedProtobuf(10_000)],
    ] as const;
    for (const [format, body] of bodies) {
      const { message } = decodeSpans(format, body);
      expect(message).toContain('values deeper than 64 levels (1)');
    }
    expect(() => decodeSpans('otlp-json', Buffer.from('['.repeat(1_000_000)))).toThrow('The body is not OTLP JSON');
    const groups = new Uint8Array(100_000).fill((99 << 3) | (3 & 0xff));
    expect(() => decodeSpans('otlp-protobuf', groups)).toThrow('The body is not OTLP protobuf');
  });

  test('by its number of items is refused as too large', () => {
    // An empty span has two bytes.
    const spans = new Uint8Array(8_000_000);
    for (let at = 0; at < spans.length; at += 2) spans[at] = (2 << 3) | 2;
    const body = protobuf.Writer.create();
    body.uint32(10).fork().uint32(18).bytes(spans).ldelim();
    expect(() => decodeSpans('otlp-protobuf', body.finish())).toThrow(
      expect.objectContaining({ status: 413, message: expect.stringMatching(/^The body has more than 3000000 spans/) }),
    );
    const lists = Buffer.from(`{"resourceSpans":[${'[],'.repeat(6_000_000)}[]]}`);
    expect(() => decodeSpans('otlp-json', lists)).toThrow(
      expect.objectContaining({ status: 413, message: expect.stringMatching(/^This JSON has too many values/) }),
    );
  });
});
