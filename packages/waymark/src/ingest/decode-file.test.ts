import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { rawZstd } from '../../test/raw-zstd.ts';
import { toJaegerJson } from '../export/to-jaeger-json.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { toZipkinJson } from '../export/to-zipkin-json.ts';
import type { Span } from '../model/span.ts';
import { decodeFile } from './decode-file.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const resource = { serviceName: 'users', attributes: { 'service.name': 'users', 'host.name': 'one' } };

// The fields that all three formats have.
const spans: readonly Span[] = [
  {
    traceId,
    spanId: '00f067aa0ba902b7',
    name: 'GET /users',
    kind: 'server',
    startTimeUnixNano: '1795381463701250000',
    endTimeUnixNano: '1795381463703500000',
    attributes: {
      'http.response.status_code': 500,
      'http.route': '/users',
      ratio: { doubleValue: 2 },
      half: 0.5,
      ok: false,
    },
    status: { code: 'error', message: 'timed out' },
    traceState: 'a=b',
    events: [{ timeUnixNano: '1795381463702000000', name: 'exception', attributes: { 'exception.type': 'Error' } }],
    links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
    resource,
    scope: { name: '@waymark/express', version: '0.1.0' },
  },
  {
    traceId,
    spanId: '00f067aa0ba902b8',
    parentSpanId: '00f067aa0ba902b7',
    name: 'SELECT',
    kind: 'client',
    startTimeUnixNano: '1795381463702000000',
    endTimeUnixNano: '1795381463703000000',
    attributes: {},
    resource,
  },
];

function decode(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return decodeFile(Buffer.from(text));
}

test('reads an export in OTLP', () => {
  expect(decode(toOtlpJson(spans))).toEqual({ format: 'otlp', spans, rejectedSpans: 0 });
});

const otlp = toOtlpJson(spans);
const line = JSON.stringify(otlp);

/** OTLP with ids in protobuf's own JSON, which Tempo writes. */
function withBase64Ids(document: object): object {
  return JSON.parse(JSON.stringify(document), (key, value) =>
    /^(traceId|spanId|parentSpanId)$/.test(key) ? Buffer.from(value, 'hex').toString('base64') : value,
  );
}

test.each([
  ["Jaeger's API v3", { result: otlp }],
  ["Tempo's API", { batches: otlp.resourceSpans }],
  ["Tempo's API, with ids as base64", { batches: (withBase64Ids(otlp) as typeof otlp).resourceSpans }],
  ["Tempo's API v2", { trace: withBase64Ids(otlp) }],
  [
    'an old Collector',
    JSON.parse(
      line
        .replaceAll('"scopeSpans"', '"instrumentationLibrarySpans"')
        .replaceAll('"scope"', '"instrumentationLibrary"'),
    ),
  ],
  ['a list of requests', [otlp]],
])('reads a response of %s', (_, document) => {
  expect(decode(document)).toEqual({ format: 'otlp', spans, rejectedSpans: 0 });
});

test("reads Tempo's names for kinds and states", () => {
  const named = JSON.parse(line, (key, value) =>
    key === 'kind' ? ['SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT'][value - 2] : key === 'code' ? 'STATUS_CODE_ERROR' : value,
  );
  expect(decode({ batches: named.resourceSpans })).toEqual({ format: 'otlp', spans, rejectedSpans: 0 });
});

test('reads a trace of our own API, down to the type of each number', () => {
  const odd: Span = {
    ...(spans[0] as Span),
    flags: 257,
    droppedAttributesCount: 2,
    droppedEventsCount: 3,
    droppedLinksCount: 4,
    attributes: {
      whole: { doubleValue: 2 },
      large: { intValue: '9223372036854775807' },
      none: null,
      bytes: { bytesValue: 'AQI=' },
      nan: { doubleValue: 'NaN' },
      list: [1, 'two', [true]],
      map: { kvlistValue: { a: 1 } },
      ...JSON.parse('{"__proto__":"x"}'),
    },
    resource: { ...resource, schemaUrl: 'https://x/1', droppedAttributesCount: 1 },
    scope: { name: 'lib', version: '1', attributes: { a: 1 }, schemaUrl: 'https://x/2', droppedAttributesCount: 9 },
  };
  const all = [odd, ...spans.slice(1)];
  const decoded = decode({ traceId, spans: all });
  expect(decoded).toEqual({ format: 'waymark', spans: all, rejectedSpans: 0 });
  expect(Object.hasOwn(decoded.spans[0]?.attributes ?? {}, '__proto__')).toBe(true);
  expect(decode([{ traceId, spans: all }]).format).toBe('waymark');
});

test.each([
  [{ traceId, spans: [{ ...spans[0], attributes: [] }] }, 'spans[0].attributes must be an object, got a list'],
  [
    { traceId, spans: [{ ...spans[0], attributes: { a: { odd: 1 } } }] },
    'spans[0].attributes.a must be a value in the form of the query API, got an object',
  ],
  [{ traceId, spans: [7] }, 'spans[0] must be an object, got 7'],
])('says which field of a Waymark file is wrong', (document, message) => {
  expect(() => decode(document)).toThrow(message);
});

const requestType = protobuf
  .parse(readFileSync(join(__dirname, 'fixtures/trace-service.proto'), 'utf8'))
  .root.lookupType('ExportTraceServiceRequest');
const binary = requestType.encode(requestType.fromObject(withBase64Ids(otlp) as object)).finish();

/** Each message comes after its length, as the file exporter of the Collector writes them. */
function framed(...messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      return [length, message];
    }),
  );
}

describe("reads the OpenTelemetry Collector's files", () => {
  const zstd = (content: Uint8Array): Buffer => rawZstd(content);
  test.each([
    ['with a request on each line', Buffer.from(`${line}\n${line}\n`)],
    ['of protobuf', framed(binary, binary)],
    ['of protobuf, compressed', framed(zstd(binary), zstd(binary))],
    ['of JSON, compressed', framed(zstd(Buffer.from(line)), zstd(Buffer.from(line)))],
    ['of JSON, compressed as a whole', zstd(Buffer.from(`${line}\n${line}\n`))],
    ['of JSON, compressed by gzip', gzipSync(`${line}\n${line}`)],
  ])('%s', (_, file) => {
    const { format, spans: found, rejectedSpans } = decodeFile(file);
    expect([format, found, rejectedSpans]).toEqual(['otlp', [...spans, ...spans], 0]);
  });

  test.each([
    ['a line', Buffer.from(`${line}\n${line.slice(0, 90)}`)],
    ['a message', framed(binary, binary).subarray(0, -5)],
    ['a length', Buffer.concat([framed(binary), Buffer.of(0, 0)])],
  ])('up to the end of a file that is still being written, within %s', (_, file) => {
    expect(decodeFile(file)).toEqual({
      format: 'otlp',
      spans,
      rejectedSpans: 1,
      message: 'the file ends in the middle of a request (1)',
    });
  });

  test('of one request of protobuf', () => {
    expect(decodeFile(binary)).toEqual({ format: 'otlp', spans, rejectedSpans: 0 });
  });
});

test("reads responses of gRPC's gateway, one on each line", () => {
  const answer = JSON.stringify({ result: otlp });
  expect(decode(`${answer}\n${answer}\n`)).toEqual({ format: 'otlp', spans: [...spans, ...spans], rejectedSpans: 0 });
});

test.each([
  ["a response of Jaeger's API", { data: [toJaegerJson(traceId, spans)], total: 0, errors: null }],
  ['one trace of it', toJaegerJson(traceId, spans)],
])("reads %s, and makes OpenTelemetry's fields of tags", (_, document) => {
  expect(decode(document)).toEqual({ format: 'jaeger', spans, rejectedSpans: 0 });
});

test.each([
  ["a trace of Zipkin's API", spans.map(toZipkinJson)],
  ['several of them', [spans.map(toZipkinJson)]],
])('reads %s', (_, document) => {
  const decoded = decode(document);
  expect(decoded).toMatchObject({ format: 'zipkin', rejectedSpans: 0 });
  expect(decoded.spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
    ['GET /users', undefined],
    ['SELECT', '00f067aa0ba902b7'],
  ]);
});

test.each([
  [
    '{}',
    'This JSON has no known form of traces: OTLP has resourceSpans, Tempo batches, Jaeger data, Waymark spans, and Zipkin is a list of spans.',
  ],
  ['hello', /^The body is not a file with traces in JSON: |JSON/],
])('refuses %s, and names the known formats', (text, message) => {
  expect(() => decode(text)).toThrow(message);
});
