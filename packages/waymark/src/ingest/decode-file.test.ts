import { toJaegerJson } from '../export/to-jaeger-json.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { toZipkinJson } from '../export/to-zipkin-json.ts';
import type { Span } from '../model/span.ts';
import { decodeFile } from './decode-file.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const resource = { serviceName: 'users', attributes: { 'service.name': 'users', 'host.name': 'one' } };

// What all three formats can say.
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

test('reads what was exported as OTLP', () => {
  expect(decode(toOtlpJson(spans))).toEqual({ format: 'otlp', spans, rejectedSpans: 0 });
});

test("reads the OpenTelemetry Collector's files, with a request on each line", () => {
  const line = JSON.stringify(toOtlpJson(spans));
  const decoded = decode(`${line}\n${line}\n`);
  expect([decoded.format, decoded.spans.length]).toEqual(['otlp', 4]);
});

test.each([
  ["the answer of Jaeger's API", { data: [toJaegerJson(traceId, spans)], total: 0, errors: null }],
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
    'This JSON has no traces that can be read: OTLP has resourceSpans, Jaeger has data, Zipkin is a list of spans.',
  ],
  ['hello', /^The body is not a file with traces in JSON: |JSON/],
])('says of %s what could be read', (text, message) => {
  expect(() => decode(text)).toThrow(message);
});
