// With processors written as users write them. tests/opentelemetry/processors runs those of OpenTelemetry's SDKs.
import * as api from '@opentelemetry/api';
import { contextWith, withContext } from '../active-context.ts';
import { withBaggage } from '../current.ts';
import {
  activeSpan,
  createTracer,
  type HookedSpan,
  type OpenTelemetryParentContext,
  type OpenTelemetryProcessedSpan,
  type OpenTelemetryReadableSpan,
  type OpenTelemetrySpanProcessor,
  type TracerOptions,
} from '../index.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { bridgeOpenTelemetry } from './bridge.ts';

const headers = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  baggage: 'tenant=acme;note=1',
};

/** A processor that does nothing, with what a test needs. */
function processorWith(parts: Partial<OpenTelemetrySpanProcessor>): OpenTelemetrySpanProcessor {
  return { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {}, ...parts };
}

function setUp(parts: Partial<OpenTelemetrySpanProcessor>[], options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({
    spanProcessors: parts.map(processorWith),
    exporter,
    env: {},
    logLevel: 'none',
    flushOnExit: false,
    ...options,
  });
  const attributes = () => exporter.spans.map((span) => ({ ...span.attributes }));
  return { tracer, exporter, attributes };
}

const theirContext = (context: OpenTelemetryParentContext) => context as api.Context;

test('processors are called in their order, at the start, before the end, and after the end', () => {
  const calls: string[] = [];
  const noting = (who: string): Partial<OpenTelemetrySpanProcessor> => ({
    onStart: (span) => void calls.push(`${who} starts ${span.name} ${span.ended} ${span.isRecording()}`),
    onEnding: (span) => void calls.push(`${who} ends ${span.name} ${span.ended} ${span.isRecording()}`),
    onEnd: (span) => void calls.push(`${who} has ${span.name} ${span.ended} ${span.duration[0] >= 0}`),
  });
  const { tracer } = setUp([noting('one'), noting('two')]);
  tracer.withSpan('a', () => {});
  expect(calls).toEqual([
    'one starts a false true',
    'two starts a false true',
    'one ends a false true',
    'two ends a false true',
    'one has a true true',
    'two has a true true',
  ]);
});

test('a processor gets one object for a span, and has its data after the end', () => {
  const started: OpenTelemetryProcessedSpan[] = [];
  const ended: OpenTelemetryReadableSpan[] = [];
  const { tracer } = setUp([{ onStart: (span) => void started.push(span), onEnd: (span) => void ended.push(span) }]);
  tracer.withSpan('a', { kind: 'consumer', attributes: { a: 1 } }, (span) => {
    expect(started[0]?.attributes).toEqual({ a: 1 });
    span.setAttribute('b', 2).addEvent('c', { d: 3 }).updateName('e');
    expect(started[0]).toMatchObject({ name: 'e', attributes: { a: 1, b: 2 }, ended: false, kind: 4 });
  });
  expect(ended).toEqual(started);
  expect(ended[0]).toBe(started[0]);
  expect(ended[0]).toMatchObject({
    name: 'e',
    attributes: { a: 1, b: 2 },
    events: [{ name: 'c', attributes: { d: 3 } }],
    ended: true,
    status: { code: 0 },
    instrumentationScope: { name: '@waymark/core' },
  });
  started[0]?.setAttribute('late', 1).updateName('late').end();
  expect(ended[0]).toMatchObject({ name: 'e', attributes: { a: 1, b: 2 } });
  expect(started[0]?.isRecording()).toBe(false);
});

test('a processor writes to a span by its methods', () => {
  const { tracer, exporter } = setUp([
    {
      onStart(span) {
        span.setAttribute('a', 1).setAttributes({ b: 2 }).addEvent('e', { f: 1 }).updateName(`${span.name}!`);
        span.addLink({ context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } });
        span.setStatus({ code: 2, message: 'broken' });
        span.recordException(new Error('noted'));
        expect(span.attributes).toEqual({ a: 1, b: 2 });
      },
      onEnding: (span) => void span.setAttribute('c', 3),
    },
  ]);
  tracer.withSpan('work', () => {});
  expect(exporter.spans).toMatchObject([
    {
      name: 'work!',
      attributes: { a: 1, b: 2, c: 3 },
      events: [{ name: 'e' }, { name: 'exception' }],
      links: [{ spanId: '2'.repeat(16) }],
      status: { code: 'error', message: 'broken' },
    },
  ]);
});

test('changes in place, as processors make them to redact spans, reach the next processor and the exporters', () => {
  const next: unknown[] = [];
  const { tracer, exporter } = setUp([
    {
      onStart(span) {
        span.attributes.early = 'in place';
      },
      onEnd(span) {
        delete span.attributes['user.email'];
        span.attributes['url.path'] = '/REDACTED';
        for (const { attributes } of span.events) if (attributes) attributes['exception.message'] = 'REDACTED';
        span.status.message = 'REDACTED';
        (span as { name: string }).name = 'renamed';
      },
    },
    { onEnd: ({ name, attributes }) => void next.push([name, { ...attributes }]) },
  ]);
  const attributes = { 'user.email': 'a@b', 'url.path': '/a@b', large: 2n ** 60n, list: [1, 2] };
  const span = tracer.startSpan('work', { attributes });
  span.setStatus({ code: 'error', message: 'a@b' });
  span.addEvent('x', { n: 1 });
  span.recordException(new Error('a@b'));
  span.end();
  const early = { early: 'in place', list: [1, 2] };
  expect(next).toEqual([['renamed', { ...early, 'url.path': '/REDACTED', large: String(2n ** 60n) }]]);
  const [exported] = exporter.spans;
  expect({ ...exported?.attributes }).toEqual({ ...early, 'url.path': '/REDACTED', large: 2n ** 60n });
  expect(exported).toMatchObject({ name: 'renamed', status: { code: 'error', message: 'REDACTED' } });
  expect(exported?.events.map((event) => event.attributes['exception.message'])).toEqual(['REDACTED', 'REDACTED']);
});

describe('the parent’s context', () => {
  test('has the baggage and the span that came by header', () => {
    const seen: unknown[] = [];
    const { tracer } = setUp([
      {
        onStart(_span, context) {
          const { spanId, isRemote } = api.trace.getSpanContext(theirContext(context)) ?? {};
          const entry = api.propagation.getBaggage(theirContext(context))?.getEntry('tenant');
          seen.push([spanId, isRemote, entry?.value, entry?.metadata?.toString()]);
        },
      },
    ]);
    tracer.withSpan('server', { parent: tracer.extract(headers) }, () => tracer.startSpan('child', { parent: null }));
    expect(seen).toEqual([
      [headers.traceparent.slice(36, 52), true, 'acme', 'note=1'],
      [undefined, undefined, 'acme', 'note=1'],
    ]);
  });

  test('has the parent as the object that processors know', () => {
    const spans: OpenTelemetryProcessedSpan[] = [];
    const parents: unknown[] = [];
    const { tracer } = setUp([
      {
        onStart(span, context) {
          spans.push(span);
          const parent = api.trace.getSpan(theirContext(context)) as OpenTelemetryProcessedSpan | undefined;
          parents.push(parent);
          if (parent?.attributes.tenant) span.setAttribute('tenant', String(parent.attributes.tenant));
        },
      },
    ]);
    tracer.withSpan('a', { attributes: { tenant: 'acme' } }, () => {
      withBaggage({ b: 'c' }, () => tracer.withSpan('b', () => {}));
    });
    expect(parents).toEqual([undefined, spans[0]]);
    expect(parents[1]).toBe(spans[0]);
    expect(spans[1]?.attributes).toEqual({ tenant: 'acme' });
    expect(spans[1]?.parentSpanContext).toMatchObject({ spanId: spans[0]?.spanContext().spanId });
    expect(spans[1]).toMatchObject({ parentSpanId: spans[0]?.spanContext().spanId });
  });

  test('has the keys of the context that the bridge was given', () => {
    const key = api.createContextKey('own');
    const seen: unknown[] = [];
    const { tracer } = setUp([{ onStart: (_span, context) => void seen.push(context.getValue(key)) }]);
    const bridge = bridgeOpenTelemetry(api, { tracer });
    try {
      const given = api.ROOT_CONTEXT.setValue(key, 'given');
      bridge.tracerProvider.getTracer('t').startSpan('a', {}, given).end();
      api.context.with(api.ROOT_CONTEXT.setValue(key, 'active'), () => tracer.withSpan('b', () => {}));
    } finally {
      bridge.unregister();
    }
    expect(seen).toEqual(['given', 'active']);
  });

  test('can be made another, and run in by the bridge', () => {
    const contexts: OpenTelemetryParentContext[] = [];
    const { tracer, exporter } = setUp([{ onStart: (_span, context) => void contexts.push(context) }]);
    const bridge = bridgeOpenTelemetry(api, { tracer });
    try {
      const running = tracer.startSpan('a');
      withContext(contextWith(running), () => tracer.withSpan('b', () => {}));
      const [root, below] = contexts.map(theirContext);
      const key = api.createContextKey('k');
      expect(root?.setValue(key, 1).getValue(key)).toBe(1);
      expect(root?.setValue(key, 1).deleteValue(key).getValue(key)).toBeUndefined();
      if (below !== undefined) api.context.with(below, () => tracer.startSpan('c').end());
      running.end();
    } finally {
      bridge.unregister();
    }
    const idOf = (name: string) => exporter.spans.find((span) => span.name === name);
    expect(idOf('c')).toMatchObject({ parentSpanId: idOf('a')?.spanId, parentIsRemote: false });
  });
});

test('hooks and processors: onStart, onStart of processors, onEnding of processors, onEnding', () => {
  const calls: string[] = [];
  const { tracer } = setUp(
    [
      {
        onStart: () => void calls.push('processor starts'),
        onEnding: () => void calls.push('processor ends'),
        onEnd: (span) => void calls.push(`processor has ${Object.keys(span.attributes)}`),
      },
    ],
    {
      onStart: (span) => void calls.push(`start hook ${span.name}`),
      onEnding: (span) => void calls.push(`end hook ${span.setAttribute('last', 1).name}`),
    },
  );
  tracer.withSpan('a', () => {});
  expect(calls).toEqual(['start hook a', 'processor starts', 'processor ends', 'end hook a', 'processor has last']);
});

test('a dropped span has no end for processors, and one dropped at its start no start', () => {
  const calls: string[] = [];
  const drop = (span: HookedSpan) => span.drop();
  const noting: Partial<OpenTelemetrySpanProcessor> = {
    onStart: (span) => void calls.push(`starts ${span.name}`),
    onEnd: (span) => void calls.push(`has ${span.name}`),
  };
  setUp([noting], { onStart: drop }).tracer.withSpan('a', () => {});
  expect(calls).toEqual([]);
  setUp([noting], { onEnding: drop }).tracer.withSpan('b', () => {});
  expect(calls).toEqual(['starts b']);
});

test('faults are counted, and neither other processors nor the application see them', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  const rejecting = (async () => Promise.reject(new Error('rejected'))) as () => never;
  const seen: string[] = [];
  const { tracer, exporter } = setUp([
    { onStart: broken, onEnding: broken, onEnd: broken, forceFlush: broken, shutdown: rejecting },
    { onStart: rejecting, onEnding: rejecting, onEnd: rejecting, forceFlush: rejecting },
    { onEnd: (span) => void seen.push(span.name) },
  ]);
  expect(tracer.withSpan('a', () => 7)).toBe(7);
  await new Promise(setImmediate); // until the rejections have gone their way
  expect(tracer.stats().diagnostics).toEqual({ 'hook-failed': 6 });
  expect((await tracer.flush()).complete).toBe(false);
  expect((await tracer.shutdown()).complete).toBe(false);
  expect(tracer.stats().diagnostics).toEqual({ 'hook-failed': 6, 'exporter-failed': 2 });
  expect([seen, exporter.spans.length]).toEqual([['a'], 1]);
});

test('flush() and shutdown() wait for all processors', async () => {
  const calls: string[] = [];
  const slow = (what: string) => async () => {
    await new Promise(setImmediate);
    calls.push(what);
  };
  const parts = [1, 2].map((n) => ({ forceFlush: slow(`flush ${n}`), shutdown: slow(`shutdown ${n}`) }));
  const { tracer } = setUp(parts);
  await tracer.flush();
  expect(calls).toEqual(['flush 1', 'flush 2']);
  await tracer.shutdown();
  expect(calls.slice(2)).toEqual(['shutdown 1', 'shutdown 2']);
});

test('a processor of two tracers is shut down by the last', async () => {
  const calls: string[] = [];
  const shared = processorWith({
    forceFlush: async () => void calls.push('flush'),
    shutdown: async () => void calls.push('shutdown'),
  });
  const tracers = [1, 2].map(() =>
    createTracer({ spanProcessors: [shared], exporter: [], env: {}, flushOnExit: false }),
  );
  for (const tracer of tracers) await tracer.shutdown();
  expect(calls).toEqual(['flush', 'shutdown']);
});

test('is counted in the statistics like an exporter, also without one', async () => {
  const { tracer } = setUp([{}], { exporter: 'none' });
  tracer.withSpan('a', () => {});
  const late = tracer.startSpan('late');
  expect(tracer.stats()).toMatchObject({ started: 2, ended: 1, exported: 1, dropped: {} });
  expect(tracer.stats().exporters.map(({ name }) => name)).toEqual(['span-processors']);
  await tracer.shutdown();
  late.end();
  expect(tracer.stats()).toMatchObject({ ended: 2, exported: 1, dropped: { 'after-shutdown': 1 } });
});

test('what processors do after the end is untraced, and what they start is not below the request', () => {
  const { tracer } = setUp([
    {
      onStart: () => expect(activeSpan()?.isRecording() ?? true).toBe(true),
      onEnd: () => tracer.withSpan('request of an exporter', (span) => expect(span.isRecording()).toBe(false)),
    },
  ]);
  tracer.withSpan('a', () => tracer.withSpan('b', () => {}));
  expect(tracer.stats()).toMatchObject({ started: 2, diagnostics: {} });
});

test('a disabled tracer calls none', async () => {
  const called = jest.fn();
  const { tracer } = setUp([{ onStart: called, onEnd: called, shutdown: called }], { disabled: true });
  tracer.withSpan('a', () => {});
  await tracer.shutdown();
  expect(called).not.toHaveBeenCalled();
});

test.each<[string, unknown, RegExp]>([
  ['a processor that is not in an array', processorWith({}), /Put the processor into an array/],
  ['an exporter', [{ export() {}, shutdown() {} }], /goes into the option exporter/],
  ['something else', [{ onEnd() {} }], /onStart\(\), onEnd\(\), forceFlush\(\), shutdown\(\)/],
  ['a string', 'batch', /an array of objects/],
])('refuses %s', (_what, spanProcessors, message) => {
  expect(() => createTracer({ spanProcessors: spanProcessors as never, env: {} })).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION', message: expect.stringMatching(message) }),
  );
});

test('describeSettings() names them', () => {
  class RedactingProcessor implements OpenTelemetrySpanProcessor {
    readonly secret = 'hidden';
    onStart(): void {}
    onEnd(): void {}
    async forceFlush(): Promise<void> {}
    async shutdown(): Promise<void> {}
  }
  const { tracer } = setUp([], { spanProcessors: [new RedactingProcessor(), processorWith({})] });
  const line = tracer
    .describeSettings()
    .split('\n')
    .find((text) => text.startsWith('spanProcessors'));
  expect(line).toMatch(/RedactingProcessor, a span processor {2}\(code\)$/);
});
