// Compiled, not only run: `tsc -b` fails where our types and those of OpenTelemetry's API part.
import {
  type Attributes as ApiAttributes,
  type Link as ApiLink,
  type Span as ApiSpan,
  type SpanContext as ApiSpanContext,
  type TimeInput as ApiTimeInput,
  isSpanContextValid,
  SpanStatusCode,
} from '@opentelemetry/api';
import type {
  Attributes as ApiAttributes19,
  AttributeValue as ApiAttributeValue19,
  Link as ApiLink19,
  Span as ApiSpan19,
} from 'opentelemetry-api-1.9';
import type { Attributes, AttributeValue } from './attribute-value.ts';
import { createTracer } from './create-tracer.ts';
import type { Span } from './span.ts';
import type { SpanContext } from './span-context.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, env: {} });

/** Written for OpenTelemetry's API, and knows of nothing else. */
function instrument(span: ApiSpan, context: ApiSpanContext, time: ApiTimeInput): ApiSpanContext {
  const attributes: ApiAttributes = {
    text: 'a',
    number: 1,
    boolean: true,
    array: ['a', null, undefined],
    none: undefined,
  };
  const link: ApiLink = { context, attributes, droppedAttributesCount: 1 };
  span
    .setAttribute('one', 1)
    .setAttributes(attributes)
    .addEvent('plain')
    .addEvent('with attributes', { a: 1 }, time)
    .addEvent('with time', time)
    .addLink(link)
    .addLinks([link, link])
    .setStatus({ code: SpanStatusCode.ERROR, message: 'no' })
    .updateName('renamed');
  span.recordException({ name: 'Named', message: 'no', stack: 'stack', code: 1 }, time);
  span.recordException('text');
  if (span.isRecording()) span.end(time);
  return span.spanContext();
}

const caller: ApiSpanContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: 1,
};

test("a span is one of OpenTelemetry's API, recorded or not", () => {
  const time: ApiTimeInput = [1_800_000_000, 250_000];
  const timeMs = 1_800_000_000_000.25;
  const recorded: Span = tracer.startSpan('s', { startTime: timeMs - 1 });
  const context: ApiSpanContext = instrument(recorded, caller, time);
  expect(isSpanContextValid(context)).toBe(true);
  expect(context.traceFlags).toBe(3);

  const attributes = { text: 'a', number: 1, boolean: true, array: ['a', null, null] };
  const link = { traceId: caller.traceId, spanId: caller.spanId, attributes };
  expect(exporter.spans).toMatchObject([
    {
      name: 'renamed',
      endMs: timeMs,
      attributes: { one: 1, ...attributes },
      events: [
        { name: 'plain', attributes: {} },
        { name: 'with attributes', timeMs, attributes: { a: 1 } },
        { name: 'with time', timeMs, attributes: {} },
        {
          name: 'exception',
          timeMs,
          attributes: { 'exception.type': 'Named', 'exception.message': 'no', 'exception.stacktrace': 'stack' },
        },
        { name: 'exception', attributes: { 'exception.message': 'text' } },
      ],
      links: [link, link, link],
      status: { code: 'error', message: 'no' },
    },
  ]);

  const passing: Span = tracer.startSpan('s', { parent: { ...caller, traceFlags: 0 } });
  expect(instrument(passing, caller, time)).toMatchObject({ traceId: caller.traceId, traceFlags: 0 });
});

test('a span context goes both ways, tracestate included', () => {
  const traceState = {
    set: () => traceState,
    unset: () => traceState,
    get: () => '1',
    serialize: () => 'a=1',
  };
  const given: ApiSpanContext = { ...caller, traceState };
  const ours: SpanContext = tracer.startSpan('s', { parent: given }).spanContext();
  const theirs: ApiSpanContext = ours;
  expect(theirs.traceState?.set('b', '2').unset('a').get('b')).toBe('2');
  expect(theirs.traceState?.serialize()).toBe('a=1');
});

test("a span of OpenTelemetry's API is a parent", () => {
  const { end, ...others } = tracer.startSpan('s');
  const theirs = { ...others, end, spanContext: (): ApiSpanContext => caller } as unknown as ApiSpan; // what there is of it is called
  const parent: Span | ApiSpanContext = theirs.spanContext();
  expect(tracer.startSpan('child', { parent }).traceId).toBe(caller.traceId);
  expect(tracer.startSpan('child', { parent: { spanContext: () => caller } as unknown as Span }).traceId).toBe(
    caller.traceId,
  );
});

test('attributes of API 1.9 and 1.10 are ours, and a span of ours is one of both', () => {
  const value19: ApiAttributeValue19 = ['a', null, undefined];
  const attributes19: ApiAttributes19 = { value: value19, none: undefined };
  const attributes: ApiAttributes = { value: { list: [1, { a: null }] }, nothing: null, bytes: new Uint8Array([1]) };
  const values: readonly AttributeValue[] = [value19, { list: [1, { a: null }] }, null, new Uint8Array([1]), 1n];
  const ours: readonly Attributes[] = [attributes19, attributes];

  const span: Span = tracer.startSpan('s', { attributes });
  const link: ApiLink19 = { context: caller, attributes: attributes19 };
  const span19: ApiSpan19 = span;
  const span110: ApiSpan = span;
  span19.setAttributes(attributes19).setAttribute('one', value19).addEvent('e', attributes19).addLinks([link]);
  span110.setAttribute('two', { a: [null] }).addEvent('f', attributes);
  for (const [index, given] of values.entries()) span.setAttribute(`value ${index}`, given);
  for (const given of ours) span.setAttributes(given);
  span.end();
  expect(exporter.spans.at(-1)).toMatchObject({
    attributes: { value: { list: [1, { a: null }] }, nothing: null, one: ['a', null, null], two: { a: [null] } },
    events: [{ attributes: { value: ['a', null, null] } }, { attributes: { nothing: null } }],
    links: [{ attributes: { value: ['a', null, null] } }],
  });
});
