import { currentContext, withContext } from './active-context.ts';
import { Context } from './context.ts';
import { createTracer } from './create-tracer.ts';
import { setBaggage } from './current.ts';
import { internalsOf } from './internal-tracer.ts';
import type { TracerOptions } from './options.ts';
import { PassingSpan } from './passing-span.ts';
import type { Propagator } from './propagation/propagator.ts';
import type { RecordingSpan } from './recording-span.ts';
import { alwaysOffSampler, traceIdRatioSampler } from './sampler.ts';
import { createSpanContext } from './span-context.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { TraceIdentity } from './trace-identity.ts';
import type { Tracer } from './tracer.ts';
import { ignoredSpan, untraced } from './untraced.ts';

function makeTracer(options: TracerOptions = {}): Tracer {
  return createTracer({ exporter: inMemoryExporter(), logLevel: 'none', flushOnExit: false, env: {}, ...options });
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

const untyped = (value: unknown): never => value as never; // as from a caller without types

describe('the parent of a new span', () => {
  const childOf = (parent: unknown) => makeTracer().startSpan('s', { parent: untyped(parent) }) as RecordingSpan;

  test('is the active span, or absent', () => {
    const tracer = makeTracer();
    const root = tracer.startSpan('root') as RecordingSpan;
    expect(root.parentSpanId).toBeUndefined();
    withContext(new Context(root, undefined), () => {
      const child = tracer.startSpan('child') as RecordingSpan;
      expect([child.traceId, child.parentSpanId, child.parentIsRemote]).toEqual([root.traceId, root.spanId, false]);
      expect((tracer.startSpan('root', { parent: null }) as RecordingSpan).parentSpanId).toBeUndefined();
    });
  });

  test.each<[string, unknown, boolean]>([
    ['a span context', createSpanContext({ traceId, spanId, traceFlags: 1 }), true],
    ['ids', { traceId, spanId, traceFlags: 1 }, true],
    ["another library's span", { spanContext: () => ({ traceId, spanId, traceFlags: 1 }) }, true],
    ['a context that came by header', makeTracer().extract({ traceparent }), true],
  ])('may be given as %s', (_, parent, parentIsRemote) => {
    const child = childOf(parent);
    expect([child.traceId, child.parentSpanId, child.parentIsRemote]).toEqual([traceId, spanId, parentIsRemote]);
  });

  test('may be given as a context without a span, which starts a trace', () => {
    const tracer = makeTracer();
    const child = tracer.startSpan('s', { parent: new Context(undefined, undefined) }) as RecordingSpan;
    expect([child.parentSpanId, tracer.stats().diagnostics]).toEqual([undefined, {}]);
  });

  test.each<[string, unknown]>([
    ['a number', 5],
    ['a text', traceparent],
    ['ids that are none', { traceId: 'x', spanId: 'y' }],
    ['an object', {}],
    [
      'a span whose method throws',
      {
        spanContext() {
          throw new Error('spanContext');
        },
      },
    ],
  ])('is absent if %s is given, and the mistake is counted', (_, parent) => {
    const tracer = makeTracer();
    const child = tracer.startSpan('s', { parent: untyped(parent) }) as RecordingSpan;
    expect([child.parentSpanId, tracer.stats().diagnostics]).toEqual([undefined, { 'invalid-parent': 1 }]);
  });

  test('gives a child the random flag, the tracestate and nothing else of the trace', () => {
    for (const traceFlags of [1, 3]) {
      const child = childOf({ traceId, spanId, traceFlags, traceState: 'a=1' });
      expect(child.spanContext()).toMatchObject({ traceFlags, isRemote: false, parentSpanId: spanId });
      expect(child.spanContext().traceState?.serialize()).toBe('a=1');
    }
  });
});

describe('below a span without child spans', () => {
  test('an ignored request passes the context on, and is the span of its children', () => {
    const tracer = makeTracer();
    const caller = tracer.extract({ traceparent, tracestate: 'a=1', baggage: 'b=2' });
    const ignored = ignoredSpan(caller.span, internalsOf(tracer));
    withContext(new Context(ignored, caller.baggage), () => {
      expect(tracer.startSpan('s')).toBe(ignored);
      const carrier = {};
      tracer.inject(carrier);
      expect(carrier).toEqual({ traceparent, tracestate: 'a=1', baggage: 'b=2' });
    });
    expect(tracer.stats()).toMatchObject({ started: 0, notSampled: 0 });
  });

  test('untraced work makes no span, sends no header, and accepts no baggage', async () => {
    const tracer = makeTracer();
    await tracer.withSpan('outer', async () => {
      setBaggage('a', '1');
      await untraced(async () => {
        await null;
        expect(tracer.withSpan('s', (span) => span.isRecording())).toBe(false);
        expect(setBaggage('b', '2')).toBe(false);
        const carrier = {};
        tracer.inject(carrier);
        expect(carrier).toEqual({});
      });
    });
    expect(tracer.stats().started).toBe(1);
  });
});

describe('ids', () => {
  test('are random, and new traces have the random flag', () => {
    const tracer = makeTracer();
    const spans = Array.from({ length: 1000 }, () => tracer.startSpan('s', { parent: null }));
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1000);
    expect(new Set(spans.map((span) => span.spanId)).size).toBe(1000);
    expect(spans.every((span) => span.spanContext().isRandom)).toBe(true);
  });

  test('have 56 random bits on the right', () => {
    const tracer = makeTracer();
    const seen = Array.from({ length: 64 }, () => BigInt(`0x${tracer.startSpan('s').traceId.slice(-14)}`));
    const everSet = seen.reduce((all, bits) => all | bits, 0n);
    const alwaysSet = seen.reduce((all, bits) => all & bits, 2n ** 56n - 1n);
    // By chance alone, once in 2^58 runs.
    expect([everSet, alwaysSet]).toEqual([2n ** 56n - 1n, 0n]);
  });

  test('may come from a generator, and count as random only if it says so', () => {
    const idGenerator = { traceId: () => traceId, spanId: () => spanId };
    const span = makeTracer({ idGenerator }).startSpan('s');
    expect([span.traceId, span.spanId, span.spanContext().traceFlags]).toEqual([traceId, spanId, 1]);
    const random = makeTracer({ idGenerator: { ...idGenerator, isRandom: true } }).startSpan('s');
    expect(random.spanContext().traceFlags).toBe(3);
  });

  test('come from the methods of a generator, called on it', () => {
    class Counter {
      private count = 0;
      traceId(): string {
        return (++this.count).toString(16).padStart(32, '0');
      }
      spanId(): string {
        return (++this.count).toString(16).padStart(16, '0');
      }
    }
    const span = makeTracer({ idGenerator: new Counter() }).startSpan('s');
    expect([span.traceId, span.spanId]).toEqual([`${'0'.repeat(31)}1`, `${'0'.repeat(15)}2`]);
  });

  test.each<[string, () => unknown]>([
    ['too short', () => 'abc'],
    ['in upper case', () => traceId.toUpperCase()],
    ['zeros', () => '0'.repeat(32)],
    ['no text', () => 5],
    [
      'an error',
      () => {
        throw new Error('generator');
      },
    ],
  ])('are random if the generator has %s, and the fault is counted', (_, generate) => {
    const tracer = makeTracer({ idGenerator: { traceId: untyped(generate), spanId: untyped(generate) } });
    const span = tracer.startSpan('s');
    expect(span.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect(tracer.stats().diagnostics).toEqual({ 'invalid-id': 2 });
  });
});

describe('propagation', () => {
  test('writes the current context, or the given one', () => {
    const tracer = makeTracer();
    const written = (context?: Context) => {
      const carrier = {};
      tracer.inject(carrier, undefined, context);
      return carrier;
    };
    expect(written()).toEqual({});
    tracer.withSpan('s', (span) => {
      expect(written()).toEqual({ traceparent: `00-${span.traceId}-${span.spanId}-03` });
    });
    expect(written(tracer.extract({ traceparent }))).toEqual({ traceparent });
  });

  test("uses the application's getters and setters", () => {
    const tracer = makeTracer();
    const job = { meta: new Map([['TRACEPARENT', traceparent]]) };
    const context = tracer.extract(job, { get: ({ meta }, name) => meta.get(name.toUpperCase()) });
    expect(context.span?.spanId).toBe(spanId);
    const sent: string[] = [];
    tracer.inject(sent, { set: (list, name, value) => list.push(`${name}: ${value}`) }, context);
    expect(sent).toEqual([`traceparent: ${traceparent}`]);
  });

  test('uses the formats of the settings, in their order', () => {
    const mine = (name: string): Propagator => ({
      name,
      fields: [name],
      extract: (context) => context,
      inject: (_, carrier, setter) => setter.set(carrier, 'order', name),
    });
    const carrier: Record<string, string> = {};
    const set = (headers: Record<string, string>, name: string, value: string) => {
      headers[name] = `${headers[name] ?? ''}${value}`;
    };
    makeTracer({ propagators: [mine('a'), mine('b')] }).inject(carrier, { set }, new Context(undefined, undefined));
    expect(carrier).toEqual({ order: 'ab' });
  });

  test('reads a new context each time, in which baggage can be set', () => {
    const tracer = makeTracer();
    const one = tracer.extract({});
    const other = tracer.extract({});
    expect(withContext(one, () => setBaggage('a', '1'))).toBe(true);
    expect([one.baggage?.get('a'), other.baggage]).toEqual(['1', undefined]);
  });

  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('get');
      },
      ownKeys() {
        throw new Error('ownKeys');
      },
      set() {
        throw new Error('set');
      },
    },
  );
  const nobodysBusiness = {
    get traceparent(): string {
      throw new Error('getter');
    },
  };

  test.each<[string, unknown, number]>([
    ['a proxy that throws', hostile, 2],
    ['a getter that throws', nobodysBusiness, 1],
    ['a Map that throws', Object.assign(new Map(), { [Symbol.iterator]: () => hostile }), 2],
    ['null', null, 0],
    ['undefined', undefined, 0],
    ['a text', 'traceparent', 0],
    ['a number', 5, 0],
  ])('reads nothing from %s, and does not throw', (_, carrier, faults) => {
    const tracer = makeTracer();
    expect(tracer.extract(untyped(carrier))).toEqual(new Context(undefined, undefined));
    expect(tracer.stats().diagnostics).toEqual(faults === 0 ? {} : { 'propagator-failed': faults });
  });

  test.each<[string, unknown]>([
    ['a proxy that throws', hostile],
    ['a frozen object', Object.freeze({})],
    ['frozen pairs', Object.freeze([])],
  ])('writes nothing to %s, and does not throw', (_, carrier) => {
    const tracer = makeTracer();
    tracer.inject(untyped(carrier), undefined, tracer.extract({ traceparent }));
    expect(tracer.stats().diagnostics).toEqual({ 'propagator-failed': 1 });
  });

  test('goes on with the next format after one, its getter or its setter has thrown', () => {
    const failing: Propagator = {
      name: 'failing',
      fields: [],
      extract() {
        throw new Error('extract');
      },
      inject() {
        throw new Error('inject');
      },
    };
    const tracer = makeTracer({ propagators: [failing, 'tracecontext'] });
    const context = tracer.extract({ traceparent });
    expect(context.span?.spanId).toBe(spanId);
    const carrier = {};
    tracer.inject(carrier, undefined, context);
    expect(carrier).toEqual({ traceparent });
    const throwing = () => {
      throw new Error('accessor');
    };
    expect(tracer.extract({}, { get: throwing }).span).toBeUndefined();
    tracer.inject({}, { set: throwing }, context);
    expect(tracer.stats().diagnostics).toEqual({ 'propagator-failed': 6 });
  });
});

describe('when it is disabled', () => {
  const tracer = createTracer({ disabled: true, exporter: inMemoryExporter(), env: {} });

  test('makes and sends nothing', () => {
    const span = tracer.startSpan('s');
    expect(span).toBeInstanceOf(PassingSpan);
    span.end();
    expect(tracer.stats()).toMatchObject({ started: 0, ended: 0, notSampled: 0, exporters: [] });
    expect(internalsOf(tracer).isEnabled).toBe(false);
  });

  test('passes contexts on', () => {
    const headers = { traceparent, tracestate: 'a=1', baggage: 'b=2' };
    const context = tracer.extract(headers);
    tracer.withSpan('s', { parent: context }, () => {
      const carrier = {};
      tracer.inject(carrier);
      expect(carrier).toEqual(headers);
    });
  });
});

test('reads the wall clock once for each trace, and then the monotonic clock', () => {
  const exporter = inMemoryExporter();
  let monotonic = 0;
  const tracer = makeTracer({ exporter, clock: { wallMs: () => 1_000_000_000_000, monotonicMs: () => monotonic } });
  const span = tracer.startSpan('s');
  monotonic = 250.5;
  span.end();
  expect(exporter.spans).toMatchObject([{ startMs: 1_000_000_000_000, endMs: 1_000_000_000_250.5 }]);
});

test("has the resource of its settings, which its spans' data show", () => {
  const exporter = inMemoryExporter();
  const tracer = makeTracer({ exporter, serviceName: 'orders', resource: { a: 1 } });
  tracer.startSpan('s').end();
  expect(internalsOf(tracer).resource.attributes).toMatchObject({ 'service.name': 'orders', a: 1 });
  expect(exporter.spans[0]?.resource).toBe(internalsOf(tracer).resource);
});

test('prints its settings', () => {
  const tracer = makeTracer({ sampler: traceIdRatioSampler(0.5), serviceName: 'orders' });
  const lines = tracer.describeSettings().split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/^serviceName +orders {2}\(code\)$/));
  expect(lines).toContainEqual(expect.stringMatching(/^sampler +TraceIdRatioBased\{0\.5\} {2}\(code\)$/));
});

test('prints the settings of its exporters', async () => {
  const tracer = createTracer({ logLevel: 'none', env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9/base' } });
  const lines = tracer.describeSettings().split('\n');
  await tracer.shutdown();
  expect(lines).toContainEqual(
    expect.stringMatching(/^otlp\.url +http:\/\/127\.0\.0\.1:9\/base\/v1\/traces {2}\(OTEL_EXPORTER_OTLP_ENDPOINT\)$/),
  );
});

test('may share a process with others: spans go to the tracer that made them', () => {
  const [one, other] = [inMemoryExporter(), inMemoryExporter()];
  const oneTracer = makeTracer({ exporter: one });
  const otherTracer = makeTracer({ exporter: other });
  oneTracer.withSpan('one', () => otherTracer.withSpan('other', () => {}));
  expect([one.spans.map(({ name }) => name), other.spans.map(({ name }) => name)]).toEqual([['one'], ['other']]);
  expect(other.spans[0]?.parentSpanId).toBe(one.spans[0]?.spanId);
});

test('decides anew below a span that another tracer did not sample, if its sampler says so', () => {
  const exporter = inMemoryExporter();
  const tracer = makeTracer({ exporter, sampler: () => true });
  makeTracer({ sampler: alwaysOffSampler() }).withSpan('unsampled', () => tracer.startSpan('sampled').end());
  expect(exporter.spans).toMatchObject([{ name: 'sampled' }]);
});

test('accepts a span of another copy of the package as a parent', () => {
  jest.isolateModules(() => {
    const copy: typeof import('./create-tracer.ts') = require('./create-tracer.ts');
    const other = copy.createTracer({ exporter: [], flushOnExit: false, env: {} });
    const exporter = inMemoryExporter();
    const tracer = makeTracer({ exporter });
    other.withSpan('theirs', (theirs) => {
      expect(currentContext()?.span).toBe(theirs);
      tracer.withSpan('ours', (ours) => {
        expect(ours.traceId).toBe(theirs.traceId);
      });
      expect(exporter.spans).toMatchObject([{ parentSpanId: theirs.spanId, parentIsRemote: false }]);
    });
  });
});

test('propagates no trace without ids', () => {
  const nowhere = new PassingSpan(new TraceIdentity(0, 0, 0, 0, false, undefined), 0, 0, false, 'ignored');
  const carrier = {};
  makeTracer().inject(carrier, undefined, new Context(nowhere, undefined));
  expect(carrier).toEqual({});
});
