import { createTracer } from './create-tracer.ts';
import type { SpanExporter } from './exporter.ts';
import { internalsOf } from './internal-tracer.ts';
import type { TracerOptions } from './options.ts';
import { PassingSpan } from './passing-span.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { Link, Span, StatusCode } from './span.ts';
import type { SpanData } from './span-data.ts';
import { type InMemoryExporter, inMemoryExporter } from './testing/in-memory-exporter.ts';
import { TraceIdentity } from './trace-identity.ts';
import type { Tracer } from './tracer.ts';
import { version } from './version.ts';
import { isWaymarkSpan } from './waymark-span.ts';

const wallMs = Date.UTC(2026, 10, 5);

/** A tracer whose time goes on by a millisecond each time that it is read: the first span starts a millisecond past `wallMs`. */
function setUp(options: TracerOptions = {}): { tracer: Tracer; exporter: InMemoryExporter } {
  const exporter = inMemoryExporter();
  let readings = 0;
  const clock = { wallMs: () => wallMs + 1, monotonicMs: () => readings++ };
  const tracer = createTracer({ exporter, clock, logLevel: 'none', flushOnExit: false, env: {}, ...options });
  return { tracer, exporter };
}

/** The span as it was exported, after `use` and its end. */
function spanAfter(use: (span: Span) => void, options: TracerOptions = {}): SpanData {
  const { tracer, exporter } = setUp(options);
  const span = tracer.startSpan('s');
  use(span);
  span.end();
  const [exported] = exporter.spans;
  if (exported === undefined) throw new Error('expected a span');
  return exported;
}

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

/** Anything that is done to it throws. */
const hostile: never = new Proxy(
  {},
  {
    get() {
      throw new Error('get');
    },
    ownKeys() {
      throw new Error('ownKeys');
    },
    has() {
      throw new Error('has');
    },
  },
) as never;

const untyped = (value: unknown): never => value as never; // as from a caller without types

test('is exported with all its data', () => {
  const { tracer, exporter } = setUp();
  const parent = tracer.startSpan('parent', { parent: null });
  const span = tracer.startSpan('s', {
    parent,
    kind: 'client',
    attributes: { a: 1 },
    links: [{ context: caller, attributes: { b: 2 } }],
  });
  span.setAttribute('c', 3).addEvent('e', { d: 4 }).setStatus({ code: 'error', message: 'no' });
  span.end();
  expect(exporter.spans).toEqual([
    {
      name: 's',
      kind: 'client',
      traceId: parent.traceId,
      spanId: span.spanId,
      parentSpanId: parent.spanId,
      parentIsRemote: false,
      startMs: wallMs + 2,
      endMs: wallMs + 4,
      attributes: { a: 1, c: 3 },
      events: [{ name: 'e', timeMs: wallMs + 3, attributes: { d: 4 } }],
      links: [{ ...caller, attributes: { b: 2 } }],
      status: { code: 'error', message: 'no' },
      resource: internalsOf(tracer).resource,
      scope: { name: '@waymark/core', version },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    },
  ]);
});

describe('identity', () => {
  test('is a trace id and a span id in lower-case hex, the same each time', () => {
    const { tracer } = setUp();
    const span = tracer.startSpan('s');
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect([span.traceId, span.spanId]).toEqual([span.traceId, span.spanId]);
  });

  test('is in the span context', () => {
    const { tracer } = setUp();
    const root = tracer.startSpan('root');
    expect(root.spanContext()).toEqual({
      traceId: root.traceId,
      spanId: root.spanId,
      traceFlags: 3,
      isRemote: false,
      isSampled: true,
      isRandom: true,
    });
    const child = tracer.startSpan('child', { parent: root });
    expect(child.spanContext()).toEqual({
      ...root.spanContext(),
      spanId: child.spanId,
      parentSpanId: root.spanId,
    });
  });
});

describe('status', () => {
  const statusAfter = (...codes: (StatusCode | number)[]) =>
    spanAfter((span) => {
      for (const code of codes) span.setStatus({ code, message: `because ${code}` });
    }).status;

  test.each<[(StatusCode | number)[], object]>([
    [[], { code: 'unset' }],
    [['unset'], { code: 'unset' }],
    [['ok'], { code: 'ok' }],
    [['error'], { code: 'error', message: 'because error' }],
    [['error', 'unset'], { code: 'error', message: 'because error' }],
    [['error', 'ok'], { code: 'ok' }],
    [['ok', 'error'], { code: 'ok' }],
    [['ok', 'unset'], { code: 'ok' }],
    [[0], { code: 'unset' }],
    [[1], { code: 'ok' }],
    [[2], { code: 'error', message: 'because 2' }],
    [[3], { code: 'unset' }],
    [[-1], { code: 'unset' }],
    [[0.5], { code: 'unset' }],
    [[Number.NaN], { code: 'unset' }],
    [[untyped('ERROR')], { code: 'unset' }],
  ])('after %j is %j', (codes, status) => {
    expect(statusAfter(...codes)).toEqual(status);
  });

  test('has the message of the last error, if that has one', () => {
    const status = (message: unknown) =>
      spanAfter((span) => {
        span.setStatus({ code: 'error', message: 'first' });
        span.setStatus({ code: 'error', message: untyped(message) });
      }).status;
    expect(status('second')).toEqual({ code: 'error', message: 'second' });
    expect(status(undefined)).toEqual({ code: 'error' });
    expect(status(5)).toEqual({ code: 'error' });
  });
});

describe('ending', () => {
  test('counts once', () => {
    const { tracer, exporter } = setUp();
    const span = tracer.startSpan('s');
    span.end();
    span.end();
    span.end(wallMs + 1000);
    expect(exporter.spans).toHaveLength(1);
    expect(exporter.spans[0]?.endMs).toBe(wallMs + 2);
    expect(tracer.stats()).toMatchObject({ started: 1, ended: 1, exported: 1 });
  });

  test('makes every later call harmless', () => {
    const { tracer, exporter } = setUp();
    const span = tracer.startSpan('s');
    span.end();
    const before = structuredClone(exporter.spans);
    expect(
      span
        .setAttribute('a', 1)
        .setAttributes({ a: 1 })
        .addEvent('e')
        .addLink({ context: caller })
        .addLinks([{ context: caller }])
        .setStatus({ code: 'error' })
        .updateName('other'),
    ).toBe(span);
    (span as RecordingSpan).startWith(['a', 1]);
    span.recordException(new Error('late'));
    span[Symbol.dispose]();
    expect(exporter.spans).toEqual(before);
    expect(tracer.stats().diagnostics).toEqual({});
  });

  test('is visible by isRecording()', () => {
    const span = setUp().tracer.startSpan('s');
    expect(span.isRecording()).toBe(true);
    span.end();
    expect(span.isRecording()).toBe(false);
  });

  test('happens at the end of a using block, also when that throws', () => {
    const { tracer, exporter } = setUp();
    expect(() => {
      using span = tracer.startSpan('s');
      span.setAttribute('a', 1);
      throw new Error('out');
    }).toThrow('out');
    expect(exporter.spans).toMatchObject([{ name: 's', attributes: { a: 1 }, status: { code: 'unset' } }]);
  });

  test('keeps only ids and times', () => {
    const { tracer } = setUp();
    const span = tracer.startSpan('s', {
      attributes: { a: 1 },
      links: [{ context: caller }],
    }) as RecordingSpan;
    span.addEvent('e').setStatus({ code: 'error', message: 'no' });
    span.end();
    const { name, attributes, events, links, statusMessage } = span;
    expect({ name, attributes, events, links, statusMessage }).toEqual({ name: '', attributes: [] });
    expect(() => (span.attributes as unknown[]).push('a')).toThrow(TypeError);
    expect(span.spanContext().spanId).toMatch(/^[0-9a-f]{16}$/);
  });

  test('keeps the identity for children that start later', () => {
    const { tracer, exporter } = setUp();
    const span = tracer.startSpan('s');
    span.end();
    tracer.startSpan('late', { parent: span }).end();
    expect(exporter.spans[1]).toMatchObject({ name: 'late', traceId: span.traceId, parentSpanId: span.spanId });
  });
});

describe('times', () => {
  const unixMs = wallMs + 60_000.25;

  test.each<[string, unknown]>([
    ['Unix milliseconds', unixMs],
    ['seconds and nanoseconds', [Math.floor(unixMs / 1000), (unixMs % 1000) * 1e6]],
  ])('may be given as %s', (_, time) => {
    const { tracer, exporter } = setUp();
    const span = tracer.startSpan('s', { startTime: untyped(time) });
    span.addEvent('e', undefined, untyped(time)).addEvent('e', untyped(time));
    span.recordException('x', untyped(time));
    span.end(untyped(time));
    const [exported] = exporter.spans;
    expect([exported?.startMs, exported?.endMs, ...(exported?.events ?? []).map(({ timeMs }) => timeMs)]).toEqual(
      new Array(5).fill(unixMs),
    );
  });

  test('may be given as a Date', () => {
    const { tracer, exporter } = setUp();
    tracer.startSpan('s', { startTime: new Date(wallMs - 1) }).end(new Date(wallMs));
    expect(exporter.spans).toMatchObject([{ startMs: wallMs - 1, endMs: wallMs }]);
  });

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a negative number', -1],
    ['an invalid Date', new Date(Number.NaN)],
    ['a text', 'now'],
    ['null', null],
    ['an object', {}],
    ['what throws', hostile],
  ])('are the present moment if %s is given', (_, time) => {
    const { tracer, exporter } = setUp();
    const span = tracer.startSpan('s', { startTime: untyped(time) });
    span.addEvent('e', { a: 1 }, untyped(time));
    span.end(untyped(time));
    expect(exporter.spans).toMatchObject([
      { startMs: wallMs + 1, endMs: wallMs + 3, events: [{ timeMs: wallMs + 2, attributes: { a: 1 } }] },
    ]);
  });

  test('never run backwards: a span does not end before its start', () => {
    const { tracer, exporter } = setUp();
    tracer.startSpan('s', { startTime: unixMs }).end(unixMs - 1);
    expect(exporter.spans).toMatchObject([{ startMs: unixMs, endMs: unixMs }]);
  });

  test('of a local trace are on one clock, also when the wall clock is set meanwhile', () => {
    let wall = wallMs;
    let monotonic = 0;
    const { tracer, exporter } = setUp({ clock: { wallMs: () => wall, monotonicMs: () => monotonic } });
    const root = tracer.startSpan('root');
    wall -= 3_600_000;
    monotonic = 5;
    tracer.startSpan('child', { parent: root }).end();
    root.end();
    tracer.startSpan('next').end();
    expect(exporter.spans.map(({ name, startMs, endMs }) => [name, startMs - wallMs, endMs - wallMs])).toEqual([
      ['child', 5, 5],
      ['root', 0, 5],
      ['next', -3_600_000, -3_600_000],
    ]);
  });
});

describe('attributes', () => {
  test('may be set one by one or together, and the last value of a key counts', () => {
    const { attributes } = spanAfter((span) =>
      span
        .setAttribute('a', 1)
        .setAttributes({ a: 2, b: [true, null] })
        .setAttribute('b', 'x'),
    );
    expect(attributes).toEqual({ a: 2, b: 'x' });
  });

  test('are kept up to the limit, and the rest are counted', () => {
    const { attributes, droppedAttributesCount } = spanAfter(
      (span) => {
        span.setAttributes({ a: 1, b: 2, c: 3 }).setAttribute('d', 4).setAttribute('a', 5);
      },
      { limits: { attributeCount: 2 } },
    );
    expect([attributes, droppedAttributesCount]).toEqual([{ a: 5, b: 2 }, 2]);
  });

  test('replace earlier ones also in a full span', () => {
    const { attributes, droppedAttributesCount } = spanAfter(
      (span) => span.setAttributes({ a: 1, b: 2 }).setAttributes({ c: 3, d: 4, a: 5 }),
      { limits: { attributeCount: 2 } },
    );
    expect([attributes, droppedAttributesCount]).toEqual([{ a: 5, b: 2 }, 2]);
  });

  test('are 128 by default', () => {
    const { attributes, droppedAttributesCount } = spanAfter((span) => {
      for (let i = 0; i < 130; i++) span.setAttribute(`a${i}`, i);
    });
    expect([Object.keys(attributes).length, droppedAttributesCount]).toEqual([128, 2]);
  });

  test('are cut at the length limit, those of events and links too', () => {
    const { attributes, events, links } = spanAfter(
      (span) => {
        span.setAttribute('a', 'abcd').addEvent('e', { a: 'abcd' });
        span.addLink({ context: caller, attributes: { a: ['abc', 'abcd'] } });
      },
      { limits: { attributeValueLength: 3 } },
    );
    expect([attributes, events[0]?.attributes, links[0]?.attributes]).toEqual([
      { a: 'abc' },
      { a: 'abc' },
      { a: ['abc', 'abc'] },
    ]);
  });

  test('with invalid values are counted and left out; undefined is only left out', () => {
    const { tracer } = setUp();
    const span = tracer.startSpan('s') as RecordingSpan;
    span
      .setAttribute('', 1)
      .setAttribute('instance', new (class Cart {})())
      .setAttribute('undefined', undefined)
      .setAttributes({ promise: Promise.resolve(), nothing: undefined, fine: 1 })
      .addEvent('e', { symbol: Symbol('a') })
      .addLink({ context: caller, attributes: { function: () => 1 } });
    expect(span.attributes).toEqual(['fine', 1]);
    expect(tracer.stats().diagnostics).toEqual({ 'invalid-attribute': 5 });
  });

  test('may be set as a list, before any other', () => {
    const { tracer } = setUp();
    const span = tracer.startSpan('s') as RecordingSpan;
    const list = ['a', 1];
    span.startWith(list);
    expect(span.attributes).toBe(list);
    span.startWith(['b', 2, 'a', 3]);
    expect(span.attributes).toEqual(['a', 3, 'b', 2]);
  });

  test('in such a list keep to the limits', () => {
    const withLimits = (limits: TracerOptions['limits']) => {
      const span = setUp({ limits }).tracer.startSpan('s') as RecordingSpan;
      span.startWith(['a', 'abcd', 'b', 'abcd']);
      return [span.attributes, span.droppedAttributesCount];
    };
    expect(withLimits({ attributeCount: 2 })).toEqual([['a', 'abcd', 'b', 'abcd'], 0]);
    expect(withLimits({ attributeCount: 1 })).toEqual([['a', 'abcd'], 1]);
    expect(withLimits({ attributeValueLength: 3 })).toEqual([['a', 'abc', 'b', 'abc'], 0]);
  });
});

describe('events', () => {
  test('have a name, a time and attributes, in any combination', () => {
    const { events } = spanAfter((span) => {
      span.addEvent('a').addEvent('b', { x: 1 }).addEvent('c', wallMs).addEvent('d', { x: 1 }, wallMs);
      span.addEvent('e', undefined, wallMs).addEvent('f', wallMs, wallMs - 1);
    });
    expect(events).toEqual([
      { name: 'a', timeMs: wallMs + 2, attributes: {} },
      { name: 'b', timeMs: wallMs + 3, attributes: { x: 1 } },
      { name: 'c', timeMs: wallMs, attributes: {} },
      { name: 'd', timeMs: wallMs, attributes: { x: 1 } },
      { name: 'e', timeMs: wallMs, attributes: {} },
      { name: 'f', timeMs: wallMs - 1, attributes: {} },
    ]);
  });

  test('are kept up to the limit, and the rest are counted, exceptions among them', () => {
    const { events, droppedEventsCount } = spanAfter(
      (span) => {
        span.addEvent('a').addEvent('b').addEvent('c');
        span.recordException('d');
      },
      { limits: { eventCount: 2 } },
    );
    expect([events.map(({ name }) => name), droppedEventsCount]).toEqual([['a', 'b'], 2]);
  });

  test('may be switched off', () => {
    const { events, droppedEventsCount } = spanAfter((span) => span.addEvent('a'), { limits: { eventCount: 0 } });
    expect([events, droppedEventsCount]).toEqual([[], 1]);
  });

  test('keep attributes up to a separate limit, and count the rest', () => {
    const span = setUp({ limits: { attributeCountPerEvent: 1 } }).tracer.startSpan('s') as RecordingSpan;
    span.addEvent('a', { x: 1 }).addEvent('b', { x: 1, y: 2, z: 3 });
    expect(span.events?.map(({ attributes, droppedAttributesCount }) => [attributes, droppedAttributesCount])).toEqual([
      [['x', 1], 0],
      [['x', 1], 2],
    ]);
  });
});

describe('links', () => {
  test('take any span context, with its flags and tracestate', () => {
    const { tracer } = setUp();
    const span = tracer.startSpan('s') as RecordingSpan;
    span.addLinks([{ context: { ...caller, traceFlags: 1, traceState: 'a=1' } }, { context: span.spanContext() }]);
    expect(
      span.links?.map(({ context }) => [context.spanId, context.traceFlags, context.traceState?.serialize()]),
    ).toEqual([
      [caller.spanId, 1, 'a=1'],
      [span.spanId, 3, undefined],
    ]);
  });

  test('are kept up to the limit, and the rest are counted', () => {
    const { links, droppedLinksCount } = spanAfter(
      (span) => span.addLinks([{ context: caller }, { context: caller }, { context: caller }]),
      { limits: { linkCount: 2 } },
    );
    expect([links.length, droppedLinksCount]).toEqual([2, 1]);
  });

  test('keep attributes up to a separate limit, and count the rest', () => {
    const span = setUp({ limits: { attributeCountPerLink: 1 } }).tracer.startSpan('s') as RecordingSpan;
    span.addLink({ context: caller, attributes: { x: 1, y: 2 } });
    expect(span.links).toMatchObject([{ attributes: ['x', 1], droppedAttributesCount: 1 }]);
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object without context', {}],
    ['a context without ids', { context: {} }],
    ['a context with a bad id', { context: { ...caller, spanId: 'x' } }],
    ['what throws', hostile],
  ])('that are %s are counted and left out', (_, link) => {
    const { tracer } = setUp();
    const span = tracer.startSpan('s') as RecordingSpan;
    span.addLink(link as Link);
    expect([span.links, tracer.stats().diagnostics]).toEqual([undefined, { 'invalid-link': 1 }]);
  });
});

test('accepts any value as a name', () => {
  const { tracer, exporter } = setUp();
  for (const name of [undefined, 5, Symbol('s'), Object.create(null)]) {
    const span = tracer.startSpan(untyped(name));
    span.addEvent(untyped(name));
    span.end();
    const renamed = tracer.startSpan('s');
    renamed.updateName(untyped(name));
    renamed.end();
  }
  expect(exporter.spans.flatMap(({ name, events }) => [name, ...events.map((event) => event.name)])).toEqual(
    ['undefined', '5', 'Symbol(s)', '(a value without a text)'].flatMap((name) => [name, name, name]),
  );
});

test('never throws, whatever the arguments are', () => {
  const { tracer, exporter } = setUp();
  for (const given of [hostile, undefined, null, 5, 'text', Symbol('s'), () => 1, Object.create(null)]) {
    const value = untyped(given);
    for (const span of [tracer.startSpan('s'), tracer.startSpan('s', { parent: { ...caller, traceFlags: 0 } })]) {
      span
        .setAttribute(value, value)
        .setAttributes(value)
        .addEvent(value, value, value)
        .addLink(value)
        .addLinks(value)
        .setStatus(value)
        .updateName(value);
      span.recordException(value, value);
      span.end(value);
    }
    tracer.startSpan(value, { kind: value, attributes: value, links: value, startTime: value, parent: value }).end();
    tracer.withSpan(value, { parent: value }, () => {});
  }
  tracer.startSpan('s', untyped(null)).end();
  tracer.withSpan('s', untyped(null), () => {});
  expect(exporter.spans.length).toBe(26);
});

describe('a span that is not recorded', () => {
  const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
  const span = new PassingSpan(trace, 5, 6, false, 'unsampled');

  test('does nothing and has an identity', () => {
    expect(span.isRecording()).toBe(false);
    expect(
      span.setAttribute().setAttributes().addEvent().addLink().addLinks().setStatus().updateName().spanContext(),
    ).toEqual({
      traceId: '00000001000000020000000300000004',
      spanId: '0000000500000006',
      traceFlags: 2,
      isRemote: false,
      isSampled: false,
      isRandom: true,
    });
    span.recordException();
    span.end();
    span[Symbol.dispose]();
  });

  test.each([
    ['unsampled', false],
    ['suppressed', false],
    ['remote', true],
    ['ignored', true],
  ] as const)('is, as %s, remote: %p', (mode, isRemote) => {
    expect(new PassingSpan(trace, 5, 6, true, mode).spanContext().isRemote).toBe(isRemote);
  });
});

test('is recognized, also if another copy of the package made it', () => {
  const { tracer } = setUp();
  jest.isolateModules(() => {
    const { createTracer: createOther }: typeof import('./create-tracer.ts') = require('./create-tracer.ts');
    const other = createOther({ exporter: [], flushOnExit: false, env: {} });
    expect(isWaymarkSpan(other.startSpan('s'))).toBe(true);
  });
  expect(isWaymarkSpan(tracer.startSpan('s'))).toBe(true);
  expect([undefined, null, 5, {}, { spanContext: () => caller }].filter(isWaymarkSpan)).toEqual([]);
});

test('has its data while exporters are called, and only then', () => {
  const seen: unknown[] = [];
  const exporter: SpanExporter = {
    name: 'keeper',
    export: (span: RecordingSpan) => {
      seen.push(span.name, [...span.attributes], span.endMs);
    },
    stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
  };
  const { tracer } = setUp({ exporter });
  tracer.startSpan('s', { attributes: { a: 1 } }).end();
  expect(seen).toEqual(['s', ['a', 1], wallMs + 2]);
});
