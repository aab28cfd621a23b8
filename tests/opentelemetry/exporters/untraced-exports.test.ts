// While an exporter of OpenTelemetry works, the tracers of an SDK that is registered in the same process make no spans: its
// instrumentation of HTTP would trace the requests of the exporter.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createTracer, type OpenTelemetrySpanExporter } from '@waymark/core';

const registryKey = Symbol.for('opentelemetry.js.api.1');

describe.each(['sdk-3', 'sdk-2', 'sdk-1'])('%s', (generation) => {
  const folder = generation === 'sdk-3' ? '.' : generation;
  const load = createRequire(join(__dirname, '..', folder, 'package.json'));
  const { context, trace } = load('@opentelemetry/api') as typeof import('@opentelemetry/api');

  beforeAll(() => {
    if (generation === 'sdk-3') {
      const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      trace.setGlobalTracerProvider(new (load('@opentelemetry/sdk-trace').TracerProvider)());
    } else {
      new (load('@opentelemetry/sdk-trace-node').NodeTracerProvider)().register();
    }
  });
  afterAll(() => {
    // Otherwise the version that the registry has would keep the other APIs from registering.
    delete (globalThis as Record<symbol, unknown>)[registryKey];
  });

  test('its tracers make no spans in export(), forceFlush() and shutdown()', async () => {
    const recorded: [string, boolean][] = [];
    async function request(what: string): Promise<void> {
      const tracer = trace.getTracer('http');
      recorded.push([what, tracer.startSpan(what).isRecording()]);
      await new Promise(setImmediate);
      recorded.push([`${what}, later`, tracer.startSpan(what).isRecording()]);
    }
    const exporter: OpenTelemetrySpanExporter = {
      export: (_, callback) => void request('export').then(() => callback({ code: 0 })),
      forceFlush: () => request('forceFlush'),
      shutdown: () => request('shutdown'),
    };
    const tracer = createTracer({ exporter, flushOnExit: false, env: {} });
    await request('the application');
    tracer.startSpan('s').end();
    await tracer.flush();
    await tracer.shutdown();
    expect(recorded).toEqual([
      ['the application', true],
      ['the application, later', true],
      ['export', false],
      ['export, later', false],
      ['forceFlush', false],
      ['forceFlush, later', false],
      ['shutdown', false],
      ['shutdown, later', false],
    ]);
    expect(tracer.stats()).toMatchObject({ exported: 1 });
  });
});
