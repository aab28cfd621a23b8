// Bugs of other bridges to OpenTelemetry's API, each with the number of its report.
import { EventEmitter } from 'node:events';
import { apis, resetRegistry } from '../../test/opentelemetry-apis.ts';
import { treeOf } from '../../test/tree-of.ts';
import {
  activeSpan,
  createTracer,
  getBaggage,
  setBaggage,
  setDefaultTracer,
  type TracerOptions,
  withSpan,
} from '../index.ts';
import { processState } from '../process-state.ts';
import { alwaysOffSampler } from '../sampler.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { bridgeOpenTelemetry, type OpenTelemetryBridge } from './bridge.ts';

let bridge: OpenTelemetryBridge | undefined;

afterEach(() => {
  bridge?.unregister();
  resetRegistry();
  processState.defaultTracer = undefined;
});

describe.each(apis)('with @opentelemetry/api %s', (_version, api) => {
  const { trace, context, propagation, ROOT_CONTEXT } = api;

  function setUp(options: TracerOptions = {}) {
    const exporter = inMemoryExporter();
    const log: string[] = [];
    setDefaultTracer(
      createTracer({ exporter, env: {}, log: (line) => log.push(line), flushOnExit: false, ...options }),
    );
    bridge = bridgeOpenTelemetry(api);
    return { exporter, log, other: trace.getTracer('other') };
  }

  // https://github.com/DataDog/dd-trace-js/issues/7194 and 4380
  test('what is set on the active span is on it, and the active span has every method', () => {
    const { exporter } = setUp();
    withSpan('ours', () => {
      const span = trace.getActiveSpan();
      span?.setAttribute('a', 1).setAttributes({ b: 2 }).addEvent('event').updateName('renamed').setStatus({ code: 2 });
      span?.recordException(new Error('failed'));
      expect([span?.isRecording(), span?.spanContext().spanId]).toEqual([true, activeSpan()?.spanId]);
    });
    const [span] = exporter.spans;
    expect(span).toMatchObject({ name: 'renamed', attributes: { a: 1, b: 2 }, status: { code: 'error' } });
    expect(span?.events.map(({ name }) => name)).toEqual(['event', 'exception']);
  });

  // dd-trace, ContextManager.with()
  test('a context without changes to baggage keeps the baggage', () => {
    const { other } = setUp();
    withSpan('ours', () => {
      setBaggage('tenant', 'acme');
      context.with(trace.setSpan(context.active(), other.startSpan('theirs')), () => {
        expect(getBaggage('tenant')).toBe('acme');
        context.with(context.active().setValue(Symbol('key'), 1), () => expect(getBaggage('tenant')).toBe('acme'));
      });
      expect(getBaggage('tenant')).toBe('acme');
    });
  });

  // dd-trace, ContextManager.bind()
  test('bind() takes emitters, and keeps the length of a function', () => {
    setUp();
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    withSpan('ours', (span) => {
      expect(context.bind(context.active(), (_a: unknown, _b: unknown) => {})).toHaveLength(2);
      context.bind(context.active(), emitter);
      emitter.once('event', () => seen.push(trace.getActiveSpan() === span));
    });
    emitter.emit('event');
    expect(seen).toEqual([true]);
  });

  // dd-trace, register(): getTracerProvider().setDelegate(this)
  test('a provider that was there first stays, and its tracers too', () => {
    const theirs = { getTracer: () => ({ startSpan: () => 'theirs', startActiveSpan: () => 'theirs' }) };
    trace.setGlobalTracerProvider(theirs as never);
    const { exporter, log } = setUp();
    expect(trace.getTracer('any').startSpan('any')).toBe('theirs');
    expect([bridge?.isRegistered, exporter.spans.length, log.length]).toEqual([false, 0, 1]);
  });

  // https://github.com/getsentry/sentry-javascript/issues/12717
  test('to register twice is no error of the API', () => {
    const errors: unknown[] = [];
    const logger = { error: (...args: unknown[]) => errors.push(args), warn() {}, info() {}, debug() {}, verbose() {} };
    api.diag.setLogger(logger);
    setUp();
    bridgeOpenTelemetry(api);
    expect(errors).toEqual([]);
  });

  // https://github.com/newrelic/node-newrelic/issues/2962
  test('the span of the API that follows one of ours has it as its parent, given or not', () => {
    const { exporter, other } = setUp();
    withSpan('ours', () => {
      other.startSpan('active').end();
      other.startSpan('given', {}, context.active()).end();
      other.startActiveSpan('theirs', (span) => {
        withSpan('ours again', () => {});
        span.end();
      });
    });
    expect(treeOf(exporter.spans).trimEnd().split('\n').sort()).toEqual([
      '    ours again',
      '  active',
      '  given',
      '  theirs',
      'ours',
    ]);
  });

  // https://github.com/getsentry/sentry-javascript/issues/21181
  test('what is suppressed in between does not take the parent from the spans after it', () => {
    const { exporter, other } = setUp();
    withSpan('ours', () => {
      const suppressed = context.active().setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
      context.with(suppressed, () => {
        other.startActiveSpan('hidden', (span) => {
          expect(span.isRecording()).toBe(false);
          withSpan('hidden too', () => {});
        });
      });
      other.startSpan('after').end();
    });
    expect(treeOf(exporter.spans).trimEnd().split('\n')).toEqual(['ours', '  after']);
  });

  // https://github.com/getsentry/sentry-javascript/issues/21680
  test('a client span below a span that is not sampled is no root of a trace', () => {
    const { exporter, other } = setUp({ sampler: alwaysOffSampler() });
    withSpan('not sampled', (parent) => {
      other.startActiveSpan('GET', { kind: 2 }, (span) => {
        expect([span.isRecording(), span.spanContext().traceId]).toEqual([false, parent.traceId]);
        span.end();
      });
    });
    expect(exporter.spans).toEqual([]);
  });

  // https://github.com/getsentry/sentry-javascript/issues/22702
  test('a span below a remote one sends an id that is not the remote one', () => {
    const { other } = setUp();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), () => {
      other.startActiveSpan('theirs', (span) => {
        const headers: Record<string, string> = {};
        propagation.inject(context.active(), headers);
        const [, traceId, spanId] = headers.traceparent?.split('-') ?? [];
        expect([traceId, spanId]).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736', span.spanContext().spanId]);
        expect(spanId).not.toBe('00f067aa0ba902b7');
        span.end();
      });
    });
  });

  // https://github.com/getsentry/sentry-javascript/issues/18337
  test('no span is exported if tracing is off', () => {
    const { exporter, other } = setUp({ env: { OTEL_SDK_DISABLED: 'true' } });
    other.startActiveSpan('theirs', (span) => {
      withSpan('ours', () => {});
      span.end();
    });
    expect(exporter.spans).toEqual([]);
  });
});
