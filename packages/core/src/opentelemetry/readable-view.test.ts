import type { SpanContext } from '@opentelemetry/api';
import type { AttributeValue } from '../attribute-value.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanExporter } from '../exporter.ts';
import { internalsOf } from '../internal-tracer.ts';
import type { OpenTelemetryReadableSpan } from '../open-telemetry-types.ts';
import type { TracerOptions } from '../options.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Tracer } from '../tracer.ts';
import { version } from '../version.ts';
import { toHrTime, toReadableView } from './readable-view.ts';

const views: OpenTelemetryReadableSpan[] = [];
beforeEach(() => {
  views.length = 0;
});

const exporter: SpanExporter = {
  name: 'views',
  export: (span) => void views.push(toReadableView(span as RecordingSpan)),
  stats: () => ({ exported: views.length, waiting: 0, dropped: {} }),
};

function makeTracer(options: TracerOptions = {}): Tracer {
  return createTracer({ exporter, serviceName: 'views', flushOnExit: false, env: {}, ...options });
}

/** The view of a span with one attribute. */
function viewOf(value: AttributeValue): unknown {
  makeTracer().startSpan('s', { attributes: { value } }).end();
  return views.at(-1)?.attributes.value;
}

const startMs = 1_700_000_000_123.25;

test('a view has all that the span had, in the form of OpenTelemetry, after the span has let go of it', () => {
  const tracer = makeTracer({ limits: { attributeCount: 2, eventCount: 1, linkCount: 1, attributeCountPerEvent: 1 } });
  const caller = tracer.extract({
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=1',
  });
  const linked = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1, isRemote: true };
  const span = tracer.startSpan('first', {
    kind: 'server',
    parent: caller,
    startTime: startMs,
    attributes: { text: 'a', list: [1, null, 2], more: true },
    links: [{ context: linked, attributes: { why: 'retry' } }, { context: linked }],
  });
  span.addEvent('seen', { one: 1, two: 2 }, startMs + 1);
  span.addEvent('beyond the limit');
  span.setStatus({ code: 'error', message: 'no' });
  span.updateName('last');
  span.end(startMs + 1000.875);

  const traceState = expect.objectContaining({ get: expect.any(Function), set: expect.any(Function) });
  const scope = { name: '@waymark/core', version };
  const [view] = views as [OpenTelemetryReadableSpan];
  expect(view).toEqual({
    name: 'last',
    kind: 1,
    spanContext: expect.any(Function),
    parentSpanContext: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      traceState,
      isRemote: true,
    },
    parentSpanId: 'b7ad6b7169203331',
    startTime: [1_700_000_000, 123_250_000],
    endTime: [1_700_000_001, 124_125_000],
    duration: [1, 875_000],
    status: { code: 2, message: 'no' },
    attributes: { text: 'a', list: [1, null, 2] },
    links: [{ context: linked, attributes: { why: 'retry' }, droppedAttributesCount: 0 }],
    events: [{ name: 'seen', time: [1_700_000_000, 124_250_000], attributes: { one: 1 }, droppedAttributesCount: 1 }],
    ended: true,
    resource: {
      attributes: internalsOf(tracer).resource.attributes,
      asyncAttributesPending: false,
      waitForAsyncAttributes: expect.any(Function),
      merge: expect.any(Function),
      getRawAttributes: expect.any(Function),
    },
    instrumentationScope: scope,
    instrumentationLibrary: scope,
    droppedAttributesCount: 1,
    droppedEventsCount: 1,
    droppedLinksCount: 1,
  });
  const context: SpanContext = view.spanContext();
  expect(context).toEqual({
    traceId: span.traceId,
    spanId: span.spanId,
    traceFlags: 1,
    traceState,
    isRemote: false,
  });
  expect(context.traceState?.set('b', '2').serialize()).toBe('b=2,a=1');
});

test('the view has the scope of the span, for exporters of SDK 1.x too', () => {
  const tracer = makeTracer();
  tracer.withScope('shop', '1.2.0').startSpan('s').end();
  tracer.withScope('bare').startSpan('s').end();
  const scopes = views.map(({ instrumentationScope, instrumentationLibrary }) => [
    instrumentationScope,
    instrumentationLibrary,
  ]);
  expect(scopes).toEqual([
    [
      { name: 'shop', version: '1.2.0' },
      { name: 'shop', version: '1.2.0' },
    ],
    [{ name: 'bare' }, { name: 'bare' }],
  ]);
});

test('the view of a root has no parent in either form, and that of a child its own', () => {
  const tracer = makeTracer();
  tracer.withSpan('parent', () => tracer.startSpan('child').end());
  const [child, parent] = views as [OpenTelemetryReadableSpan, OpenTelemetryReadableSpan];
  expect(['parentSpanContext' in parent, 'parentSpanId' in parent]).toEqual([false, false]);
  expect(child.parentSpanContext).toEqual(parent.spanContext());
  expect(child.parentSpanId).toBe(parent.spanContext().spanId);
});

test('the parent of a span whose caller declined the trace is not sampled', () => {
  const tracer = makeTracer({ sampler: 'always_on' });
  const parent = tracer.extract({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' });
  tracer.startSpan('s', { parent }).end();
  expect([views[0]?.parentSpanContext?.traceFlags, views[0]?.spanContext().traceFlags]).toEqual([0, 1]);
});

test.each([
  ['internal', 0],
  ['server', 1],
  ['client', 2],
  ['producer', 3],
  ['consumer', 4],
] as const)('the kind %s is %i', (kind, number) => {
  makeTracer().startSpan('s', { kind }).end();
  expect(views[0]?.kind).toBe(number);
});

test.each([
  [0, [0, 0]],
  [0.000001, [0, 1]],
  [999.9999996, [1, 0]],
  [1_700_000_000_999.75, [1_700_000_000, 999_750_000]],
  [-1, [0, 0]],
  [Number.NaN, [0, 0]],
  [Number.POSITIVE_INFINITY, [9_223_372_036, 854_000_000]],
])('%p ms is %p', (timeMs, time) => {
  expect(toHrTime(timeMs)).toEqual(time);
});

test('the duration is the exact difference of the two times', () => {
  const span = makeTracer().startSpan('s', { startTime: [1_700_000_000, 900_000_000] });
  span.end([1_700_000_002, 100_000_000]);
  expect(views[0]?.duration).toEqual([1, 200_000_000]);
});

test('a bigint becomes a string with all digits, and so do the numbers next to it', () => {
  expect(viewOf(2n ** 62n)).toBe('4611686018427387904');
  expect(viewOf([1n, 2n ** 62n, null])).toEqual(['1', '4611686018427387904', null]);
  expect(viewOf(7n)).toBe(7);
});

test('attributes are objects like others, whatever their keys are', () => {
  makeTracer()
    .startSpan('s', { attributes: Object.fromEntries([['__proto__', 'plain']]) })
    .end();
  const attributes = views[0]?.attributes as object;
  expect(Object.entries(attributes)).toEqual([['__proto__', 'plain']]);
  expect(String(attributes)).toBe('[object Object]');
});

test('two views of a span share no value that an exporter may change', () => {
  const tracer = makeTracer({ exporter: [exporter, { ...exporter, name: 'second' }] });
  tracer.startSpan('s', { attributes: { list: ['a'], bytes: new Uint8Array([1]) } }).end();
  const [one, two] = views as [OpenTelemetryReadableSpan, OpenTelemetryReadableSpan];
  (one.attributes.list as string[]).push('b');
  (one.attributes.bytes as unknown as Uint8Array)[0] = 2;
  expect(two.attributes).toEqual({ list: ['a'], bytes: new Uint8Array([1]) });
});

test('spans of one tracer share one resource, which merges as that of the SDK does', () => {
  const tracer = makeTracer({ resource: { a: 'ours', b: 'ours' } });
  tracer.startSpan('s').end();
  tracer.startSpan('t').end();
  const [one, two] = views.map(({ resource }) => resource);
  expect(one).toBe(two);
  const merged = one?.merge({ ...one, attributes: { b: 'theirs' } });
  expect(merged?.attributes).toMatchObject({ 'service.name': 'views', a: 'ours', b: 'theirs' });
  expect(one?.merge(null).attributes).toEqual(one?.attributes);
  expect(Object.fromEntries(one?.getRawAttributes() ?? [])).toEqual(one?.attributes);
});

test('a span that still runs has the end and the duration that the SDK gives it', () => {
  const running = makeTracer().startSpan('s') as RecordingSpan;
  expect(toReadableView(running)).toMatchObject({ ended: false, endTime: [0, 0], duration: [-1, -1] });
});
