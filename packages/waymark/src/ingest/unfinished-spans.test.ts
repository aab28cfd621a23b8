import { toJaegerJson } from '../export/to-jaeger-json.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { toZipkinJson } from '../export/to-zipkin-json.ts';
import type { Span } from '../model/span.ts';
import { decodeFile } from './decode-file.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

const unfinished: Span = {
  traceId,
  spanId: '00f067aa0ba902b7',
  name: 'GET /users',
  kind: 'server',
  startTimeUnixNano: '1795381463701250000',
  endTimeUnixNano: '0',
  attributes: {},
  resource: { serviceName: 'users', attributes: { 'service.name': 'users' } },
};

function decode(document: unknown): readonly Span[] {
  return decodeFile(Buffer.from(JSON.stringify(document))).spans;
}

test('OTLP reads a span without an end if the field is absent or 0, and returns it unchanged', () => {
  const sent = toOtlpJson([unfinished]);
  expect(decode(sent)).toEqual([unfinished]);
  const absent = JSON.stringify(sent).replace('"endTimeUnixNano":"0"', '"x":0');
  expect(absent).not.toContain('endTime');
  expect(decode(JSON.parse(absent))).toEqual([unfinished]);
});

test('a span without an end has the duration 0 in Jaeger, and a warning by which import recognises it', () => {
  const sent = toJaegerJson(traceId, [unfinished]);
  expect(sent.spans).toMatchObject([
    { startTime: 1795381463701250, duration: 0, warnings: ['This span is unfinished: it has no end time.'] },
  ]);
  expect(decode({ data: [sent] })).toEqual([unfinished]);
  const { duration: _, ...withoutDuration } = { ...sent.spans[0], warnings: null };
  expect(decode({ data: [{ ...sent, spans: [withoutDuration] }] })).toEqual([unfinished]);
});

test('a Zipkin span without a duration is unfinished, and is returned without one', () => {
  const sent = { traceId, id: '00f067aa0ba902b7', kind: 'SERVER', name: 'get', timestamp: 1795381463701250 };
  const [span] = decode([{ ...sent, localEndpoint: { serviceName: 'users' } }]);
  expect(span).toMatchObject({ startTimeUnixNano: '1795381463701250000', endTimeUnixNano: '0' });
  expect(toZipkinJson(span as Span)).toEqual({ ...sent, localEndpoint: { serviceName: 'users' } });
  expect(toZipkinJson(unfinished)).not.toHaveProperty('duration');
});

test.each([0, 1, 250])('a Zipkin span with the duration %p has ended', (duration) => {
  const sent = { traceId, id: '00f067aa0ba902b7', name: 'get', timestamp: 1795381463701250, duration };
  const [span] = decode([{ ...sent, localEndpoint: { serviceName: 'users' } }]);
  expect(span?.endTimeUnixNano).toBe(String(1795381463701250000n + BigInt(duration * 1000)));
  expect(toZipkinJson(span as Span).duration).toBe(duration);
});

test('a span that ends before it starts keeps both times in OTLP; other formats give it no duration', () => {
  const negative: Span = { ...unfinished, endTimeUnixNano: '1795381463701240000' };
  expect(decode(toOtlpJson([negative]))).toEqual([negative]);
  expect(toJaegerJson(traceId, [negative]).spans).toMatchObject([{ duration: 0, warnings: null }]);
  expect(toZipkinJson(negative).duration).toBe(1);
});
