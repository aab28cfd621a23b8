import { context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { createTracer } from '../create-tracer.ts';
import { inMemoryExporter } from '../testing/index.ts';
import { audibleSpan, isSilenced, SilencedSpan } from './silenced-span.ts';

const parent = createTracer({ exporter: inMemoryExporter() }).startSpan('parent');

test('is a span of the API that records nothing, and has the ids of its parent', () => {
  const span: Span = new SilencedSpan(parent, false) as Span;
  const { traceId, spanId } = span.spanContext();
  expect({ traceId, spanId }).toEqual({ traceId: parent.traceId, spanId: parent.spanId });
  expect(span.isRecording()).toBe(false);
  const same = span
    .setAttribute('a', 1)
    .setAttributes({ a: 1 })
    .addEvent('e')
    .addLink({ context: parent.spanContext() })
    .addLinks([])
    .setStatus({ code: 2 })
    .updateName('b');
  expect(same).toBe(span);
  span.recordException(new Error('e'));
  span.end();
  expect(parent.isRecording()).toBe(true);
});

test('has no valid ids without a parent', () => {
  for (const nothing of [undefined, null, {}, 'text']) {
    const span = new SilencedSpan(nothing, false) as Span;
    expect(trace.isSpanContextValid(span.spanContext())).toBe(false);
  }
});

test('leads to the nearest span above that is not left out', () => {
  const inner = new SilencedSpan(new SilencedSpan(parent, true), false);
  expect(audibleSpan(inner)).toBe(parent);
  expect(audibleSpan(parent)).toBe(parent);
  expect(audibleSpan(undefined)).toBeUndefined();
});

test('is known from other spans, whatever they are', () => {
  const proxy = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no');
      },
    },
  );
  const others = [parent, undefined, null, {}, proxy, trace.getSpan(ROOT_CONTEXT), context.active()];
  expect(others.map(isSilenced)).toEqual(others.map(() => false));
  expect(isSilenced(new SilencedSpan(undefined, false))).toBe(true);
});
