import { contextWith, withContext } from './active-context.ts';
import { createTracer, inject, parseTracestate, remoteSpan, type SpanContextInput } from './index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

test('stands for a span elsewhere: with its ids, flags and tracestate, and never recording', () => {
  const span = remoteSpan({ ...caller, traceFlags: 3, traceState: 'a=b' });
  expect(span?.spanContext()).toEqual({
    ...caller,
    traceFlags: 3,
    traceState: parseTracestate('a=b'),
    isRemote: true,
    isSampled: true,
    isRandom: true,
  });
  expect(span?.isRecording()).toBe(false);
});

test('is the parent of what starts below it, and its decision counts', () => {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, flushOnExit: false });
  for (const traceFlags of [1, 0]) {
    const span = remoteSpan({ ...caller, traceFlags });
    if (span === undefined) throw new Error('expected a span');
    withContext(contextWith(span), () => tracer.withSpan('below', () => {}));
    tracer.startSpan('given', { parent: span }).end();
  }
  expect(
    exporter.spans.map(({ name, traceId, parentSpanId, parentIsRemote }) => [
      name,
      traceId,
      parentSpanId,
      parentIsRemote,
    ]),
  ).toEqual(['below', 'given'].map((name) => [name, caller.traceId, caller.spanId, true]));
});

test('a bad tracestate loses itself alone', () => {
  const span = remoteSpan({ ...caller, traceState: { serialize: () => '=' } });
  expect([span?.traceId, span?.spanContext().traceState]).toEqual([caller.traceId, undefined]);
});

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostile = new Proxy(
  {},
  {
    get(): never {
      throw new Error('get');
    },
  },
);

test('a tracestate that throws loses itself alone', () => {
  for (const traceState of [revoked.proxy, hostile] as never[]) {
    expect(remoteSpan({ ...caller, traceState })?.traceId).toBe(caller.traceId);
  }
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', '00-x'],
  ['an object without ids', {}],
  ['a short id', { ...caller, traceId: '4bf9' }],
  ['upper case', { ...caller, traceId: caller.traceId.toUpperCase() }],
  ['zeros', { ...caller, spanId: '0'.repeat(16) }],
  ['numbers', { traceId: 1, spanId: 2 }],
  ['a revoked proxy', revoked.proxy],
  ['what throws', hostile],
])('is undefined for %s', (_, context) => {
  expect(remoteSpan(context as SpanContextInput)).toBeUndefined();
});

test('writes what it was made of', () => {
  const headers = {};
  const span = remoteSpan({ ...caller, traceFlags: 1 });
  if (span !== undefined) withContext(contextWith(span), () => inject(headers));
  expect(headers).toEqual({ traceparent: `00-${caller.traceId}-${caller.spanId}-01` });
});
