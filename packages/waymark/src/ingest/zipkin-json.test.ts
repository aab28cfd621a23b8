import fc from 'fast-check';
import { toZipkinJson, type ZipkinEndpoint, type ZipkinSpan } from '../export/to-zipkin-json.ts';
import { readAnnotation, toAnnotation } from '../model/zipkin-annotation.ts';
import { decodeSpans } from './decode-spans.ts';

function decode(...spans: unknown[]) {
  return decodeSpans('zipkin-json', Buffer.from(JSON.stringify(spans)));
}

const span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  id: '00f067aa0ba902b7',
  parentId: 'a2fb4a1d1a96d312',
  kind: 'CLIENT',
  name: 'get /users',
  timestamp: 1_795_381_463_701_250,
  duration: 2250,
  shared: true,
  debug: true,
  localEndpoint: { serviceName: 'gateway', ipv4: '10.0.0.1', port: 8080 },
  remoteEndpoint: { serviceName: 'users', ipv6: '2001:db8::c001', port: 9000 },
  annotations: [{ timestamp: 1_795_381_463_702_000, value: 'ws' }],
  tags: { 'http.path': '/users', error: 'timed out' },
} satisfies ZipkinSpan & Record<string, unknown>;

test("is translated to OpenTelemetry's names, with attributes for the rest", () => {
  expect(decode(span).spans).toEqual([
    {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      parentSpanId: 'a2fb4a1d1a96d312',
      kind: 'client',
      name: 'get /users',
      startTimeUnixNano: '1795381463701250000',
      endTimeUnixNano: '1795381463703500000',
      status: { code: 'error', message: 'timed out' },
      attributes: {
        'http.path': '/users',
        error: 'timed out',
        'peer.service': 'users',
        'zipkin.remote_endpoint': { kvlistValue: { ipv6: '2001:db8::c001', port: 9000 } },
        'zipkin.debug': true,
        'zipkin.shared': true,
      },
      events: [{ timeUnixNano: '1795381463702000000', name: 'ws' }],
      resource: {
        serviceName: 'gateway',
        attributes: {
          'service.name': 'gateway',
          'zipkin.local_endpoint': { kvlistValue: { ipv4: '10.0.0.1', port: 8080 } },
        },
      },
    },
  ]);
});

test.each([
  'cache.miss|{"key":"7","count":2,"list":["a"],"map":{"a":null}}|0', // the form of Waymark and the Collector
  '"cache.miss": {"key":"7","count":2,"list":["a"],"map":{"a":null}}', // the form of OpenTelemetry's exporters
])("with an annotation that holds an event's attributes gives the event: %s", (value) => {
  const [read] = decode({ ...span, annotations: [{ timestamp: 1, value }] }).spans;
  expect(read?.events).toEqual([
    {
      timeUnixNano: '1000',
      name: 'cache.miss',
      attributes: { key: '7', count: 2, list: ['a'], map: { kvlistValue: { a: null } } },
    },
  ]);
});

const hexDigits = (length: number) =>
  fc
    .array(fc.integer({ min: 1, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''));

const text = fc.string({ minLength: 1 });
const microseconds = fc.integer({ min: 1, max: 2 ** 51 });
const optional: { requiredKeys: [] } = { requiredKeys: [] };
const endpoint: fc.Arbitrary<ZipkinEndpoint> = fc
  .record({ serviceName: text, ipv4: fc.ipV4(), ipv6: fc.ipV6(), port: fc.integer({ min: 1, max: 65_535 }) }, optional)
  .filter((fields) => Object.keys(fields).length > 0);

const annotation = fc.oneof(
  text,
  fc.tuple(text, fc.json()).map(([name, json]) => `${JSON.stringify(name)}: ${json}`),
  fc
    .tuple(text, fc.dictionary(text, fc.jsonValue()))
    .map(([name, map]) => `${JSON.stringify(name)}: ${JSON.stringify(map)}`),
  fc
    .tuple(text, fc.dictionary(text, fc.jsonValue()), fc.nat())
    .map(([name, map, dropped]) => `${name}|${JSON.stringify(map)}|${dropped}`),
);

/** An event in the form of OpenTelemetry's specification is returned in the Collector's form. */
function inOneForm(sent: ZipkinSpan): ZipkinSpan {
  const annotations = sent.annotations?.map(({ timestamp, value }) => {
    const event = readAnnotation(value);
    const isSpecified = event.attributes !== undefined && value.startsWith('"') && value.endsWith('}');
    return { timestamp, value: isSpecified ? toAnnotation(event) : value };
  });
  return JSON.parse(JSON.stringify(annotations === undefined ? sent : { ...sent, annotations }));
}

const zipkinSpan: fc.Arbitrary<ZipkinSpan> = fc
  .tuple(
    fc.record({ traceId: fc.oneof(hexDigits(16), hexDigits(32)), id: hexDigits(16) }),
    fc.record(
      {
        parentId: hexDigits(16),
        kind: fc.constantFrom('CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'),
        name: text,
        timestamp: microseconds,
        duration: microseconds,
        debug: fc.constant(true as const),
        shared: fc.constant(true as const),
        localEndpoint: endpoint,
        remoteEndpoint: endpoint,
        annotations: fc.array(fc.record({ timestamp: microseconds, value: annotation }), {
          minLength: 1,
          maxLength: 3,
        }),
        tags: fc.dictionary(fc.oneof(text, fc.constantFrom('error', 'peer.service', '__proto__')), fc.string(), {
          minKeys: 1,
          maxKeys: 4,
        }),
      },
      optional,
    ),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

test('is returned as it was sent', () => {
  fc.assert(
    fc.property(zipkinSpan, (sent) => {
      const { spans, message } = decode(sent);
      expect(message).toBeUndefined();
      const [answered] = spans.map(toZipkinJson);
      expect(answered).toEqual(inOneForm(sent));
    }),
    { numRuns: 1000 },
  );
});

test('has its trace id padded to 128 bits, and shortened again on export', () => {
  const { spans } = decode({ ...span, traceId: 'a3ce929d0e0e4736' });
  expect(spans[0]?.traceId).toBe('0000000000000000a3ce929d0e0e4736');
  expect(spans.map(toZipkinJson)[0]?.traceId).toBe('a3ce929d0e0e4736');
});

test.each([
  ['a trace id that is too long', { traceId: 'a'.repeat(33) }, 'traceId must be 16 or 32 hex digits (1)'],
  ['no id', { id: undefined }, 'id must be 16 hex digits (1)'],
  ['an unknown kind', { kind: 'constructor' }, 'kind must be CLIENT, SERVER, PRODUCER or CONSUMER (1)'],
  ['a time that is a string', { timestamp: 'now' }, 'timestamp must be microseconds since 1970 (1)'],
  ['a tag that is not a string', { tags: { a: 1 } }, 'tags must be an object of strings (1)'],
  [
    'an annotation without a time',
    { annotations: [{ value: 'a' }] },
    'annotations must be a list of timestamps and values (1)',
  ],
])('is rejected alone if it has %s', (_, change, message) => {
  const decoded = decode({ ...span, ...change }, span);
  expect(decoded).toMatchObject({ rejectedSpans: 1, message });
  expect(decoded.spans).toHaveLength(1);
});

test('is refused if the body is not a list', () => {
  expect(() => decodeSpans('zipkin-json', Buffer.from('{}'))).toThrow(
    'the body must be a list of spans, got an object',
  );
  expect(() => decodeSpans('zipkin-json', Buffer.from('[1]'))).toThrow('spans[0] must be an object, got 1');
});
