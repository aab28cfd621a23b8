// An instrumentation whose spans are left out, through the API: around it and in it, everything is as without it.
import { apis, resetRegistry } from '../../test/opentelemetry-apis.ts';
import { treeOf } from '../../test/tree-of.ts';
import { activeSpan, createTracer, inject, setDefaultTracer, type TracerOptions, withSpan } from '../index.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { processState } from '../process-state.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { noteTraced } from '../traced-subjects.ts';
import { type BridgeOptions, bridgeOpenTelemetry, type OpenTelemetryBridge } from './bridge.ts';

const linesOf = (spans: Parameters<typeof treeOf>[0]): string[] => treeOf(spans).trimEnd().split('\n');

let bridge: OpenTelemetryBridge | undefined;

function setUp(api: (typeof apis)[number][1], bridgeOptions: BridgeOptions = {}, options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  setDefaultTracer(tracer);
  noteTraced('pg');
  bridge = bridgeOpenTelemetry(api, bridgeOptions);
  return { exporter, pg: api.trace.getTracer('@opentelemetry/instrumentation-pg') };
}

afterEach(() => {
  bridge?.unregister();
  resetRegistry();
  processState.defaultTracer = undefined;
});

describe.each(apis)('with @opentelemetry/api %s', (_version, api) => {
  const { trace, context, propagation, ROOT_CONTEXT } = api;

  test('the active span stays ours, by whatever way the span is made active', () => {
    const { exporter, pg } = setUp(api);
    withSpan('request', (request) => {
      const span = pg.startSpan('pg.query');
      expect(span.isRecording()).toBe(false);
      const seen: unknown[] = [];
      const look = () => seen.push(trace.getActiveSpan(), activeSpan());
      context.with(trace.setSpan(context.active(), span), look);
      context.with(trace.setSpan(ROOT_CONTEXT, span), look);
      context.bind(trace.setSpan(context.active(), span), look)();
      pg.startActiveSpan('pg.query', look);
      pg.startActiveSpan('pg.query', {}, look);
      pg.startActiveSpan('pg.query', {}, trace.setSpan(ROOT_CONTEXT, request), look);
      expect(seen).toEqual(seen.map(() => request));
      span.end();
      expect(request.isRecording()).toBe(true);
    });
    expect(linesOf(exporter.spans)).toEqual(['request']);
  });

  test('spans below it are below its parent, headers too', () => {
    const { exporter, pg } = setUp(api);
    const other = trace.getTracer('other');
    withSpan('request', (request) => {
      const ctx = trace.setSpan(context.active(), pg.startSpan('pg.query'));
      other.startSpan('given', {}, ctx).end();
      context.with(ctx, () => {
        other.startSpan('active').end();
        withSpan('ours', () => {});
        const [theirs, ours] = [{} as Record<string, string>, {} as Record<string, string>];
        propagation.inject(context.active(), theirs);
        inject(ours);
        expect(theirs.traceparent).toBe(`00-${request.traceId}-${request.spanId}-03`);
        expect(ours).toEqual(theirs);
      });
      const given: Record<string, string> = {};
      propagation.inject(ctx, given);
      expect(given.traceparent).toBe(`00-${request.traceId}-${request.spanId}-03`);
    });
    expect(linesOf(exporter.spans)).toEqual(['request', '  given', '  active', '  ours']);
  });

  test('a caller of another process does not become the active span', () => {
    const { exporter } = setUp(api);
    noteTraced('server');
    const http = trace.getTracer('@opentelemetry/instrumentation-http');
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const caller = propagation.extract(ROOT_CONTEXT, { traceparent });
    const span = http.startSpan('GET', { kind: api.SpanKind.SERVER }, caller);
    context.with(trace.setSpan(caller, span), () => {
      expect(trace.getActiveSpan()).toBeUndefined();
      withSpan('ours', () => {});
    });
    expect(exporter.spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([['ours', undefined]]);
    // Without such a span in between, it is active.
    context.with(caller, () => withSpan('below', () => {}));
    expect(exporter.spans.at(-1)?.parentSpanId).toBe('b'.repeat(16));
  });

  test('other keys and baggage of its context stay', () => {
    const { pg } = setUp(api);
    const key = api.createContextKey('kept');
    withSpan('request', () => {
      const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
      const ctx = propagation.setBaggage(context.active().setValue(key, 'value'), baggage);
      context.with(trace.setSpan(ctx, pg.startSpan('pg.query')), () => {
        expect(context.active().getValue(key)).toBe('value');
        expect(propagation.getActiveBaggage()?.getEntry('tenant')?.value).toBe('acme');
      });
    });
  });

  test('without a parent there is no active span, and other spans are roots', () => {
    const { exporter, pg } = setUp(api);
    pg.startActiveSpan('pg.connect', (span) => {
      expect(trace.isSpanContextValid(span.spanContext())).toBe(false);
      expect(trace.getActiveSpan()).toBeUndefined();
      withSpan('ours', () => {});
    });
    expect(linesOf(exporter.spans)).toEqual(['ours']);
  });

  test('one within another leads to the same parent', () => {
    const { exporter, pg } = setUp(api);
    withSpan('request', (request) => {
      const outer = trace.setSpan(context.active(), pg.startSpan('pool.connect'));
      const inner = trace.setSpan(outer, pg.startSpan('connect', {}, outer));
      context.with(inner, () => expect(trace.getActiveSpan()).toBe(request));
      trace.getTracer('other').startSpan('other', {}, inner).end();
    });
    expect(linesOf(exporter.spans)).toEqual(['request', '  other']);
  });

  test('below what OpenTelemetry suppresses, nothing changes', () => {
    const { pg } = setUp(api);
    const suppressed = ROOT_CONTEXT.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    withSpan('request', () => {
      const span = pg.startSpan('pg.query', {}, suppressed);
      expect(trace.isSpanContextValid(span.spanContext())).toBe(false);
      context.with(trace.setSpan(suppressed, span), () => {
        expect(trace.getTracer('other').startSpan('other').isRecording()).toBe(false);
      });
    });
  });

  test('an instrumentation of calls leaves the headers to ours', () => {
    setUp(api);
    const stop = instrumentOutbound();
    withSpan('request', () => {
      for (const name of ['http', 'undici']) {
        const span = trace.getTracer(`@opentelemetry/instrumentation-${name}`).startSpan('GET', { kind: 2 });
        const headers = {};
        propagation.inject(trace.setSpan(context.active(), span), headers);
        expect(headers).toEqual({});
      }
    });
    stop();
  });

  test('a tracer that was taken before is looked at, too', () => {
    const early = trace.getTracer('@opentelemetry/instrumentation-pg');
    const { exporter } = setUp(api);
    withSpan('request', () => early.startSpan('pg.query').end());
    expect(linesOf(exporter.spans)).toEqual(['request']);
  });

  test.each(['both', { '@opentelemetry/instrumentation-pg': 'both' }] as const)(
    'prefer: %j keeps its spans',
    (prefer) => {
      const { exporter, pg } = setUp(api, { prefer });
      withSpan('request', () => pg.startSpan('pg.query').end());
      expect(linesOf(exporter.spans)).toEqual(['request', '  pg.query']);
    },
  );

  test('a tracer that does not trace the library keeps its spans', () => {
    const { exporter, pg } = setUp(api, {}, { libraries: { pg: false } });
    withSpan('request', () => pg.startSpan('pg.query').end());
    expect(linesOf(exporter.spans)).toEqual(['request', '  pg.query']);
  });

  test('a wrong option is refused with what to write', () => {
    expect(() => bridgeOpenTelemetry(api, { prefer: 'ours' as never })).toThrow(/'waymark', 'opentelemetry' or 'both'/);
    expect(() => bridgeOpenTelemetry(api, { join: 'yes' as never })).toThrow(/join must be true or false/);
  });
});
