// What the methods of a span do, with OpenTelemetry's SDK as the oracle: the same calls give the same span.
import { type Attributes, type Span, SpanKind, SpanStatusCode, type TimeInput } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createTracer } from '@waymark/core';

const start = 1_800_000_000_000.25;
const linked = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

interface StartOptions {
  readonly attributes?: Attributes;
  readonly startTime?: TimeInput;
}

const cyclic: Record<string, unknown> = { a: 1 };
cyclic.self = cyclic;

const values: Attributes = {
  text: 'a',
  half: 0.5,
  zero: 0,
  no: false,
  empty: '',
  none: undefined,
  nothing: null,
  list: ['a', null, 'b'],
  mixed: ['a', 1, { b: [true, null] }],
  map: { a: { b: [1, 2] }, none: undefined, c: null },
  noPrototype: Object.assign(Object.create(null), { a: 1 }),
  bytes: new Uint8Array([0, 255]),
  '': 'no key',
  // What neither of the two keeps.
  instance: new (class Cart {})(),
  symbol: Symbol('a'),
  function: () => 1,
};
const simple: Attributes = { text: 'a', half: 0.5, list: ['a', null, 'b'] };

const calls: Readonly<Record<string, (span: Span) => void>> = {
  'setAttribute, of every type': (span) => {
    for (const [key, value] of Object.entries(values)) span.setAttribute(key, value);
  },
  'setAttributes, of every type': (span) => span.setAttributes(values),
  'attributes that are set again': (span) => {
    span.setAttributes({ a: 1, b: 2 }).setAttribute('a', { c: 3 }).setAttributes({ b: undefined });
  },
  'attributes that the caller changes afterwards': (span) => {
    const given = { list: ['a'], map: { a: 1 } };
    span.setAttributes(given);
    given.list.push('b');
    given.map.a = 2;
  },
  'a key such as toString': (span) => span.setAttributes({ map: { toString: 'a', hasOwnProperty: 1 } }),
  addEvent: (span) => {
    span
      .addEvent('with attributes', simple, start + 1)
      .addEvent('with a time', start + 2)
      .addEvent('with a date', new Date(start + 3))
      .addEvent('with a pair', simple, [1_800_000_000, 5_000_000])
      .addEvent('with two times', start + 1, start + 4)
      .addEvent('with nothing', undefined, start + 5);
  },
  addLink: (span) => {
    const list: Attributes = { text: 'a', list: [1, 2] };
    span.addLink({ context: linked, attributes: list }).addLinks([{ context: linked }, { context: linked }]);
  },
  'setStatus ok, which is final': (span) => {
    span
      .setStatus({ code: SpanStatusCode.OK, message: 'not kept' })
      .setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
  },
  'setStatus error, and then unset': (span) => {
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' }).setStatus({ code: SpanStatusCode.UNSET });
  },
  'setStatus error, and then another error': (span) => {
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' }).setStatus({ code: SpanStatusCode.ERROR });
  },
  'setStatus with a message that is no string': (span) => {
    span.setStatus({ code: SpanStatusCode.ERROR, message: new Error('no') as never });
  },
  updateName: (span) => span.updateName('another'),
  recordException: (span) => {
    span.recordException('text', start + 1);
    span.recordException({ name: 'Named', message: 'no', stack: 'stack' }, start + 2);
    span.recordException({ code: 'ECONNREFUSED', message: 'no' }, start + 3);
    span.recordException({ code: 12, message: 'no' }, start + 4);
  },
  'calls after the end': (span) => {
    span.end(start + 10);
    span.setAttribute('late', 1).addEvent('late').addLink({ context: linked }).updateName('late');
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.recordException('late');
    span.end(start + 20);
  },
  'an end before the start': (span) => span.end(start - 5),
  'an end as a date': (span) => span.end(new Date(start + 7)),
  'an end as a pair': (span) => span.end([1_800_000_001, 250_000]),
};

function facts(exporter: InMemorySpanExporter): unknown {
  return exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    kind: span.kind,
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    attributes: span.attributes,
    status: span.status,
    events: span.events.map(({ name, time, attributes = {} }) => ({ name, time, attributes })),
    links: span.links.map(({ context: { traceId, spanId, traceFlags }, attributes = {} }) => ({
      ...{ traceId, spanId, traceFlags },
      attributes,
    })),
  }));
}

async function bySdk(
  options: StartOptions,
  call: (span: Span) => void,
  valueLength = Number.POSITIVE_INFINITY,
): Promise<unknown> {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    spanLimits: { attributeValueLengthLimit: valueLength },
  });
  const span = provider.getTracer('shop').startSpan('work', { ...options, kind: SpanKind.CLIENT });
  call(span);
  if (span.isRecording()) span.end(start + 10);
  await provider.forceFlush();
  return facts(exporter);
}

async function byWaymark(
  options: StartOptions,
  call: (span: Span) => void,
  attributeValueLength?: number,
): Promise<unknown> {
  const exporter = new InMemorySpanExporter();
  const limits = { attributeValueLength };
  const tracer = createTracer({ exporter, limits, env: {}, logLevel: 'none', flushOnExit: false });
  const span: Span = tracer.startSpan('work', { ...options, kind: 'client' });
  call(span);
  if (span.isRecording()) span.end(start + 10);
  await tracer.flush();
  const found = facts(exporter);
  await tracer.shutdown();
  return found;
}

test.each(Object.entries(calls))('%s', async (_, call) => {
  const options = { startTime: start };
  expect(await byWaymark(options, call)).toEqual(await bySdk(options, call));
});

test('attributes from the start, and the limit of their length', async () => {
  const attributes = {
    text: 'abcdef',
    list: ['abcdef', 1],
    map: { a: ['abcdef'], b: 123_456 },
    bytes: new Uint8Array(6),
  };
  const options = { startTime: start, attributes };
  expect(await byWaymark(options, () => undefined, 3)).toEqual(await bySdk(options, () => undefined, 3));
});

test('more than the SDK keeps: values that it drops as a whole, and nested attributes of events', async () => {
  const options = {
    startTime: start,
    attributes: { cyclic, date: new Date(0), big: 1n, more: ['a', () => 1], own: { constructor: 1 } },
  };
  const call = (span: Span) => span.addEvent('e', { map: { a: 1 }, nothing: null }, start + 1);
  expect(await byWaymark(options, call)).toMatchObject([
    {
      attributes: {
        cyclic: { a: 1 },
        date: '1970-01-01T00:00:00.000Z',
        big: 1,
        more: ['a', null],
        own: { constructor: 1 },
      },
      events: [{ attributes: { map: { a: 1 }, nothing: null } }],
    },
  ]);
  expect(await bySdk(options, call)).toMatchObject([{ attributes: {}, events: [{ attributes: {} }] }]);
});
