// The tracers of the table, each with its defaults. `inSpan()` runs a function in a span, `lost()` returns how many spans the tracer
// reports as lost.
'use strict';
const { join } = require('node:path');
const { requirePeer } = require('../../../benchmarks/peers/require-peer.cjs');

exports.tracers = {
  waymark: (settings) => waymark(otlp(settings)),

  zipkin: ({ origin }) => waymark(require('@waymark/core/zipkin').zipkinExporter({ url: `${origin}/api/v2/spans` })),

  spool: (settings) => waymark(otlp({ ...settings, spool: { directory: join(settings.folder, 'spool') } })),

  opentelemetry({ origin }) {
    const load = (name) => requirePeer('opentelemetry', name);
    const { context, trace } = load('@opentelemetry/api');
    const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
    const { OTLPTraceExporter } = load('@opentelemetry/exporter-trace-otlp-proto');
    const { resourceFromAttributes } = load('@opentelemetry/resources');
    const { BatchSpanProcessor, TracerProvider } = load('@opentelemetry/sdk-trace');
    const { createNoopMeter } = load('@opentelemetry/api');
    let lostCount = 0;
    // Its best report: its internal metrics, which are off by default.
    const meter = Object.create(createNoopMeter(), {
      createCounter: {
        value: (name) => ({
          add(count, attributes) {
            if (name.endsWith('span.processed') && attributes['error.type'] !== undefined) lostCount += count;
          },
        }),
      },
    });
    const exporter = new OTLPTraceExporter({ url: `${origin}/v1/traces` });
    const processor = new BatchSpanProcessor({ exporter, selfObsMeterProvider: { getMeter: () => meter } });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'faults' }),
      spanProcessors: [processor],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    const tracer = provider.getTracer('faults');
    return {
      inSpan: (name, fn) =>
        tracer.startActiveSpan(name, async (span) => {
          try {
            span.setAttribute('http.route', '/work');
            return await fn();
          } finally {
            span.end();
            ended(span.spanContext().spanId);
          }
        }),
      makeSpan(name) {
        const span = tracer.startSpan(name);
        span.end();
        return span.spanContext().spanId;
      },
      shutdown: () => provider.shutdown(),
      lost: () => lostCount,
    };
  },
};

let ended = (_spanId) => {};

/** Calls `fn` with the id of each span that `inSpan()` has ended. */
exports.onEnded = (fn) => {
  ended = fn;
};

function otlp({ origin, spool }) {
  return require('@waymark/core/otlp').otlpExporter({ url: `${origin}/v1/traces`, ...(spool && { spool }) });
}

function waymark(exporter) {
  const { createTracer } = require('@waymark/core');
  const tracer = createTracer({ serviceName: 'faults', exporter });
  return {
    inSpan: (name, fn) =>
      tracer.withSpan(name, async (span) => {
        try {
          span.setAttribute('http.route', '/work');
          return await fn();
        } finally {
          span.end();
          ended(span.spanId);
        }
      }),
    makeSpan(name) {
      const span = tracer.startSpan(name);
      span.end();
      return span.spanId;
    },
    shutdown: () => tracer.shutdown(),
    lost() {
      const { dropped, waiting } = tracer.stats();
      return Object.values(dropped).reduce((sum, count) => sum + count, waiting); // spans that wait at the end are reported too
    },
  };
}
