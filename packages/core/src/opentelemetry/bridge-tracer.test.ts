import { SpanKind } from '@opentelemetry/api';
import { apis, resetRegistry, revokedProxy } from '../../test/opentelemetry-apis.ts';
import { treeOf } from '../../test/tree-of.ts';
import {
  activeSpan,
  contextWith,
  createTracer,
  extract,
  getBaggage,
  setDefaultTracer,
  type TracerOptions,
  withBaggage,
  withContext,
  withSpan,
} from '../index.ts';
import { processState } from '../process-state.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { ignoredSpan } from '../untraced.ts';
import { bridgeOpenTelemetry } from './bridge.ts';

function setUp(options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  setDefaultTracer(tracer);
  return { exporter, tracer };
}

afterEach(resetRegistry);

describe.each(apis)('a tracer of @opentelemetry/api %s', (_version, api) => {
  const { context, propagation, ROOT_CONTEXT, trace } = api;
  const tracer = () => trace.getTracer('shop');

  beforeEach(() => {
    bridgeOpenTelemetry(api);
  });

  describe('startActiveSpan()', () => {
    test('makes the span active in all its forms, and does not end it', () => {
      const { exporter } = setUp();
      const given = ROOT_CONTEXT.setValue(Symbol.for('key'), 'given');
      withSpan('request', (request) => {
        const results = [
          tracer().startActiveSpan('two', (span) => [span, trace.getActiveSpan(), activeSpan()]),
          tracer().startActiveSpan('three', { kind: SpanKind.CLIENT }, (span) => [
            span,
            trace.getActiveSpan(),
            activeSpan(),
          ]),
          tracer().startActiveSpan('four', {}, given, (span) => [span, trace.getActiveSpan(), activeSpan()]),
        ];
        for (const [span, ...active] of results) {
          expect(active).toEqual([span, span]);
          expect(span?.isRecording()).toBe(true);
          span?.end();
        }
        expect(activeSpan()).toBe(request);
      });
      expect(exporter.spans.map(({ name, kind, parentSpanId }) => [name, kind, parentSpanId !== undefined])).toEqual([
        ['two', 'internal', true],
        ['three', 'client', true],
        ['four', 'internal', false],
        ['request', 'internal', false],
      ]);
    });

    test('returns what the function returns or throws, without a status', async () => {
      const { exporter } = setUp();
      expect(await tracer().startActiveSpan('s', async (span) => span.end() ?? 7)).toBe(7);
      expect(() =>
        tracer().startActiveSpan('s', (span) => {
          span.end();
          throw new Error('out');
        }),
      ).toThrow('out');
      expect(exporter.spans.map(({ status, events }) => [status, events.length])).toEqual([
        [{ code: 'unset' }, 0],
        [{ code: 'unset' }, 0],
      ]);
    });

    test('keeps the other keys and the baggage of the context', () => {
      setUp();
      const key = Symbol.for('key');
      const given = propagation.setBaggage(
        ROOT_CONTEXT.setValue(key, 1),
        propagation.createBaggage({ tenant: { value: 'acme' } }),
      );
      tracer().startActiveSpan('given', {}, given, (outer) => {
        expect([context.active().getValue(key), getBaggage('tenant')]).toEqual([1, 'acme']);
        tracer().startActiveSpan('active', (inner) => {
          expect([context.active().getValue(key), getBaggage('tenant')]).toEqual([1, 'acme']);
          inner.end();
        });
        outer.end();
      });
      withBaggage({ tenant: 'acme' }, () => {
        tracer().startActiveSpan('s', (span) => {
          expect(propagation.getActiveBaggage()?.getEntry('tenant')).toEqual({ value: 'acme' });
          span.end();
        });
      });
    });

    test('without a function returns undefined', () => {
      setUp();
      expect((tracer().startActiveSpan as (name: string) => unknown)('s')).toBeUndefined();
    });
  });

  describe('the parent', () => {
    test('is the span of the context that is given, and never the active one', () => {
      const { exporter } = setUp();
      withSpan('request', () => {
        tracer().startSpan('root', {}, ROOT_CONTEXT).end();
        tracer().startSpan('deleted', {}, trace.deleteSpan(context.active())).end();
        tracer().startSpan('child', {}, context.active()).end();
        tracer().startActiveSpan('root, active', {}, ROOT_CONTEXT, (span) => {
          withSpan('below root', () => {});
          span.end();
        });
      });
      expect(treeOf(exporter.spans)).toBe('request\n  child\nroot\ndeleted\nroot, active\n  below root\n');
    });

    test('is none with root', () => {
      const { exporter } = setUp();
      withSpan('request', () => {
        tracer().startSpan('root', { root: true }).end();
        tracer().startActiveSpan('active root', { root: true }, (span) => {
          expect(activeSpan()).toBe(span);
          span.end();
        });
      });
      expect(new Set(exporter.spans.map(({ traceId }) => traceId)).size).toBe(3);
    });

    test('is a span of another library, with its ids, flags and tracestate', () => {
      const { exporter } = setUp();
      const foreign = {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        traceFlags: 1,
        traceState: api.createTraceState('acme=1'),
      };
      const span = tracer().startSpan('child', {}, trace.setSpanContext(ROOT_CONTEXT, foreign));
      span.end();
      expect(exporter.spans[0]).toMatchObject({ traceId: foreign.traceId, parentSpanId: foreign.spanId });
      expect(span.spanContext().traceState?.serialize()).toBe('acme=1');
      const unsampled = trace.setSpanContext(ROOT_CONTEXT, { ...foreign, traceFlags: 0 });
      expect(tracer().startSpan('unsampled', {}, unsampled).isRecording()).toBe(false);
    });

    test.each([
      ['a trace id of zeros', { traceId: '0'.repeat(32), spanId: '00f067aa0ba902b7', traceFlags: 1 }],
      ['a span id of zeros', { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '0'.repeat(16), traceFlags: 1 }],
      ['nothing', {}],
    ])('with %s is ignored, and a trace starts', (_what, invalid) => {
      const { exporter } = setUp();
      withSpan('request', () =>
        tracer()
          .startSpan('root', {}, trace.setSpanContext(ROOT_CONTEXT, invalid as never))
          .end(),
      );
      expect(treeOf(exporter.spans)).toBe('request\nroot\n');
    });

    test('that is not sampled has children that are not, and they share it', () => {
      const { exporter } = setUp({ sampler: 'parentbased_always_off' });
      tracer().startActiveSpan('parent', (parent) => {
        expect(parent.isRecording()).toBe(false);
        const child = tracer().startSpan('child');
        expect(child.spanContext()).toEqual(parent.spanContext());
        context.with(trace.setSpan(context.active(), child), () => expect(trace.getActiveSpan()).toBe(child));
        child.end();
        parent.end();
      });
      expect(exporter.spans).toEqual([]);
    });

    test('that is ignored has no children', () => {
      const { exporter, tracer: ours } = setUp();
      withContext(contextWith(ignoredSpan(undefined, ours as never)), () => {
        tracer().startActiveSpan('below', (span) => {
          expect(span.isRecording()).toBe(false);
          span.end();
        });
      });
      expect(exporter.spans).toEqual([]);
    });

    test('that came by header is continued', () => {
      const { exporter } = setUp();
      const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
      withContext(extract(headers), () => tracer().startSpan('process').end());
      tracer().startSpan('process', {}, propagation.extract(ROOT_CONTEXT, headers)).end();
      expect(exporter.spans.map(({ parentSpanId, parentIsRemote }) => [parentSpanId, parentIsRemote])).toEqual([
        ['00f067aa0ba902b7', true],
        ['00f067aa0ba902b7', true],
      ]);
    });
  });

  test('takes kind, attributes, links and times as OpenTelemetry has them', () => {
    const { exporter } = setUp();
    const linked = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    for (const kind of [0, 1, 2, 3, 4]) tracer().startSpan('s', { kind }).end();
    const span = tracer().startSpan('s', {
      attributes: { 'db.system': 'pg', rows: [1, 2], skipped: undefined },
      links: [{ context: linked, attributes: { why: 'batch' } }],
      startTime: [1_700_000_000, 5e8],
    });
    span.end(new Date(1_700_000_001_000));
    expect(exporter.spans.slice(0, 5).map(({ kind }) => kind)).toEqual([
      'internal',
      'server',
      'client',
      'producer',
      'consumer',
    ]);
    expect(exporter.spans[5]).toMatchObject({
      attributes: { 'db.system': 'pg', rows: [1, 2] },
      links: [{ traceId: linked.traceId, spanId: linked.spanId, attributes: { why: 'batch' } }],
      startMs: 1_700_000_000_500,
      endMs: 1_700_000_001_000,
    });
  });

  test('knows no option of Waymark', () => {
    const { exporter } = setUp();
    withSpan('request', () =>
      tracer()
        .startSpan('s', { parent: null, scope: { name: 'x' } } as object)
        .end(),
    );
    expect(treeOf(exporter.spans)).toBe('request\n  s\n');
    expect(exporter.spans[0]?.scope.name).toBe('shop');
  });

  test('is one object for a name and a version', () => {
    const { tracerProvider } = bridgeOpenTelemetry(api);
    expect(tracerProvider.getTracer('a', '1')).toBe(tracerProvider.getTracer('a', '1'));
    expect(tracerProvider.getTracer('a', '1')).not.toBe(tracerProvider.getTracer('a', '2'));
  });

  describe('throws nothing, and makes a span, with', () => {
    const throws = {
      get(): never {
        throw new Error('no');
      },
    };
    test.each<[string, () => unknown]>([
      ['options that throw', () => new Proxy({}, throws)],
      ['options that are revoked', revokedProxy],
      ['options that are a string', () => 'options'],
      ['attributes that throw', () => ({ attributes: new Proxy({ a: 1 }, throws) })],
      ['links that throw', () => ({ links: new Proxy([1], throws) })],
      ['values of wrong types', () => ({ kind: 'x', attributes: 7, links: 7, startTime: 'now', root: 'yes' })],
    ])('%s', (_what, make) => {
      const { exporter } = setUp();
      withSpan('request', () => {
        tracer()
          .startSpan('s', make() as never)
          .end();
        tracer().startActiveSpan('active', make() as never, (span) => span.end());
      });
      expect(exporter.spans.map(({ name }) => name)).toEqual(['s', 'active', 'request']);
    });

    test.each<[string, () => unknown]>([
      ['a context that throws', () => new Proxy({}, throws)],
      ['a context that is revoked', revokedProxy],
      ['a context that is a number', () => 7],
    ])('%s', (_what, make) => {
      const { exporter } = setUp();
      tracer()
        .startSpan('s', {}, make() as never)
        .end();
      tracer().startActiveSpan('active', {}, make() as never, (span) => span.end());
      expect(exporter.spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
    });

    test.each([undefined, null, 7, Symbol('name'), {}])('the name %p', (name) => {
      const { exporter } = setUp();
      trace
        .getTracer(name as never, name as never)
        .startSpan(name as never)
        .end();
      expect(exporter.spans).toHaveLength(1);
    });
  });

  test.each([
    ['root', true],
    ['kind', 2],
    ['attributes', { a: 1 }],
    ['links', [{ context: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' } }]],
    ['startTime', 1],
    ['scope', { name: 'polluted' }],
    ['values', {}],
    ['span', {}],
    ['baggage', {}],
    ['mode', 'suppressed'],
    ['schemaUrl', 'polluted'],
    ['listener', () => {}],
  ])('does not take %s from a polluted prototype', (name, value) => {
    const { exporter } = setUp();
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    try {
      withSpan('request', () => {
        tracer().startSpan('bare').end();
        tracer().startSpan('with options', {}).end();
        tracer().startActiveSpan('active', {}, context.active(), (span) => span.end());
      });
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    expect(treeOf(exporter.spans)).toBe('request\n  bare\n  with options\n  active\n');
    const { parentSpanId } = exporter.spans[0] ?? {};
    for (const span of exporter.spans.slice(0, 3)) {
      expect(span).toMatchObject({
        parentSpanId,
        kind: 'internal',
        attributes: {},
        links: [],
        scope: { name: 'shop' },
      });
    }
  });

  test('reports the spans that were never ended', async () => {
    const lines: string[] = [];
    processState.defaultTracer = undefined;
    const { tracer: ours } = setUp({ logLevel: 'warn', log: (line) => void lines.push(line) });
    tracer().startSpan('forgotten');
    tracer().startActiveSpan('forgotten too', () => {});
    await ours.shutdown();
    expect(lines).toEqual([
      expect.stringContaining('2 spans were never ended, and are lost: "forgotten", "forgotten too"'),
    ]);
  });

  test('makes spans that record nothing after shutdown', async () => {
    const { exporter, tracer: ours } = setUp();
    await ours.shutdown();
    tracer().startActiveSpan('late', (span) => {
      expect(span.isRecording()).toBe(false);
      span.end();
    });
    expect(exporter.spans).toEqual([]);
  });
});
