// Spans of version 1 become the same spans as in Zipkin's own server; tests/backends compares the two.
import { toZipkinJson } from '../export/to-zipkin-json.ts';
import { decodeFile } from './decode-file.ts';
import { decodeSpans } from './decode-spans.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const start = 1_795_381_463_000_000;
const gateway = { serviceName: 'gateway', ipv4: '10.0.0.1', port: 3000 };
const users = { serviceName: 'users', ipv4: '10.0.0.2' };
const at = (offset: number, value: string, endpoint?: object) => ({ timestamp: start + offset, value, endpoint });

function decode(...spans: readonly object[]) {
  const body = Buffer.from(
    JSON.stringify(spans.map((span) => ({ traceId, id: '1'.repeat(16), name: 'get', ...span }))),
  );
  return decodeSpans('zipkin-v1-json', body);
}

/** The spans in version 2. */
function convert(span: object): object[] {
  const { spans, message } = decode(span);
  expect(message).toBeUndefined();
  return spans.map(toZipkinJson);
}

const ids = { traceId, id: '1'.repeat(16), name: 'get' };

test('a client is one span, and `sa` is its remote endpoint', () => {
  expect(
    convert({
      parentId: '2'.repeat(16),
      timestamp: start,
      duration: 90,
      debug: true,
      annotations: [at(0, 'cs', gateway), at(5, 'wait', gateway), at(90, 'cr', gateway)],
      binaryAnnotations: [
        { key: 'http.path', value: '/users', endpoint: gateway },
        { key: 'lc', value: '', endpoint: gateway },
        { key: 'sa', value: true, endpoint: users },
      ],
    }),
  ).toEqual([
    {
      ...ids,
      parentId: '2'.repeat(16),
      kind: 'CLIENT',
      timestamp: start,
      duration: 90,
      debug: true,
      localEndpoint: gateway,
      remoteEndpoint: users,
      annotations: [{ timestamp: start + 5, value: 'wait' }],
      tags: { 'http.path': '/users' },
    },
  ]);
});

test('both sides of a call are two spans with one id', () => {
  const sides = [at(0, 'cs', gateway), at(10, 'sr', users), at(70, 'ss', users), at(90, 'cr', gateway)];
  expect(convert({ timestamp: start, duration: 90, annotations: sides })).toEqual([
    { ...ids, kind: 'CLIENT', timestamp: start, duration: 90, localEndpoint: gateway },
    { ...ids, kind: 'SERVER', timestamp: start + 10, duration: 60, shared: true, localEndpoint: users },
  ]);
});

test('both sides of a call of a service to itself are two spans', () => {
  const sides = [at(0, 'cs', gateway), at(10, 'sr', gateway), at(70, 'ss', gateway), at(90, 'cr', gateway)];
  expect(convert({ annotations: sides })).toEqual([
    { ...ids, kind: 'CLIENT', timestamp: start, duration: 90, localEndpoint: gateway },
    { ...ids, kind: 'SERVER', timestamp: start + 10, duration: 60, shared: true, localEndpoint: gateway },
  ]);
});

test('a server without its own times shares the span', () => {
  expect(
    convert({
      annotations: [at(10, 'sr', users), at(70, 'ss', users)],
      binaryAnnotations: [{ key: 'ca', value: true, endpoint: { ...users, port: 7 } }],
    }),
  ).toEqual([
    {
      ...ids,
      kind: 'SERVER',
      timestamp: start + 10,
      duration: 60,
      shared: true,
      localEndpoint: users,
      remoteEndpoint: { ipv4: '10.0.0.2', port: 7 },
    },
  ]);
});

test('a half of a call keeps its data', () => {
  expect(convert({ annotations: [at(90, 'cr', gateway)] })).toEqual([
    { ...ids, kind: 'CLIENT', localEndpoint: gateway, annotations: [{ timestamp: start + 90, value: 'cr' }] },
  ]);
  expect(convert({ timestamp: start, duration: 90, annotations: [at(90, 'cr', gateway)] })).toEqual([
    { ...ids, kind: 'CLIENT', timestamp: start, duration: 90, localEndpoint: gateway },
  ]);
});

test('a message is one span for each side', () => {
  const sides = [at(0, 'ms', gateway), at(1, 'ws', gateway), at(20, 'wr', users), at(30, 'mr', users)];
  const broker = { serviceName: 'kafka' };
  expect(convert({ annotations: sides, binaryAnnotations: [{ key: 'ma', value: true, endpoint: broker }] })).toEqual([
    { ...ids, kind: 'PRODUCER', timestamp: start, duration: 1, localEndpoint: gateway, remoteEndpoint: broker },
    {
      ...ids,
      kind: 'CONSUMER',
      timestamp: start + 20,
      duration: 10,
      shared: true,
      localEndpoint: users,
      remoteEndpoint: broker,
    },
  ]);
});

test('a local step has no kind', () => {
  const binaryAnnotations = [{ key: 'lc', value: 'render', endpoint: gateway }];
  expect(convert({ timestamp: start, duration: 5, binaryAnnotations })).toEqual([
    { ...ids, timestamp: start, duration: 5, localEndpoint: gateway, tags: { lc: 'render' } },
  ]);
});

test('a clock that jumped back gives no negative duration', () => {
  expect(convert({ annotations: [at(90, 'cs', gateway), at(0, 'cr', gateway)] })).toEqual([
    { ...ids, kind: 'CLIENT', timestamp: start + 90, localEndpoint: gateway },
  ]);
});

test.each([
  [{ annotations: {} }, 'annotations must be a list of timestamps and values (1)'],
  [{ annotations: [{ value: 'cs' }] }, 'annotations must be a list of timestamps and values (1)'],
  [{ binaryAnnotations: [7] }, 'binaryAnnotations must be a list of keys and values (1)'],
  [{ timestamp: '1' }, 'timestamp must be microseconds since 1970 (1)'],
  [{ duration: -1 }, 'duration must be microseconds (1)'],
  [{ id: 7 }, 'id must be 16 hex digits (1)'],
])('a span with %j is rejected, and the others are kept', (wrong, message) => {
  const decoded = decode(wrong, { timestamp: start });
  expect([decoded.spans.length, decoded.rejectedSpans, decoded.message]).toEqual([1, 1, message]);
});

test('the time for a span with very many endpoints is linear', () => {
  const annotations = Array.from({ length: 100_000 }, (_, index) => at(index, 'event', { serviceName: `s${index}` }));
  expect(decode({ timestamp: start, annotations }).spans.length).toBe(100_000);
});

test('a file with spans of version 1 is recognised', () => {
  const span = { ...ids, annotations: [at(0, 'cs', gateway), at(90, 'cr', gateway)] };
  for (const document of [[span], [[span]]]) {
    const { format, spans } = decodeFile(Buffer.from(JSON.stringify(document)));
    expect([format, spans[0]?.kind, spans[0]?.resource.serviceName]).toEqual(['zipkin', 'client', 'gateway']);
  }
});
