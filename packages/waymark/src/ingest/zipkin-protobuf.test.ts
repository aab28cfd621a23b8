import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { toZipkinJson } from '../export/to-zipkin-json.ts';
import { decodeSpans } from './decode-spans.ts';
import { spanLimits } from './span-limits.ts';

const listType = protobuf
  .parse(readFileSync(join(__dirname, 'fixtures/zipkin.proto'), 'utf8'))
  .root.lookupType('ListOfSpans');

const bytes = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

function encode(...spans: readonly object[]): Uint8Array {
  return listType.encode(listType.fromObject({ spans })).finish();
}

const full = {
  traceId: bytes(traceId),
  parentId: bytes('00f067aa0ba902b7'),
  id: bytes('00f067aa0ba902b8'),
  kind: 'CLIENT',
  name: 'get /users',
  timestamp: '1795381463701250',
  duration: 2250,
  localEndpoint: { serviceName: 'gateway', ipv4: bytes('0a000001'), port: 3000 },
  remoteEndpoint: { serviceName: 'users', ipv6: bytes('20010db8000000000000000000000001') },
  annotations: [{ timestamp: '1795381463702000', value: 'wait' }],
  tags: { 'http.path': '/users', empty: '', ['__proto__']: 'x' },
  debug: true,
  shared: true,
};

test('reads every field as JSON of version 2 does', () => {
  const { spans, rejectedSpans } = decodeSpans('zipkin-protobuf', encode(full));
  expect(rejectedSpans).toBe(0);
  expect(spans.map(toZipkinJson)).toEqual([
    {
      traceId,
      parentId: '00f067aa0ba902b7',
      id: '00f067aa0ba902b8',
      kind: 'CLIENT',
      name: 'get /users',
      timestamp: 1_795_381_463_701_250,
      duration: 2250,
      debug: true,
      shared: true,
      localEndpoint: { serviceName: 'gateway', ipv4: '10.0.0.1', port: 3000 },
      remoteEndpoint: { serviceName: 'users', ipv6: '2001:db8::1' },
      annotations: [{ timestamp: 1_795_381_463_702_000, value: 'wait' }],
      tags: { 'http.path': '/users', empty: '', ['__proto__']: 'x' },
    },
  ]);
});

test('reads a minimal span, with a trace id of 8 bytes', () => {
  const { spans } = decodeSpans(
    'zipkin-protobuf',
    encode({ traceId: bytes('a3ce929d0e0e4736'), id: bytes('1'.repeat(16)), timestamp: 5 }),
  );
  expect(spans.map(toZipkinJson)).toEqual([{ traceId: 'a3ce929d0e0e4736', id: '1'.repeat(16), timestamp: 5 }]);
});

test('rejects a single wrong span, and keeps the others', () => {
  const { spans, rejectedSpans, message } = decodeSpans('zipkin-protobuf', encode({}, full));
  expect([spans.length, rejectedSpans, message]).toEqual([
    1,
    1,
    'traceId must be 32 hex digits, not all 0, got "00000000000000000000000000000000" (1)',
  ]);
});

test('keeps as many tags as any other format', () => {
  const tags = Object.fromEntries(Array.from({ length: spanLimits.attributes + 3 }, (_, index) => [`k${index}`, 'v']));
  const { spans, cutSpans } = decodeSpans('zipkin-protobuf', encode({ ...full, tags }));
  expect([Object.keys(spans[0]?.attributes ?? {}).filter((key) => key.startsWith('k')).length, cutSpans]).toEqual([
    spanLimits.attributes,
    1,
  ]);
  expect(spans[0]?.droppedAttributesCount).toBeGreaterThanOrEqual(3);
});

test.each([
  ['something else', Buffer.from('hello')],
  ['a body that is cut off', encode(full).subarray(0, -3)],
])('refuses %s', (_, body) => {
  expect(() => decodeSpans('zipkin-protobuf', body)).toThrow(
    /^The body is not Zipkin's protobuf: at byte \d+ of \d+: /,
  );
});
