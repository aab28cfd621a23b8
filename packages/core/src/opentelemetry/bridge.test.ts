import { apis, resetRegistry } from '../../test/opentelemetry-apis.ts';
import { treeOf } from '../../test/tree-of.ts';
import { activeSpan, createTracer, setDefaultTracer, type TracerOptions, withSpan } from '../index.ts';
import { processState } from '../process-state.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { bridgeOpenTelemetry } from './bridge.ts';

const registryKey = Symbol.for('opentelemetry.js.api.1');

function setUp(options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  setDefaultTracer(tracer);
  return { tracer, exporter };
}

afterEach(() => {
  resetRegistry();
  processState.defaultTracer = undefined;
});

describe.each(apis)('with @opentelemetry/api %s', (_version, api) => {
  test('registers tracer provider, context manager and propagator, and takes them out again', () => {
    const bridge = bridgeOpenTelemetry(api);
    expect(bridge).toMatchObject({ isRegistered: true, owner: undefined });
    expect(Reflect.get(globalThis, registryKey)).toEqual({
      version: expect.any(String),
      trace: expect.anything(),
      context: bridge.contextManager,
      propagation: bridge.propagator,
    });
    bridge.unregister();
    expect(bridge).toMatchObject({ isRegistered: false, owner: undefined });
    expect(Object.keys(Reflect.get(globalThis, registryKey))).toEqual(['version']);
  });

  test('takes the default export of the package too', () => {
    const { exporter } = setUp();
    const bridge = bridgeOpenTelemetry(api.default);
    expect(bridge.isRegistered).toBe(true);
    expect(bridgeOpenTelemetry(api.default)).toBe(bridge);
    expect(api.context.active()).toBe(api.ROOT_CONTEXT);
    withSpan('request', () => api.trace.getTracer('shop').startSpan('root', {}, api.ROOT_CONTEXT).end());
    expect(treeOf(exporter.spans)).toBe('request\nroot\n');
  });

  test('takes the default export where a span is active, and beside another context manager', () => {
    const bridge = bridgeOpenTelemetry(api.default);
    withSpan('request', () => expect(bridgeOpenTelemetry(api.default)).toBe(bridge));
    resetRegistry();
    api.context.setGlobalContextManager(new OtherContextManager());
    expect(bridgeOpenTelemetry(api.default).isRegistered).toBe(false);
  });

  test('returns the same bridge for the same API', () => {
    const bridge = bridgeOpenTelemetry(api);
    expect(bridgeOpenTelemetry(api)).toBe(bridge);
    expect(bridgeOpenTelemetry({ ...api })).toBe(bridge);
    bridge.unregister();
    expect(bridgeOpenTelemetry(api).isRegistered).toBe(true);
  });

  test.each([
    ['trace', () => api.trace.setGlobalTracerProvider(new OtherTracerProvider()), 'OtherTracerProvider'],
    ['context', () => api.context.setGlobalContextManager(new OtherContextManager()), 'OtherContextManager'],
    ['propagation', () => api.propagation.setGlobalPropagator(new OtherPropagator()), 'OtherPropagator'],
  ])('registers nothing where %s has an owner, and says who', (slot, register, name) => {
    register();
    const before = { ...Reflect.get(globalThis, registryKey) };
    const bridge = bridgeOpenTelemetry(api);
    expect(bridge.isRegistered).toBe(false);
    expect(bridge.owner).toBe(`${name}, @opentelemetry/api ${before.version}`);
    expect(Reflect.get(globalThis, registryKey)).toEqual(before);
    bridge.unregister();
    expect(Reflect.get(globalThis, registryKey)).toEqual(before);
    expect(Object.keys(before)).toEqual(['version', slot]);
  });

  test('what it cannot register works by hand', () => {
    const { exporter } = setUp();
    api.trace.setGlobalTracerProvider(new OtherTracerProvider());
    const { tracerProvider, contextManager } = bridgeOpenTelemetry(api);
    const outer = tracerProvider.getTracer('shop').startSpan('outer');
    contextManager.with(api.trace.setSpan(contextManager.active() as never, outer), () => {
      tracerProvider.getTracer('shop').startSpan('inner').end();
    });
    outer.end();
    expect(treeOf(exporter.spans)).toBe('outer\n  inner\n');
  });

  test('leaves the parts of another owner that comes later', () => {
    const bridge = bridgeOpenTelemetry(api);
    api.propagation.disable();
    const other = new OtherPropagator();
    api.propagation.setGlobalPropagator(other);
    expect(bridge.isRegistered).toBe(false);
    bridge.unregister();
    expect(Reflect.get(globalThis, registryKey)).toMatchObject({ propagation: other });
  });

  test('leaves logs, metrics and diagnostics to the application', () => {
    const logger = { error() {}, warn() {}, info() {}, debug() {}, verbose() {} };
    api.diag.setLogger(logger);
    const before = Reflect.get(globalThis, registryKey).diag;
    bridgeOpenTelemetry(api).unregister();
    expect(Reflect.get(globalThis, registryKey)).toMatchObject({ diag: before });
  });

  test('the active span is the same object on both sides', () => {
    const { tracer } = setUp();
    bridgeOpenTelemetry(api);
    expect(api.trace.getActiveSpan()).toBeUndefined();
    tracer.withSpan('ours', (span) => expect(api.trace.getActiveSpan()).toBe(span));
    api.trace.getTracer('shop').startActiveSpan('theirs', (span) => {
      expect(activeSpan()).toBe(span);
      expect(api.trace.getActiveSpan()).toBe(span);
      span.end();
    });
    expect(activeSpan()).toBeUndefined();
  });

  test('spans of both nest in each other', () => {
    const { exporter } = setUp();
    bridgeOpenTelemetry(api);
    const tracer = api.trace.getTracer('shop', '1.2.0');
    withSpan('request', () => {
      tracer.startActiveSpan('theirs', (theirs) => {
        withSpan('ours', () => tracer.startSpan('innermost').end());
        theirs.end();
      });
    });
    expect(treeOf(exporter.spans)).toBe('request\n  theirs\n    ours\n      innermost\n');
  });

  test('spans have the scope of their tracer', () => {
    const { exporter } = setUp();
    bridgeOpenTelemetry(api);
    api.trace.getTracer('pg', '0.76.0').startSpan('a').end();
    api.trace.getTracer('shop').startSpan('b', { kind: 2 }).end();
    api.trace.getTracerProvider().getTracer('shop', '', { schemaUrl: 'https://example.com/1' }).startSpan('c').end();
    expect(exporter.spans.map(({ scope }) => scope)).toEqual([
      { name: 'pg', version: '0.76.0' },
      { name: 'shop', version: undefined },
      { name: 'shop', version: undefined, schemaUrl: 'https://example.com/1' },
    ]);
  });

  test('an attribute that is set through the active span is on it', () => {
    const { exporter } = setUp();
    bridgeOpenTelemetry(api);
    withSpan('request', () => api.trace.getActiveSpan()?.setAttribute('user.id', 7));
    expect(exporter.spans[0]?.attributes).toEqual({ 'user.id': 7 });
  });

  test('a tracer that was taken before works afterwards', () => {
    const { exporter } = setUp();
    const early = api.trace.getTracer('shop');
    early.startSpan('lost').end();
    bridgeOpenTelemetry(api);
    early.startActiveSpan('kept', (span) => span.end());
    expect(treeOf(exporter.spans)).toBe('kept\n');
  });

  test('uses the tracer of the parent, then the one given, then that of the process', () => {
    const process = setUp();
    const given = inMemoryExporter();
    const other = inMemoryExporter();
    const options = { env: {}, logLevel: 'none', flushOnExit: false } as const;
    bridgeOpenTelemetry(api, { tracer: createTracer({ exporter: given, ...options }) });
    const start = () => api.trace.getTracer('shop').startSpan('s').end();
    start();
    createTracer({ exporter: other, ...options }).withSpan('request', start);
    expect([given, other, process.exporter].map(({ spans }) => spans.length)).toEqual([1, 2, 0]);
    resetRegistry();
    bridgeOpenTelemetry(api);
    start();
    expect(process.exporter.spans).toHaveLength(1);
  });

  test('forceFlush() and shutdown() flush, and the tracer goes on', async () => {
    const { exporter, tracer } = setUp();
    const { tracerProvider } = bridgeOpenTelemetry(api);
    await tracerProvider.forceFlush();
    await tracerProvider.shutdown();
    tracer.startSpan('s').end();
    expect(exporter.spans).toHaveLength(1);
  });
});

test('flushing without a tracer makes none', async () => {
  await bridgeOpenTelemetry(apis[0]?.[1] as never).tracerProvider.forceFlush();
  expect(processState.defaultTracer).toBeUndefined();
});

test('a registry of another version takes nothing', () => {
  const [[, newer], [, older]] = apis as [(typeof apis)[0], (typeof apis)[0]];
  older.diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} });
  const early = newer.trace.getTracer('shop');
  const bridge = bridgeOpenTelemetry(newer);
  expect(bridge.isRegistered).toBe(false);
  expect(Object.keys(Reflect.get(globalThis, registryKey))).toEqual(['version', 'diag']);
  expect(early.startSpan('s').isRecording()).toBe(false);
});

test.each([undefined, null, 7, {}, { trace: {} }, () => undefined])('refuses %p in place of the API', (value) => {
  expect(() => bridgeOpenTelemetry(value as never)).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPENTELEMETRY_API' }),
  );
});

test.each([
  ['a tracer of OpenTelemetry', { tracer: apis[0]?.[1].trace.getTracer('shop') }, 'WAYMARK_INVALID_OPTION'],
  ['an unknown option', { tracers: [] }, 'WAYMARK_UNKNOWN_OPTION'],
  ['a string', 'waymark', 'WAYMARK_INVALID_OPTION'],
])('refuses %s as options', (_what, options, code) => {
  expect(() => bridgeOpenTelemetry(apis[0]?.[1] as never, options as never)).toThrow(expect.objectContaining({ code }));
});

class OtherTracerProvider {
  getTracer() {
    return apis[0]?.[1].trace.getTracer('other') as never;
  }
}

class OtherContextManager {
  active() {
    return apis[0]?.[1].ROOT_CONTEXT as never;
  }
  with(_context: unknown, fn: (...args: never[]) => unknown, ..._rest: unknown[]) {
    return fn() as never;
  }
  bind(_context: unknown, target: unknown) {
    return target as never;
  }
  enable() {
    return this;
  }
  disable() {
    return this;
  }
}

class OtherPropagator {
  inject() {}
  extract(context: never) {
    return context;
  }
  fields() {
    return [];
  }
}
